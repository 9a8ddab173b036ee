import Synchronization
import Testing

@testable import Runner

/// The threads that run windows; here their work is to note which rounds they do.
@Suite struct CrewTests {
  private final class Notes: @unchecked Sendable {
    static let series = 300
    /// For each member, the rounds that it has done, series after series. Each is written by one thread, and
    /// read when all have finished.
    var rounds: [UnsafeMutablePointer<Int>]
    /// Rounds that all members together have begun in the present series.
    let begun = Atomic<Int>(0)
    /// A member began a round before the others had finished the one before.
    let hasOverrun = Atomic<Bool>(false)
    var present = 0

    init(members: Int) {
      rounds = (0..<members).map { _ in
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: Notes.series)
        counts.initialize(repeating: 0, count: Notes.series)
        return counts
      }
    }

    deinit { for counts in rounds { counts.deallocate() } }

    /// Who ends a series, and after how many rounds.
    func last(of series: Int) -> (member: Int, rounds: Int) { (series % rounds.count, 1 + series * 7 % 5) }
  }

  @Test(arguments: 1...3) func aSeriesEndsForAllAfterTheRoundAfterWhichOneWouldNotGoOn(members: Int) {
    let notes = Notes(members: members)
    let crew = Crew(members: members) { member, round in
      let series = notes.present
      if notes.begun.add(1, ordering: .sequentiallyConsistent).oldValue < round * members {
        notes.hasOverrun.store(true, ordering: .relaxed)
      }
      if notes.rounds[member][series] != round { notes.hasOverrun.store(true, ordering: .relaxed) }
      // Now this member is the slow one, now that.
      var work = (series * 31 + round * 17 + member * 101) % 7 * 400
      while work > 0 && notes.present == series { work -= 1 }
      notes.rounds[member][series] += 1
      let last = notes.last(of: series)
      return member != last.member || round + 1 < last.rounds
    }
    for series in 0..<Notes.series {
      notes.begun.store(0, ordering: .sequentiallyConsistent)
      notes.present = series
      #expect(crew.run() == notes.last(of: series).rounds)
    }
    crew.disband()
    let hasOverrun = notes.hasOverrun.load(ordering: .sequentiallyConsistent)
    #expect(!hasOverrun)
    for series in 0..<Notes.series {
      for counts in notes.rounds { #expect(counts[series] == notes.last(of: series).rounds) }
    }
  }
}
