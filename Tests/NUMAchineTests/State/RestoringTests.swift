import TestSupport
import Testing

@testable import NUMAchine

/// A checkpoint that no machine has written is refused, or is of a machine that ends by name when it
/// contradicts itself: nothing in it leads out of the machine.
@Suite(.serialized) struct RestoringTests {
  private static let all = ["numachine", "simos", "mips64r2"].map { Moments(profile: $0) }

  @Test func whatAMachineHasWrittenIsSound() throws {
    for moments in Self.all {
      #expect(moments.moments.count == 12)
      for moment in moments.moments {
        let machine = try moments.machine(moment)
        for station in machine.stations { #expect(station.unsoundPart == nil) }
      }
    }
  }

  /// Thousands of states; millions in a soak.
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func aChangedStateIsRefusedOrEndsByName(seed: UInt64) throws {
    let moments = Self.all[Int(seed) % 3]
    var random = SeededRandom(seed: seed)
    var (refused, broken) = (0, 0)
    let count = SeededRandom.count(400)
    for _ in 0..<count {
      let moment = random.one(of: moments.moments)
      let number = random.below(2)
      let image =
        random.below(4) == 0
        ? random.changed(moment.images[number]) : try moments.changed(moment.images[number], number, &random)
      do {
        let machine = try moments.machine(moment, station: number, image)
        for _ in 0..<30 { guard try machine.step() else { break } }
      } catch let problem as CheckpointProblem {
        refused += 1
        #expect(!problem.description.isEmpty)
      } catch let fault as ModelFault {
        broken += 1
        #expect(0..<2 ~= fault.station && !fault.rule.isEmpty)
      }
    }
    #expect(refused > count / 20 && broken < refused, "seed \(seed): \(refused) refused, \(broken) broken of \(count)")
  }

  /// A part of the state, and how it must not be.
  struct Wrong: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var part: String
    var change: @Sendable (Station) -> Void
  }

  static let wrongs: [Wrong] = [
    Wrong(testDescription: "an event of no message", part: "events") {
      $0.events.insert(.arrival, at: $0.time, index: 9999)
    },
    Wrong(testDescription: "an event of the past", part: "events") { $0.events.insert(.drained, at: 1, index: 0) },
    Wrong(testDescription: "a message that is free twice", part: "messages") {
      $0.freeMessages[0] = $0.freeMessages[1]
    },
    Wrong(testDescription: "more free messages than there are", part: "messages") {
      $0.moment.pointee.freeMessages = Station.poolSize + 1
    },
    Wrong(testDescription: "a time beyond all", part: "moment") { $0.moment.pointee.lastOutput = .max },
    Wrong(testDescription: "a lock that nobody has", part: "coherence") {
      $0.memory.homeEntry(0x1000).pointee.lock = 160
    },
    Wrong(testDescription: "a lock beyond all", part: "coherence") { $0.memory.homeEntry(0x1000).pointee.lock = 255 },
    Wrong(testDescription: "an owner that there is not", part: "coherence") {
      $0.memory.homeEntry(0x1000).pointee.state = .localInvalid
      $0.memory.homeEntry(0x1000).pointee.processors = 0
    },
    Wrong(testDescription: "a processor that waits for nothing", part: "processor 1") {
      $0.processors[1].core.pointee.status = .waiting
      $0.processors[1].core.pointee.request.kind = .none
    },
    Wrong(testDescription: "a processor that has been left behind", part: "processor 2") {
      $0.processors[2].core.pointee.status = .running
      $0.cards[2].isIssued = false
      $0.cards[2].isIdle = false
      $0.processors[2].core.pointee.time = 0
    },
  ]

  @Test(arguments: wrongs) func whatIsWrongWithAStateIsNamed(wrong: Wrong) throws {
    let moments = Self.all[0]
    let station = try moments.machine(moments.moments[3]).stations[0]
    wrong.change(station)
    var bytes: [UInt8] = []
    station.state.write([.architectural, .transient]) { bytes.append(contentsOf: $0) }
    let problem = #expect(throws: CheckpointProblem.self) {
      try moments.machine(moments.moments[3], station: 0, bytes)
    }
    #expect(problem?.region == wrong.part)
  }
}
