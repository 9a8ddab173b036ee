import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct WakeTests {
    @Test("A wake ends the wait, and one that came before is not lost", arguments: [1, 2])
    func wake(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons).run { ring, index in
        guard index == 0 else { return try ring.waitForWake() }
        ring.wake()
        try ring.waitForWake()
        let group = DispatchGroup()
        onThread(group) {
          usleep(200_000)
          ring.wake()
        }
        let before = Date()
        try ring.waitForWake()
        #expect(Date().timeIntervalSince(before) > 0.1)
        group.wait()
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
        let group = DispatchGroup()
        onThread(group) {
          sleep(1)
          ring.wake()
        }
        let before = Date()
        try ring.waitForWake()
        #expect(Date().timeIntervalSince(before) < 0.5)
        group.wait()
      }
      #expect(errors[0] == nil)
    }

    @Test("Many wakes count as one")
    func manyWakes() throws {
      try TestRing(daemons: 1).run { ring, _ in
        for _ in 0..<100 { ring.wake() }
        try ring.waitForWake()
        let group = DispatchGroup()
        onThread(group) {
          usleep(200_000)
          ring.wake()
        }
        let before = Date()
        try ring.waitForWake()
        #expect(Date().timeIntervalSince(before) > 0.1)
        group.wait()
      }
    }

    @Test("A frame of the next round wakes the daemons that wait, round after round", arguments: [2, 3, 4])
    func frameWakes(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons).run { ring, index in
        for round in 0..<20 {
          if index == 0 {
            usleep(5_000)
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
