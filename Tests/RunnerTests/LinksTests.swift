import Foundation
import GuestImages
import Profiles
import Runner
import Testing

/// Runners over rings whose clock is the test's: no link, no waiting, any order of arrival.
@Suite(.serialized) struct LinksTests {
  @Test(arguments: [2, 4], 1...2 as ClosedRange<UInt64>)
  func whateverTheOrderInWhichFramesComeTheBitsAreTheSame(daemons: Int, seed: UInt64) throws {
    let links = FakeLinks(stations: 4, daemons: daemons, longest: 10_000, seed: seed)
    #expect(try TestCluster.run("hello", daemons: daemons, links: links) == TestCluster.run("hello"))
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

  private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
  }
}
