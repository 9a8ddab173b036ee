import ControlAPI
import Foundation

/// A client of the control service: HTTP/1.1 on a plain socket, a connection for each request, answers as
/// they come.
///
/// Foundation's own client would do; it takes a quarter of a second longer to load and buffers what should
/// stream.
struct ControlClient {
  var host: String
  var port: UInt16
  var token: String

  /// The service cannot be reached or broke off; says nothing of the reason why.
  struct Unreachable: Error { var reason: String }

  /// - Parameter address: `host:port`, or `[address]:port`.
  init(address: String, token: String) throws(Problem) {
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]),
      colon > address.startIndex
    else {
      throw .usage("'\(address)' is no host:port")
    }
    var host = address[..<colon]
    if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    self.host = String(host)
    self.port = port
    self.token = token
    guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .usage("the token holds blanks or control characters")
    }
  }

  /// Asks and decodes the answer.
  func get<T: Decodable>(_ type: T.Type, _ path: String, timeout: Int = 60) throws -> T {
    try decode(type, send("GET", path, timeout: timeout))
  }

  /// Sends a request and returns the body of the answer.
  @discardableResult
  func send(_ method: String, _ path: String, body: [UInt8] = [], timeout: Int = 60) throws -> Data {
    let connection = try Connection(host: host, port: port, timeout: timeout)
    defer { connection.end() }
    try connection.request(method, "/\(controlVersion)/\(path)", token: token, body: body)
    let status = try connection.readHead()
    var answer = Data()
    while let chunk = try connection.readBody() { answer += chunk }
    try check(status, answer)
    return answer
  }

  /// Passes on the bytes of the answer as they come.
  func download(_ path: String, _ body: (Data) throws -> Void) throws {
    let connection = try Connection(host: host, port: port, timeout: 600)
    defer { connection.end() }
    try connection.request("GET", "/\(controlVersion)/\(path)", token: token, body: [])
    let status = try connection.readHead()
    var refusal = Data()
    while let chunk = try connection.readBody() {
      if status == 200 { try body(chunk) } else { refusal += chunk }
    }
    try check(status, refusal)
  }

  /// Passes on the lines of the answer as they come.
  func stream(_ path: String, _ body: (Data) throws -> Void) throws {
    let connection = try Connection(host: host, port: port, timeout: 0)
    defer { connection.end() }
    try connection.request("GET", "/\(controlVersion)/\(path)", token: token, body: [])
    let status = try connection.readHead()
    var rest = Data()
    while let chunk = try connection.readBody() {
      guard status == 200 else {
        rest += chunk
        continue
      }
      var start = chunk.startIndex
      while let end = chunk[start...].firstIndex(of: 0x0A) {
        try body(rest + chunk[start..<end])
        rest = Data()
        start = end + 1
      }
      rest += chunk[start...]
    }
    try check(status, rest)
  }

  func decode<T: Decodable>(_ type: T.Type, _ data: Data) throws -> T {
    do { return try Wire.decode(type, from: data) } catch {
      throw Problem.cluster(
        "\(host):\(port) answers what this tctl does not understand; are client and cluster of the same version?")
    }
  }

  private func check(_ status: Int, _ body: Data) throws {
    guard !(200..<300).contains(status) else { return }
    guard let problem = try? Wire.decode(ProblemMessage.self, from: body) else {
      throw Problem.cluster("\(host):\(port) is no control service of a cluster (HTTP status \(status))")
    }
    // 400 and 413 blame the request, all others the cluster.
    throw Problem(line: problem.error, status: status == 400 || status == 413 ? 2 : 70)
  }
}

/// One connection and one request.
private final class Connection {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var bodyLeft: Int?
  private var isChunked = false
  private var isDone = false

  /// - Parameter timeout: seconds for each read; 0 waits for ever.
  init(host: String, port: UInt16, timeout: Int) throws {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0 else { throw ControlClient.Unreachable(reason: "no host is known by the name '\(host)'") }
    defer { freeaddrinfo(found) }
    var reason = "no address"
    var next = found
    while let entry = next {
      let candidate = socket(
        entry.pointee.ai_family, entry.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), entry.pointee.ai_protocol)
      // Bounds the time to connect, too.
      var limit = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(candidate, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      if connect(candidate, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
        limit.tv_sec = timeout
        setsockopt(candidate, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        descriptor = candidate
        return
      }
      reason = String(cString: strerror(errno))
      close(candidate)
      next = entry.pointee.ai_next
    }
    throw ControlClient.Unreachable(reason: reason)
  }

  func end() { close(descriptor) }

  func request(_ method: String, _ path: String, token: String, body: [UInt8]) throws {
    let head =
      "\(method) \(path) HTTP/1.1\r\nHost: tornado\r\nAuthorization: Bearer \(token)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    let bytes = Array(head.utf8) + body
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // A service that answers before it has read all, to refuse, may have closed: its answer counts.
      if count <= 0 && errno != EINTR { break }
      sent += max(count, 0)
    }
  }

  private func fill() throws -> Bool {
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        buffer += chunk[..<count]
        return true
      }
      if count == 0 { return false }
      if errno == EAGAIN { throw ControlClient.Unreachable(reason: "no answer in time") }
      if errno != EINTR { throw ControlClient.Unreachable(reason: String(cString: strerror(errno))) }
    }
  }

  private func readLine() throws -> String {
    while true {
      if let end = buffer[position...].firstIndex(of: 0x0A) {
        var line = buffer[position..<end]
        if line.last == 0x0D { line.removeLast() }
        position = end + 1
        return String(decoding: line, as: UTF8.self)
      }
      guard try fill() else { throw ControlClient.Unreachable(reason: "the connection was closed") }
    }
  }

  /// The status code; the headers that matter are remembered.
  func readHead() throws -> Int {
    let line = try readLine().split(separator: " ")
    guard line.count >= 2, line[0].hasPrefix("HTTP/"), let status = Int(line[1]) else {
      throw ControlClient.Unreachable(reason: "the answer is not HTTP")
    }
    while true {
      let header = try readLine().lowercased()
      if header.isEmpty { break }
      if header.hasPrefix("content-length:") {
        bodyLeft = Int(header.dropFirst(15).trimmingCharacters(in: .whitespaces))
      }
      if header.hasPrefix("transfer-encoding:") && header.hasSuffix("chunked") { isChunked = true }
    }
    if isChunked { bodyLeft = 0 }
    return status
  }

  /// The next bytes of the body; nil at its end.
  func readBody() throws -> Data? {
    guard !isDone else { return nil }
    if isChunked && bodyLeft == 0 {
      var size = try readLine()
      if size.isEmpty { size = try readLine() }
      guard let count = Int(size, radix: 16) else { throw ControlClient.Unreachable(reason: "the answer is not HTTP") }
      bodyLeft = count
      if count == 0 {
        isDone = true
        return nil
      }
    }
    if bodyLeft == 0 {
      isDone = true
      return nil
    }
    if position == buffer.count, try !fill() {
      isDone = true
      if bodyLeft == nil { return nil }
      throw ControlClient.Unreachable(reason: "the connection was closed")
    }
    let count = min(bodyLeft ?? Int.max, buffer.count - position)
    let data = Data(buffer[position..<position + count])
    position += count
    if let left = bodyLeft { bodyLeft = left - count }
    return data
  }
}
