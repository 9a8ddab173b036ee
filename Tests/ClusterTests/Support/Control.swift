import Foundation
import Glibc

/// Bytes on the control port or a ring socket, as somebody sends them who is no client.
enum Control {
  /// `host:port` and token of a cluster.
  static func address(_ home: TestHome, _ name: String = "default") throws -> (
    host: String, port: UInt16, token: String
  ) {
    func line(_ file: String) throws -> String {
      try String(contentsOfFile: home.folder(name) + "/" + file, encoding: .utf8).trimmingCharacters(in: .newlines)
    }
    let parts = try line("control-address").split(separator: ":")
    return (String(parts[0]), UInt16(parts[1])!, try line("token"))
  }

  /// What the service answers to these bytes until it closes; empty if it closes without a word.
  static func send(_ bytes: [UInt8], to home: TestHome, seconds: Int = 20) throws -> String {
    let descriptor = try connect(to: home)
    defer { close(descriptor) }
    return exchange(descriptor, bytes, seconds)
  }

  /// A connection to the control port, to be closed.
  static func connect(to home: TestHome) throws -> Int32 {
    let address = try address(home)
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = address.port.bigEndian
    inet_pton(AF_INET, address.host, &name.sin_addr)
    let connected = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      close(descriptor)
      throw SharedCluster.NotRunning(description: "no connection to the control port")
    }
    return descriptor
  }

  /// As `send`, to a Unix socket.
  static func send(_ bytes: [UInt8], toSocket path: String, seconds: Int = 5) -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let connected = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return "not connected" }
    return exchange(descriptor, bytes, seconds)
  }

  private static func exchange(_ descriptor: Int32, _ bytes: [UInt8], _ seconds: Int) -> String {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { break }
      sent += count
    }
    shutdown(descriptor, Int32(SHUT_WR))
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
    return String(decoding: answer, as: UTF8.self)
  }

  static func request(_ line: String, token: String? = nil, body: [UInt8] = [], length: Int? = nil) -> [UInt8] {
    let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
    return Array(
      "\(line) HTTP/1.1\r\nHost: x\r\n\(authorization)Content-Length: \(length ?? body.count)\r\nConnection: close\r\n\r\n"
        .utf8) + body
  }
}
