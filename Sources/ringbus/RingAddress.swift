import CLibuv
import Glibc

/// Where a daemon listens for its predecessor: `unix:/path` between daemons of one host, `tcp:host:port`
/// between hosts.
public enum RingAddress: Sendable, Equatable, CustomStringConvertible {
  case unix(path: String)
  /// Port 0 lets the system choose; `UVRing.address` then tells which.
  case tcp(host: String, port: UInt16)

  /// The longest path of a Unix socket on Linux, in bytes: `sun_path` has 108 with the closing zero.
  public static let longestPath = 107

  /// Reads `unix:/path`, `tcp:host:port` or `tcp:[address of IPv6]:port`.
  ///
  /// - Throws: `RingError` of kind `address`, with what is wrong.
  public init(_ text: String) throws(RingError) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard path.hasPrefix("/") else {
        throw RingError(
          .address,
          "'\(text)' is no address: after 'unix:' comes the full path of a socket, like unix:/run/station0.sock")
      }
      self = .unix(path: path)
    } else if text.hasPrefix("tcp:") {
      let rest = text.dropFirst(4)
      guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
        throw RingError(
          .address, "'\(text)' is no address: after 'tcp:' come a host and a port from 0 to 65535, like tcp:host1:7000")
      }
      var host = String(rest[..<colon])
      if host.hasPrefix("["), host.hasSuffix("]") {
        host = String(host.dropFirst().dropLast())
      } else if host.contains(":") {
        throw RingError(.address, "'\(text)' is no address: an IPv6 address stands in brackets, like tcp:[::1]:7000")
      }
      guard !host.isEmpty else { throw RingError(.address, "'\(text)' is no address: it names no host") }
      self = .tcp(host: host, port: port)
    } else {
      throw RingError(.address, "'\(text)' is no address: it starts with neither 'unix:' nor 'tcp:'")
    }
    try check()
  }

  public var description: String {
    switch self {
    case .unix(let path): return "unix:\(path)"
    case .tcp(let host, let port): return host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
    }
  }

  /// libuv would cut a path that is too long, and listen somewhere else without a word.
  func check() throws(RingError) {
    guard case .unix(let path) = self else { return }
    guard path.utf8.count <= Self.longestPath else {
      throw RingError(
        .address,
        "the path of the socket \(self) has \(path.utf8.count) bytes, and \(Self.longestPath) are the most: use a folder with a shorter name"
      )
    }
    guard !path.utf8.contains(0) else { throw RingError(.address, "the path of a socket has a zero byte in it") }
  }

  /// The socket addresses that the host's name stands for, in the resolver's order.
  static func resolve(host: String, port: UInt16) throws(RingError) -> [sockaddr_storage] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &first)
    guard code == 0 else {
      throw RingError(
        .address, "no host is known by the name '\(host)' (\(String(cString: gai_strerror(code)))); check the host list"
      )
    }
    defer { freeaddrinfo(first) }
    var found: [sockaddr_storage] = []
    var next = first
    while let entry = next {
      var storage = sockaddr_storage()
      memcpy(&storage, entry.pointee.ai_addr, min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size))
      found.append(storage)
      next = entry.pointee.ai_next
    }
    return found
  }

  /// The TCP address in a socket's own form.
  init?(_ storage: sockaddr_storage) {
    var storage = storage
    var text = [CChar](repeating: 0, count: 64)
    let port: UInt16? = withUnsafePointer(to: &storage) { pointer in
      switch Int32(pointer.pointee.ss_family) {
      case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          uv_ip4_name($0, &text, text.count) == 0 ? UInt16(bigEndian: $0.pointee.sin_port) : nil
        }
      case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          uv_ip6_name($0, &text, text.count) == 0 ? UInt16(bigEndian: $0.pointee.sin6_port) : nil
        }
      default: return nil
      }
    }
    guard let port else { return nil }
    self = .tcp(host: String(cString: text), port: port)
  }
}

/// libuv's word for one of its error codes, which are negative.
func reason(_ code: Int32) -> String { String(cString: uv_strerror(code)) }
