import Foundation
import Synchronization

/// Spreads the same work over the host's cores, again and again, at intervals of microseconds: threads that wait for the next round by
/// spinning for a while and then by sleeping.
final class Crew: @unchecked Sendable {
  private let work: @Sendable (Int) -> Void
  private let helpers: Int
  private let round = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isEnding = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - members: threads that work at once, the caller's included.
  ///   - work: called with 0 ..< members in each round.
  init(members: Int, work: @escaping @Sendable (Int) -> Void) {
    self.work = work
    helpers = members - 1
    for member in 1..<max(1, members) {
      let thread = Thread { [self] in serve(member) }
      thread.name = "station crew \(member)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Does one round; returns when every member has finished it.
  func run() {
    guard helpers > 0 else { return work(0) }
    finished.store(0, ordering: .relaxed)
    round.add(1, ordering: .sequentiallyConsistent)
    let asleep = sleepers.exchange(0, ordering: .sequentiallyConsistent)
    for _ in 0..<asleep { bell.signal() }
    work(0)
    var spins = 0
    while finished.load(ordering: .acquiring) < helpers {
      spins += 1
      if spins % Self.spinsBetweenYields == 0 { sched_yield() }
    }
  }

  /// Ends the crew's threads.
  func disband() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    round.add(1, ordering: .sequentiallyConsistent)
    for _ in 0..<helpers { bell.signal() }
  }

  private static var spinsBetweenYields: Int { 200 }
  private static var spinsBeforeSleep: Int { 40_000 }

  private func serve(_ member: Int) {
    var done = 0
    while true {
      var spins = 0
      while round.load(ordering: .acquiring) == done {
        spins += 1
        if spins % Self.spinsBetweenYields == 0 { sched_yield() }
        if spins > Self.spinsBeforeSleep {
          sleepers.add(1, ordering: .sequentiallyConsistent)
          if round.load(ordering: .sequentiallyConsistent) == done { bell.wait() }
          spins = 0
        }
      }
      if isEnding.load(ordering: .acquiring) { return }
      done += 1
      work(member)
      finished.add(1, ordering: .releasing)
    }
  }
}
