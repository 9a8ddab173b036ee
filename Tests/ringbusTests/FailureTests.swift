import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct FailureTests {
    enum Waiting: CaseIterable { case busy, idle, wake }

    private func wait(_ ring: UVRing, _ waiting: Waiting) throws {
      var frames = [[UInt8]](repeating: [], count: ring.stations)
      switch waiting {
      case .busy: try ring.exchange(&frames, patience: .busy)
      case .idle: try ring.exchange(&frames, patience: .idle)
      case .wake: try ring.waitForWake()
      }
    }

    @Test("When a daemon dies, all others name it at once", arguments: Waiting.allCases, 2...5)
    func died(waiting: Waiting, daemons: Int) throws {
      let began = Collected<Date>(1)
      let setup = TestRing(daemons: daemons)
      let errors = try setup.run { ring, index in
        try checkSamples(ring, 0..<10)
        guard index == 1 else { return try self.wait(ring, waiting) }
        for other in 0..<daemons where other != 1 { #expect(setup.threads.waitUntilAsleep(other)) }
        began.put(0, Date())
        // Without a word, as the system does for a process that ends.
        ring.shutDown(within: 0)
      }
      #expect(Date().timeIntervalSince(began.all[0]!) < 2)
      for (index, error) in errors.enumerated() where index != 1 {
        #expect(error?.kind == .died)
        #expect(error?.station == 1)
        #expect(error?.description.contains("the daemon of station 1 has died") == true)
      }
    }

    @Test("A daemon with several stations is named by the first", arguments: [2, 3])
    func diedWithTwo(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons, each: 2).run { ring, index in
        try checkSamples(ring, 0..<10)
        if index == 1 { ring.shutDown(within: 0) } else { try self.wait(ring, .idle) }
      }
      for (index, error) in errors.enumerated() where index != 1 {
        #expect(error?.station == 2)
        #expect(error?.description.contains("stations 2-3") == true)
      }
    }

    @Test(
      "A daemon that says nothing is named by all others when the time-out is over", arguments: Waiting.allCases,
      [2, 4])
    func silent(waiting: Waiting, daemons: Int) throws {
      let took = Collected<Double>(daemons)
      let others = DispatchGroup()
      for _ in 1..<daemons { others.enter() }
      let ring = TestRing(daemons: daemons, adjust: { configuration, _ in configuration.silenceTimeout = 400 })
      let errors = try ring.run { ring, index in
        try checkSamples(ring, 0..<10)
        guard index != 1 else {
          others.wait()
          // The first may find all frames there, sent before the others gave up.
          for _ in 0..<2 { try self.wait(ring, .idle) }
          return
        }
        let began = Date()
        defer {
          took.put(index, Date().timeIntervalSince(began))
          others.leave()
        }
        try self.wait(ring, waiting)
      }
      for (index, error) in errors.enumerated() {
        #expect(error?.kind == .silent)
        #expect(error?.station == 1, "daemon \(index): \(error.map { "\($0)" } ?? "")")
        if index != 1 { #expect((0.35...1.2).contains(took.all[index] ?? 0), "\(took.all)") }
      }
    }

    @Test("A long window is no silence, as long as it is shorter than the time-out")
    func longWindow() throws {
      let ring = TestRing(daemons: 3, adjust: { configuration, _ in configuration.silenceTimeout = 800 })
      let errors = try ring.run { ring, index in
        for round in 0..<3 {
          if index == round { usleep(500_000) }
          try checkSamples(ring, round..<(round + 1))
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A daemon's own long window blames nobody")
    func ownLongWindow() throws {
      let ring = TestRing(daemons: 3, adjust: { configuration, _ in configuration.silenceTimeout = 300 })
      let errors = try ring.run { ring, index in
        for round in 0..<3 {
          usleep(700_000)
          try checkSamples(ring, round..<(round + 1))
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Heartbeats keep a ring alive that has nothing to say")
    func heartbeats() throws {
      let ring = TestRing(daemons: 3, adjust: { configuration, _ in configuration.silenceTimeout = 200 })
      let errors = try ring.run { ring, index in
        if index == 0 {
          let group = DispatchGroup()
          onThread(group) {
            usleep(1_200_000)
            ring.wake()
          }
          try ring.waitForWake()
          group.wait()
        } else {
          try ring.waitForWake()
        }
        try checkSamples(ring, 0..<5)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test(
      "A daemon that leaves in order is named so by all, after the round that it was the last to complete",
      arguments: 2...5)
    func left(daemons: Int) throws {
      for attempt in 0..<8 {
        let completed = Collected<Int>(daemons)
        let errors = try TestRing(daemons: daemons).run { ring, index in
          try checkSamples(ring, 0..<10)
          completed.put(index, 10)
          guard index != 1 else { return }
          try self.wait(ring, attempt % 2 == 0 ? .busy : .wake)
        }
        #expect(completed.all.allSatisfy { $0 == 10 }, "\(errors)")
        for (index, error) in errors.enumerated() where index != 1 {
          #expect(error?.kind == .left)
          #expect(error?.station == 1, "\(error.map { "\($0)" } ?? "")")
        }
      }
    }

    @Test("When all leave after the same round, nobody sees a failure", arguments: 2...5)
    func allLeave(daemons: Int) throws {
      for _ in 0..<10 {
        let errors = try TestRing(daemons: daemons).run { ring, _ in try checkSamples(ring, 0..<20) }
        #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
      }
    }

    /// What a false neighbour says in round 1, and what is said of it.
    struct Lie: CustomTestStringConvertible, Sendable {
      var testDescription: String
      var bytes: [UInt8]
      var reason: String
    }

    static let lies: [Lie] = {
      let frame = MessageHead.message(.frame, station: 1, round: 1, [1, 2, 3, 4, 5])
      var damaged = frame
      damaged[26] ^= 1
      var long = frame
      long.replaceSubrange(16..<20, with: [0, 0, 0, 2])
      return [
        Lie(testDescription: "a damaged frame", bytes: damaged, reason: "checksum is wrong"),
        Lie(testDescription: "a frame that is too long", bytes: long, reason: "33554432 bytes, which is too long"),
        Lie(testDescription: "a frame twice", bytes: frame + frame, reason: "not its turn"),
        Lie(
          testDescription: "a frame of a round far ahead", bytes: MessageHead.message(.frame, station: 1, round: 3),
          reason: "not its turn"),
        Lie(
          testDescription: "a frame of a round gone by", bytes: MessageHead.message(.frame, station: 1, round: 0),
          reason: "not its turn"),
        Lie(
          testDescription: "a frame of our own station", bytes: MessageHead.message(.frame, station: 0, round: 1),
          reason: "not its turn"),
        Lie(
          testDescription: "a frame of no station", bytes: MessageHead.message(.frame, station: 2, round: 1),
          reason: "not its turn"),
        Lie(testDescription: "a second greeting", bytes: GarbageTests.hello, reason: "out of turn"),
        Lie(
          testDescription: "noise", bytes: Array("noise, and no message at all".utf8),
          reason: "no message of the ring ('noise, and n"),
      ]
    }()

    @Test("A neighbour that breaks the protocol is named with what it did", arguments: lies)
    func lied(lie: Lie) throws {
      let neighbour = try FalseNeighbour {
        try self.wait($0, .wake)
        try self.wait($0, .idle)
        try self.wait($0, .idle)
      }
      neighbour.before.send(lie.bytes)
      let error = neighbour.error()
      #expect(error?.kind == .protocolViolation)
      #expect(error?.station == 1)
      #expect(error?.description.contains(lie.reason) == true, "\(error.map { "\($0)" } ?? "none")")
      let told = neighbour.before.receive(.notice).flatMap { message in
        message.payload.withUnsafeBytes { Notice(message.head, $0) }
      }
      #expect(told?.error.station == 1)
    }

    @Test("A frame that comes the wrong way round is not taken")
    func wrongWay() throws {
      let neighbour = try FalseNeighbour { ring in for _ in 0..<2 { try self.wait(ring, .idle) } }
      neighbour.before.send(.frame, station: 1, round: 1)
      // Its own frame of round 1 shows that it has joined.
      #expect(neighbour.after.receive(.frame)?.head.round == 1)
      neighbour.after.send(.frame, station: 1, round: 2)
      #expect(neighbour.error()?.description.contains("not its turn") == true)
    }

    @Test("A ring that has failed stays closed, and says again why")
    func staysClosed() throws {
      let errors = try TestRing(daemons: 2).run { ring, index in
        guard index == 0 else { return }
        for _ in 0..<2 {
          do {
            try self.wait(ring, .busy)
          } catch let error as RingError {
            #expect(error.kind == .left)
          }
        }
        ring.wake()
        ring.close()
        try self.wait(ring, .wake)
      }
      #expect(errors[0]?.kind == .left)
    }

    @Test("Rings leave no open file behind")
    func files() throws {
      func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
      try TestRing(daemons: 3).run { ring, _ in try checkSamples(ring, 0..<3) }
      let before = try count()
      for _ in 0..<10 {
        try TestRing(daemons: 3).run { ring, index in
          if index == 0 { ring.shutDown(within: 0) } else { try self.wait(ring, .busy) }
        }
      }
      for _ in 0..<10 {
        #expect(throws: RingError.self) {
          try UVRing(TestRing(daemons: 3, adjust: { c, _ in c.listen = .unix(path: "/nowhere/x") }).configuration(0))
        }
      }
      #expect(try count() <= before + 2)
    }
  }
}
