import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct WakeTests {
    @Test("A wake ends the wait, and one that came before is not lost", arguments: [1, 2])
    func wake(daemons: Int) throws {
      let setup = TestRing(daemons: daemons)
      let errors = try setup.run { ring, index in
        guard index == 0 else { return try ring.waitForWake() }
        ring.wake()
        try ring.waitForWake()
        try waitsAgain(ring, setup)
      }
      #expect(errors[0] == nil)
      if daemons == 2 { #expect(errors[1]?.kind == .left) }
    }

    @Test("A wake that the loop has seen during an exchange ends the next wait")
    func wakeInExchange() throws {
      let errors = try TestRing(daemons: 2).run { ring, index in
        guard index == 0 else {
          try checkSamples(ring, 0..<10)
          return try ring.waitForWake()
        }
        ring.wake()
        try checkSamples(ring, 0..<10)
        // It would wait for ever, were the wake lost.
        try ring.waitForWake()
      }
      #expect(errors[0] == nil)
    }

    @Test("Many wakes count as one")
    func manyWakes() throws {
      let setup = TestRing(daemons: 1)
      try setup.run { ring, _ in
        for _ in 0..<100 { ring.wake() }
        try ring.waitForWake()
        try waitsAgain(ring, setup)
      }
    }

    /// Daemon 0's next wait is for a wake that comes when it sleeps.
    private func waitsAgain(_ ring: UVRing, _ setup: TestRing) throws {
      let wasAsleep = Collected<Bool>(1)
      let group = DispatchGroup()
      onThread(group) {
        wasAsleep.put(0, setup.threads.waitUntilAsleep(0))
        ring.wake()
      }
      try ring.waitForWake()
      #expect(wasAsleep.all[0] == true)
      group.wait()
    }

    @Test("A frame of the next round wakes the daemons that wait, round after round", arguments: [2, 3, 4])
    func frameWakes(daemons: Int) throws {
      let setup = TestRing(daemons: daemons)
      let errors = try setup.run { ring, index in
        for round in 0..<20 {
          if index == 0 {
            for other in 1..<daemons { #expect(setup.threads.waitUntilAsleep(other)) }
          } else {
            try ring.waitForWake()
          }
          try checkSamples(ring, round..<(round + 1), patience: .idle)
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A wake of a ring that is closed does nothing")
    func wakeAfterClose() throws {
      let ring = try UVRing(TestRing(daemons: 1).configuration(0))
      ring.close()
      ring.wake()
      #expect(throws: RingError.self) { try ring.waitForWake() }
    }
  }
}
