import DebugServer
import Foundation
import GuestImages
import NUMAchine
import Profiles
import Runner
import ringbus

/// A machine with a debug server, a client of it, and what the program did.
final class DebugClient: @unchecked Sendable {
  struct Outcome: Equatable {
    var status = -1
    var output = ""
    var digest = ""
    var cycles: UInt64 = 0
  }

  private(set) var server: DebugServer!
  private var runner: MachineRunner!
  private let lock = NSLock()
  private var outcome = Outcome()
  private var submission: Submission?
  private var descriptor: Int32 = -1
  private var buffer: [UInt8] = []
  private let ended = DispatchSemaphore(value: 0)
  private let left = DispatchSemaphore(value: 0)
  private let running = DispatchSemaphore(value: 0)

  /// A machine that stands at reset.
  init(_ program: String, stations: Int = 1) throws {
    var profile = try Profiles.named("numachine")!
    profile.stations = stations
    submission = Submission(
      job: 1, processors: 0, arguments: [Array(program.utf8)], image: GuestImages.program(program)!)
    let configuration = RunnerConfiguration(profile: profile, stations: stations, image: GuestImages.kernel)
    runner = try MachineRunner(configuration: configuration, ring: SoloRing(stations: stations), threads: 1) {
      [unowned self] in take($0)
    }
    server = try DebugServer(runner: runner, port: 0)
    Thread.detachNewThread { [self] in
      _ = server.serve()
      left.signal()
    }
    connect()
  }

  /// What the program does when nobody looks.
  static func undisturbed(_ program: String, stations: Int = 1) throws -> Outcome {
    let client = try DebugClient(program, stations: stations)
    client.send("D")
    return client.finish()
  }

  private func take(_ event: RunnerEvent) {
    switch event {
    case .output(let job, _, let bytes) where job > 0:
      lock.withLock { outcome.output += String(decoding: bytes, as: UTF8.self) }
    case .idle:
      if let next = lock.withLock({ submission }) {
        lock.withLock { submission = nil }
        runner.submit(next)
      } else if lock.withLock({ outcome.status >= 0 && outcome.digest.isEmpty }) {
        runner.query(.digest) { [self] reply in
          if case .digest(let digest, _) = reply { lock.withLock { outcome.digest = digest } }
          runner.stop()
        }
      }
    case .started: running.signal()
    case .exited(_, let status, _, let cycles, _, _):
      lock.withLock { (outcome.status, outcome.cycles) = (status, cycles) }
      server.programEnded(status: status)
    case .stopped: ended.signal()
    default: break
    }
  }

  /// Waits for the program's first instruction.
  func waitUntilItRuns() { _ = running.wait(timeout: .now() + 120) }

  /// Waits for the program's end and the machine's rest.
  func finish() -> Outcome {
    _ = ended.wait(timeout: .now() + 120)
    _ = left.wait(timeout: .now() + 10)
    close(descriptor)
    return lock.withLock { outcome }
  }

  // MARK: The client

  func connect() {
    if descriptor >= 0 { close(descriptor) }
    buffer = []
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = server.port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), Int32(TCP_NODELAY), &yes, socklen_t(MemoryLayout<Int32>.size))
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func sendRaw(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  func send(_ text: String) {
    let sum = text.utf8.reduce(0 as UInt8) { $0 &+ $1 }
    sendRaw(Array("$\(text)#\(sum < 16 ? "0" : "")\(String(sum, radix: 16))".utf8))
  }

  /// The next packet's text; nil when none comes.
  func receive() -> String? {
    while true {
      if let start = buffer.firstIndex(of: 36), let end = buffer[start...].firstIndex(of: 35), buffer.count >= end + 3 {
        let text = String(decoding: buffer[(start + 1)..<end], as: UTF8.self)
        buffer.removeFirst(end + 3)
        sendRaw([43])
        return text
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk[..<count]
    }
  }

  func ask(_ text: String) -> String {
    send(text)
    return receive() ?? "nothing"
  }

  /// Register `number` of the selected processor.
  func register(_ number: Int) -> UInt64 {
    let text = ask("p" + String(number, radix: 16))
    var value: UInt64 = 0
    for place in stride(from: 14, through: 0, by: -2) {
      let start = text.index(text.startIndex, offsetBy: min(place, max(0, text.count - 2)))
      value = value << 8 | (UInt64(text[start...].prefix(2), radix: 16) ?? 0)
    }
    return value
  }

  var pc: UInt64 { register(37) }
}
