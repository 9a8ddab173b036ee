import Foundation
import GuestImages
import NUMAchine
import Profiles
import Runner
import TestSupport
import Testing
import ringbus

/// Runners over rings whose clock is the test's: no link, no waiting, any order of arrival.
@Suite(.serialized) struct LinksTests {
  @Test func whateverTheOrderInWhichFramesComeTheBitsAreTheSame() throws {
    let links = FakeLinks(stations: 4, daemons: 4, longest: 10_000, seed: SeededRandom.seed(1))
    #expect(try TestCluster.run("hello", daemons: 4, links: links) == TestCluster.run("hello"))
  }

  @Test func whenADaemonSaysNothingForLongerThanTheTimeOutAllOthersNameItsStation() throws {
    let links = FakeLinks(stations: 4, daemons: 4, automatic: false)
    let configuration = RunnerConfiguration(
      profile: try Profiles.named("numachine")!, stations: 4, image: GuestImages.kernel)
    let (atRest, gate, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchGroup())
    let failures = Failures()
    let runners = try (0..<4).map { daemon in
      ended.enter()
      return try MachineRunner(configuration: configuration, ring: links.ring(daemon), threads: 1) { event in
        switch event {
        case .idle: atRest.signal()
        case .failed(let reason, let station):
          failures.add("\(daemon): \(reason), \(station ?? -1)")
          ended.leave()
        default: break
        }
      }
    }
    for runner in runners { runner.start() }
    atRest.wait()
    runners[1].pause { gate.wait() }
    runners[0].submit(TestCluster.Program(name: "hello").submission(1))
    links.waitUntilInRound([0, 2, 3])
    links.advance(by: links.silence - 1)
    #expect(failures.all.isEmpty)
    links.advance(by: 1)
    gate.signal()
    ended.wait()
    #expect(failures.all.sorted() == (0..<4).map { "\($0): station 1 says nothing, 1" })
  }

  @Test func aPacketThatNobodyAskedForEndsTheMachineAndNamesItsSender() throws {
    let links = FakeLinks(stations: 4, daemons: 4)
    let configuration = RunnerConfiguration(
      profile: try Profiles.named("numachine")!, stations: 4, image: GuestImages.kernel)
    var packet = Packet()
    (packet.kind, packet.source, packet.stations, packet.address) = (.grant, 1, 1, 1 << 32)
    // The machine comes to rest before.
    packet.ready = 1 << 44
    let failures = Failures()
    let ended = DispatchGroup()
    let runners = try (0..<4).map { daemon in
      ended.enter()
      let ring = daemon == 1 ? LyingRing(links.ring(1), packet) : links.ring(daemon)
      return try MachineRunner(configuration: configuration, ring: ring, threads: 1) { event in
        guard case .failed(let reason, let station) = event else { return }
        failures.add("\(daemon): \(reason), \(station ?? -1)")
        ended.leave()
      }
    }
    for runner in runners { runner.start() }
    ended.wait()
    #expect(
      failures.all.sorted().first
        == "0: a rule of the machine's model is broken, by station 1: an answer that no processor waits for, 1")
  }

  /// A ring that adds a packet to the first frame of its own station.
  private final class LyingRing: Ring {
    private let ring: any Ring
    private var packet: Packet?
    init(_ ring: any Ring, _ packet: Packet) {
      self.ring = ring
      self.packet = packet
    }
    var stations: Int { ring.stations }
    var local: Range<Int> { ring.local }
    func put(_ frames: [[UInt8]]) throws(RingError) {
      var frames = frames
      if let packet {
        let own = local.lowerBound
        let bytes = withUnsafeBytes(of: packet) { Array($0) }
        // Fewer than 256 bytes of packets are in it.
        frames[own][8] += UInt8(bytes.count)
        frames[own].insert(contentsOf: bytes, at: 24)
        self.packet = nil
      }
      try ring.put(frames)
    }
    func take(_ frames: inout [[UInt8]], patience: RingPatience) throws(RingError) {
      try ring.take(&frames, patience: patience)
    }
    func waitForWake() throws(RingError) { try ring.waitForWake() }
    func wake() { ring.wake() }
    func close() { ring.close() }
  }

  private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
  }
}
