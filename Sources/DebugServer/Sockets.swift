import Foundation
import Runner

/// Listens for one client after the other.
final class ListeningSocket {
  let descriptor: Int32
  let port: UInt16

  init(host: String, port: UInt16) throws(RunnerError) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else {
      throw RunnerError("'\(host)' is no address of this host")
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(
      found.pointee.ai_family, found.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), found.pointee.ai_protocol)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard descriptor >= 0, bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
      listen(descriptor, 1) == 0
    else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw RunnerError("cannot listen on \(host):\(port): \(reason)")
    }
    self.descriptor = descriptor
    var name = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let bound = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    // IPv4 and IPv6 have the port at the same place.
    self.port =
      bound == 0 ? withUnsafeBytes(of: name) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) } : port
  }

  deinit { close(descriptor) }

  /// A client that is there, or nil.
  func accept() -> ClientSocket? {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&polled, 1, 0) > 0 else { return nil }
    let client = Glibc.accept(descriptor, nil, nil)
    return client >= 0 ? ClientSocket(client) : nil
  }
}

/// A client, and what the protocol remembers of it.
final class ClientSocket {
  let descriptor: Int32
  /// Until it asks for the mode without.
  var acknowledges = true
  /// It has let the machine run and waits to hear that it has stopped.
  var hasResumed = false
  var hasLeft = false
  private var last: [UInt8] = []

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    // Who does not read must not hold the server for ever.
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func close() { Glibc.close(descriptor) }

  var isReadable: Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&polled, 1, 0) > 0
  }

  /// What has come; nil when the client is gone.
  func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : count < 0 && errno == EINTR ? [] : nil
  }

  func send(_ text: [UInt8]) {
    last = PacketReader.packet(text)
    write(last)
  }

  func sendAgain() { write(last) }

  func acknowledge(_ isGood: Bool) { if acknowledges { write([UInt8(ascii: isGood ? "+" : "-")]) } }

  private func write(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno != EINTR {
        hasLeft = true
        return
      }
    }
  }
}

/// Wakes a thread that polls.
final class Bell {
  private let ends: (read: Int32, write: Int32)
  var descriptor: Int32 { ends.read }

  init() {
    var pair: [Int32] = [0, 0]
    guard pipe(&pair) == 0 else { fatalError("the host has no descriptor left for a pipe") }
    for end in pair {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    ends = (pair[0], pair[1])
  }

  deinit {
    close(ends.read)
    close(ends.write)
  }

  func ring() {
    var byte: UInt8 = 0
    _ = write(ends.write, &byte, 1)
  }

  func silence() {
    var buffer = [UInt8](repeating: 0, count: 64)
    while read(ends.read, &buffer, buffer.count) > 0 {}
  }
}
