import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct HandshakeTests {
    /// A change to a greeting, and what is said of it.
    struct Stranger: CustomTestStringConvertible, Sendable {
      var testDescription: String
      var reason: String
      var change: @Sendable (inout RingConfiguration) -> Void
    }

    static let strangers = [
      Stranger(testDescription: "another version", reason: "version 1 at station 0 and 7 at the other end") {
        $0.version = 7
      },
      Stranger(testDescription: "another cluster", reason: "another cluster") { $0.cluster = "another" },
      Stranger(
        testDescription: "another profile", reason: "machine profiles differ: 010203 at station 0, 0909 at station 1"
      ) {
        $0.profileHash = [9, 9]
      },
      Stranger(testDescription: "another image", reason: "guest images differ") { $0.imageHash = [4, 5, 7] },
      Stranger(testDescription: "another machine", reason: "2 stations at station 0 and 3 at station 1") {
        $0.stations = 3
      },
    ]

    @Test(
      "A stranger that calls is refused with the reason, in one line, and the ring still forms", arguments: strangers)
    func caller(stranger: Stranger) throws {
      let setup = TestRing(daemons: 2)
      let strange = Lines()
      let errors = try setup.run { ring, index in
        // Both are joined: a further caller gets the same answers as one that comes first.
        if index == 0 {
          var configuration = setup.configuration(1)
          stranger.change(&configuration)
          let group = DispatchGroup()
          onThread(group) {
            guard let caller = try? FakeDaemon.calling(setup.folder.socket(0)) else { return }
            caller.send(.hello, station: 1, Greeting(configuration).bytes)
            if let answer = caller.receive(.refusal) { strange.add(String(decoding: answer.payload, as: UTF8.self)) }
          }
          try ring.waitForWake()
          try checkSamples(ring, 0..<10)
        } else {
          #expect(setup.reported.waitFor(stranger.reason))
          try checkSamples(ring, 0..<10)
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
      #expect(strange.waitFor(stranger.reason), "\(strange.all)")
      #expect(setup.reported.all.count == 1)
    }

    @Test("A daemon that is refused says why, and names the address", arguments: strangers)
    func refused(stranger: Stranger) throws {
      let setup = TestRing(daemons: 2)
      let accept = try FakeDaemon.listening(setup.folder.socket(1))
      let group = DispatchGroup()
      onThread(group) {
        guard let daemon = try? accept(), daemon.receive(.hello) != nil else { return }
        daemon.send(.refusal, station: 1, Array(stranger.reason.utf8))
        _ = daemon.isClosed()
      }
      let error = joinError(try UVRing(setup.configuration(0)))
      #expect(error?.kind == .refused)
      #expect(error?.description.contains(stranger.reason) == true)
      #expect(error?.description.contains("\(setup.folder.socket(1))") == true)
      group.wait()
    }

    @Test("A successor that is a stranger is refused too", arguments: strangers)
    func successor(stranger: Stranger) throws {
      let setup = TestRing(daemons: 2)
      let accept = try FakeDaemon.listening(setup.folder.socket(1))
      let said = Lines()
      let group = DispatchGroup()
      onThread(group) {
        guard let daemon = try? accept(), daemon.receive(.hello) != nil else { return }
        var configuration = setup.configuration(1)
        stranger.change(&configuration)
        daemon.send(.welcome, station: 1, Greeting(configuration).bytes)
        if let answer = daemon.receive(.refusal) { said.add(String(decoding: answer.payload, as: UTF8.self)) }
      }
      let error = joinError(try UVRing(setup.configuration(0)))
      #expect(error?.kind == .refused)
      #expect(error?.description.contains(stranger.reason) == true, "\(error.map { "\($0)" } ?? "")")
      group.wait()
      #expect(said.waitFor(stranger.reason))
    }

    @Test("Only the daemon with the stations right before is let in, and only once")
    func wrongPlace() throws {
      let setup = TestRing(daemons: 3)
      let errors = try setup.run { ring, index in
        if index == 0 {
          for caller in [1, 2] {
            let daemon = try FakeDaemon.calling(setup.folder.socket(0))
            daemon.send(.hello, station: caller, Greeting(setup.configuration(caller)).bytes)
            let group = DispatchGroup()
            let said = Lines()
            onThread(group) {
              if let answer = daemon.receive(.refusal) { said.add(String(decoding: answer.payload, as: UTF8.self)) }
              ring.wake()
            }
            try ring.waitForWake()
            group.wait()
            #expect(
              said.waitFor(
                caller == 1 ? "station 1 does not come right before station 0" : "station 2 is connected already"),
              "\(said.all)")
          }
        } else {
          try ring.waitForWake()
        }
        try checkSamples(ring, 0..<10)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Daemons in the wrong order refuse each other")
    func wrongOrder() throws {
      // 0 calls 2, 2 calls 1, 1 calls 0.
      let setup = TestRing(daemons: 3)
      var turned = setup
      turned.adjust = { configuration, index in
        configuration.successor = setup.folder.socket((index + 2) % 3)
        configuration.listen = setup.folder.socket(index)
        configuration.joinTimeout = 1_000
      }
      let errors = try turned.run { _, _ in Issue.record("it joined") }
      #expect(errors.allSatisfy { $0 != nil })
      #expect(
        errors.contains { $0?.kind == .refused && $0!.description.contains("check the order of the addresses") },
        "\(errors)")
    }

    @Test("A station that never comes is named by all that do")
    func missing() throws {
      let setup = TestRing(daemons: 4, adjust: { configuration, _ in configuration.joinTimeout = 700 })
      let errors = Collected<RingError>(3)
      let group = DispatchGroup()
      for index in 0..<3 {
        let ring = try UVRing(setup.configuration(index))
        onThread(group) { if let error = joinError(ring) { errors.put(index, error) } }
      }
      #expect(group.wait(timeout: .now() + 20) == .success)
      for error in errors.all {
        #expect(error?.kind == .silent)
        #expect(error?.station == 3)
        #expect(error?.description.contains("after 700 ms: station 3") == true, "\(error.map { "\($0)" } ?? "")")
      }
    }

    @Test("Daemons may start in any order, each when the one before waits")
    func late() throws {
      let setup = TestRing(daemons: 3)
      let group = DispatchGroup()
      for index in 0..<3 {
        onThread(group) {
          if let before = [2, nil, 1][index] { #expect(setup.threads.waitUntilAsleep(before)) }
          do {
            setup.threads.begin(index)
            let ring = try UVRing(setup.configuration(index))
            try ring.join()
            try checkSamples(ring, 0..<10)
            ring.close()
          } catch {
            Issue.record(error)
          }
        }
      }
      #expect(group.wait(timeout: .now() + 20) == .success)
    }
  }
}

/// What `join` throws, or nil.
func joinError(_ ring: UVRing) -> RingError? {
  do {
    try ring.join()
    ring.close()
    return nil
  } catch {
    return error
  }
}
