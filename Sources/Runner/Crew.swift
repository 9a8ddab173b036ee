import Foundation
import Synchronization

/// Spreads the same work over the host's cores, again and again, at intervals of microseconds: threads that
/// meet after each round by spinning, and that wait for the next series of rounds by spinning for a while and
/// then by sleeping.
final class Crew: @unchecked Sendable {
  /// What a member does in a round, the first of a series being 0; whether another round can follow at once
  /// as far as it can see.
  typealias Work = @Sendable (_ member: Int, _ round: Int) -> Bool

  private let work: Work
  private let members: Int
  /// Words that threads spin on: series begun, sleepers, and for each member its `Report`.
  private let words: SpinWords
  private let isEnding = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - members: threads that work at once, the caller's included.
  ///   - work: called with 0 ..< members in each round.
  init(members: Int, work: @escaping Work) {
    self.work = work
    self.members = max(1, members)
    words = SpinWords(count: 2 + self.members)
    for member in 1..<self.members {
      let thread = Thread { [self] in serve(member) }
      thread.name = "station crew \(member)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit {
    words.deallocate()
  }

  /// Does rounds until some member would not go on; returns when every member has finished the last.
  ///
  /// - Returns: how many.
  func run() -> Int {
    words[0].pointee.add(1, ordering: .sequentiallyConsistent)
    let asleep = words[1].pointee.exchange(0, ordering: .sequentiallyConsistent)
    for _ in 0..<asleep { bell.signal() }
    return rounds(0)
  }

  /// A member's part of a series.
  private func rounds(_ member: Int) -> Int {
    var report = Report(word: words[2 + member].pointee.load(ordering: .relaxed))
    var round = 0
    var allGoOn = true
    while allGoOn {
      allGoOn = work(member, round)
      round += 1
      report.add(goesOn: allGoOn)
      words[2 + member].pointee.store(report.word, ordering: .releasing)
      for other in 0..<members where other != member {
        var spins = 0
        while true {
          let seen = Report(word: words[2 + other].pointee.load(ordering: .acquiring))
          if seen.rounds >= report.rounds {
            if !seen.wentOn(after: report.rounds) { allGoOn = false }
            break
          }
          spins += 1
          if spins % Self.spinsBetweenYields == 0 { sched_yield() }
        }
      }
    }
    return round
  }

  /// How many rounds a member has done, and whether it would go on after the last and the one before: so much
  /// it can be ahead of who reads this.
  private struct Report {
    var word: Int
    var rounds: Int { word >> 2 }
    mutating func add(goesOn: Bool) { word = (rounds + 1) << 2 | (word & 1) << 1 | (goesOn ? 1 : 0) }
    func wentOn(after round: Int) -> Bool { word >> (rounds - round) & 1 != 0 }
  }

  /// Ends the crew's threads.
  func disband() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    words[0].pointee.add(1, ordering: .sequentiallyConsistent)
    for _ in 1..<members { bell.signal() }
  }

  private static var spinsBetweenYields: Int { 2_000 }
  private static var spinsBeforeSleep: Int { 40_000 }

  private func serve(_ member: Int) {
    var seen = 0
    while true {
      var spins = 0
      while words[0].pointee.load(ordering: .acquiring) == seen {
        spins += 1
        if spins % Self.spinsBetweenYields == 0 { sched_yield() }
        if spins > Self.spinsBeforeSleep {
          words[1].pointee.add(1, ordering: .sequentiallyConsistent)
          if words[0].pointee.load(ordering: .sequentiallyConsistent) == seen { bell.wait() }
          spins = 0
        }
      }
      if isEnding.load(ordering: .acquiring) { return }
      seen += 1
      _ = rounds(member)
    }
  }
}

/// Words that threads spin on, each in lines of the host's caches that hold nothing else.
private struct SpinWords {
  private let base: UnsafeMutablePointer<Atomic<Int>>
  private static var apart: Int { 16 }

  init(count: Int) {
    base = .allocate(capacity: (count + 1) * Self.apart)
    for index in 0..<(count + 1) * Self.apart { (base + index).initialize(to: Atomic(0)) }
  }

  subscript(index: Int) -> UnsafeMutablePointer<Atomic<Int>> { base + (index + 1) * Self.apart }

  func deallocate() { base.deallocate() }
}
