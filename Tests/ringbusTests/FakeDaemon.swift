import Foundation
import Testing

@testable import ringbus

/// A plain socket that speaks whatever a test wants to a ring.
final class FakeDaemon {
  let descriptor: Int32

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
    // Nothing that a test waits for takes longer.
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { Glibc.close(descriptor) }

  /// Connects as a predecessor does.
  static func calling(_ address: RingAddress) throws -> FakeDaemon {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let result = withName(address) { connect(descriptor, $0, $1) }
    try #require(result == 0, "cannot connect to \(address): \(String(cString: strerror(errno)))")
    return FakeDaemon(descriptor)
  }

  /// Binds an address and closes it again, as a daemon that is killed does.
  static func leavingBehind(_ address: RingAddress) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(withName(address) { bind(descriptor, $0, $1) } == 0)
    Glibc.close(descriptor)
  }

  /// Listens as a successor does, and waits for the first that calls.
  static func listening(_ address: RingAddress) throws -> () throws -> FakeDaemon {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(withName(address) { bind(listener, $0, $1) } == 0 && listen(listener, 4) == 0)
    return {
      defer { Glibc.close(listener) }
      return FakeDaemon(Glibc.accept(listener, nil, nil))
    }
  }

  private static func withName(_ address: RingAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    guard case .unix(let path) = address else { return -1 }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
  func send(_ kind: MessageHead.Kind, station: Int = 0, round: UInt64 = 0, _ payload: [UInt8] = []) {
    send(MessageHead.message(kind, station: station, round: round, payload))
  }

  /// The other end has closed, with what it said before thrown away.
  func isClosed() -> Bool {
    while true {
      guard let bytes = read(1) else { return true }
      if bytes.isEmpty { return false }
    }
  }

  /// The next message, or nil at the end.
  func receive() -> (head: MessageHead, payload: [UInt8])? {
    guard let bytes = read(MessageHead.size), bytes.count == MessageHead.size,
      let head = bytes.withUnsafeBytes({ MessageHead($0.baseAddress!) })
    else { return nil }
    guard head.length > 0 else { return (head, []) }
    guard let payload = read(head.length), payload.count == head.length else { return nil }
    return (head, payload)
  }

  /// The next message that is no heartbeat, of this kind or none.
  func receive(_ kind: MessageHead.Kind) -> (head: MessageHead, payload: [UInt8])? {
    while let message = receive() {
      if message.head.kind == kind.rawValue { return message }
      if message.head.kind != MessageHead.Kind.heartbeat.rawValue { return nil }
    }
    return nil
  }

  /// So many bytes; fewer when they do not come in time; nil at the end.
  private func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let result = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, count - filled, 0) }
      if result == 0 || (result < 0 && errno == ECONNRESET) { return nil }
      if result < 0 { break }
      filled += result
    }
    return Array(bytes.prefix(filled))
  }
}

/// A real daemon with station 0 of a machine of two, and a false one with station 1 on both its links.
struct FalseNeighbour {
  let setup = TestRing(daemons: 2)
  let thread = DispatchGroup()
  let errors = Collected<RingError>(1)
  let before: FakeDaemon
  let after: FakeDaemon

  /// Joins up to the end of round 0; then the real one runs `body`.
  init(adjust: (inout RingConfiguration) -> Void = { _ in }, _ body: @escaping (UVRing) throws -> Void) throws {
    let accept = try FakeDaemon.listening(setup.folder.socket(1))
    var configuration = setup.configuration(0)
    adjust(&configuration)
    let ring = try UVRing(configuration)
    let errors = self.errors
    onThread(thread) {
      do {
        try ring.join()
        try body(ring)
      } catch {
        errors.put(0, error as! RingError)
      }
      ring.close()
    }
    let own = Greeting(setup.configuration(1)).bytes
    after = try accept()
    try #require(after.receive(.hello) != nil)
    after.send(.welcome, station: 1, own)
    before = try FakeDaemon.calling(setup.folder.socket(0))
    before.send(.hello, station: 1, own)
    try #require(before.receive(.welcome) != nil)
    before.send(.heartbeat, station: 1)
    before.send(.frame, station: 1, round: 0)
    try #require(after.receive(.frame) != nil)
  }

  /// What the real one ended with.
  func error() -> RingError? {
    #expect(thread.wait(timeout: .now() + 20) == .success, "the ring hangs")
    return errors.all[0]
  }
}
