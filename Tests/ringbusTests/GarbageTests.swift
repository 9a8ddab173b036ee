import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct GarbageTests {
    struct Garbage: CustomTestStringConvertible, Sendable {
      var testDescription: String
      var bytes: [UInt8]
      /// What the line about it says.
      var line: String
      /// It is complete only when the caller goes.
      var ends = false
    }

    static let hello = MessageHead.message(.hello, station: 1, Greeting(TestRing(daemons: 2).configuration(1)).bytes)

    static let all: [Garbage] = {
      var seed = RingDelay(seed: 42, longest: 1 << 40)
      let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: seed.next()) }
      var long = MessageHead.message(.hello, station: 1)
      long.replaceSubrange(16..<20, with: [255, 255, 255, 255])
      var damaged = hello
      damaged[40] ^= 4
      return [
        Garbage(
          testDescription: "an HTTP request", bytes: Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
          line: "no message of the ring ('GET / HTTP/1"),
        Garbage(testDescription: "noise", bytes: noise, line: "no message of the ring"),
        Garbage(testDescription: "a single wrong byte", bytes: [0], line: "no message of the ring"),
        Garbage(testDescription: "zeros", bytes: Array(repeating: 0, count: 100_000), line: "no message of the ring"),
        Garbage(testDescription: "an impossible length", bytes: long, line: "4294967295 bytes, which is too long"),
        Garbage(testDescription: "a damaged greeting", bytes: damaged, line: "checksum is wrong"),
        Garbage(
          testDescription: "a frame before any greeting",
          bytes: MessageHead.message(.frame, station: 1, round: 1, [1, 2, 3]), line: "out of turn"),
        Garbage(
          testDescription: "a notice before any greeting",
          bytes: Notice(RingError(.died, station: 0, "lies"), round: 0).message, line: "out of turn"),
        Garbage(
          testDescription: "an empty greeting", bytes: MessageHead.message(.hello, station: 1),
          line: "greeting cannot be read"),
        Garbage(
          testDescription: "a greeting of half the length",
          bytes: MessageHead.message(.hello, station: 1, Array(hello[24..<40])),
          line: "greeting cannot be read"),
        Garbage(
          testDescription: "half a head", bytes: Array(hello.prefix(11)), line: "ended before its greeting", ends: true),
        Garbage(
          testDescription: "half a greeting", bytes: Array(hello.prefix(40)), line: "ended before its greeting",
          ends: true),
        Garbage(testDescription: "nothing", bytes: [], line: "ended before its greeting", ends: true),
      ]
    }()

    @Test("Garbage closes its own connection with one line, while daemons wait for each other", arguments: all)
    func whileJoining(garbage: Garbage) throws {
      let setup = TestRing(daemons: 2)
      let first = try UVRing(setup.configuration(0))
      let group = DispatchGroup()
      onThread(group) {
        do {
          try first.join()
          try checkSamples(first, 0..<10)
        } catch {
          Issue.record(error)
        }
        first.close()
      }
      try pour(garbage, setup)
      let second = try UVRing(setup.configuration(1))
      try second.join()
      try checkSamples(second, 0..<10)
      second.close()
      #expect(group.wait(timeout: .now() + 20) == .success)
      #expect(setup.reported.all.count == 1, "\(setup.reported.all)")
    }

    @Test("Garbage does no harm to a ring at work", arguments: all)
    func whileExchanging(garbage: Garbage) throws {
      let setup = TestRing(daemons: 2)
      let done = Lines()
      let group = DispatchGroup()
      let errors = try setup.run { ring, index in
        if index == 0 {
          onThread(group) {
            do { try pour(garbage, setup) } catch { Issue.record(error) }
            done.add("poured")
          }
        }
        // Station 0 says when it is over, as all must end with the same round.
        var frames: [[UInt8]] = [[0], [0]]
        while frames[0] == [0] {
          frames[index] = index == 0 && done.all.count > 0 ? [1] : [0]
          try ring.exchange(&frames, patience: .busy)
        }
      }
      group.wait()
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
      #expect(setup.reported.all.count == 1, "\(setup.reported.all)")
    }

    @Test("A crowd of callers that say nothing is turned away, and does not keep the neighbour out")
    func crowd() throws {
      let setup = TestRing(daemons: 2, adjust: { configuration, _ in configuration.silenceTimeout = 300 })
      let first = try UVRing(setup.configuration(0))
      let group = DispatchGroup()
      onThread(group) {
        do {
          try first.join()
          try checkSamples(first, 0..<10)
        } catch {
          Issue.record(error)
        }
        first.close()
      }
      let crowd = try (0..<60).map { _ in try FakeDaemon.calling(setup.folder.socket(0)) }
      #expect(setup.reported.waitFor("too many say nothing"))
      #expect(setup.reported.waitFor("it said nothing for 300 ms"))
      #expect(crowd.allSatisfy { $0.isClosed() })
      let second = try UVRing(setup.configuration(1))
      try second.join()
      try checkSamples(second, 0..<10)
      second.close()
      #expect(group.wait(timeout: .now() + 20) == .success)
    }

    /// Sends it to station 0's daemon and waits until that has hung up.
    private func pour(_ garbage: Garbage, _ setup: TestRing) throws {
      do {
        let caller = try FakeDaemon.calling(setup.folder.socket(0))
        caller.send(garbage.bytes)
        if !garbage.ends { #expect(caller.isClosed(), "it is still connected") }
      }
      #expect(setup.reported.waitFor(garbage.line), "\(setup.reported.all)")
    }
  }
}
