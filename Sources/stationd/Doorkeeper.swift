import ControlAPI
import FlyingFox
import Foundation
import Glibc
import Logging

/// Stands before the HTTP server on the address that others can reach, and lets nobody in who does not show
/// the token.
///
/// The server's library reads a request's head whole, however long it is (in a time that grows with the
/// square of a line's length), before anyone can ask for the token. Here a head has `headLimit` bytes and
/// `headSeconds` to come; what is no request is answered with 400, what has no token with 401, and neither
/// costs more than a thread for that time. Those who have not shown the token are few at a time: the one who
/// came first makes room for the next. A connection that is let in is passed on byte for byte, unless it says
/// of its body what makes no sense or is too much.
final class Doorkeeper: @unchecked Sendable {
  static let headLimit = 8 << 10
  static let headSeconds = 10
  /// Connections at a time that have shown the token.
  static let connectionLimit = 64
  /// Connections at a time that have not.
  static let strangerLimit = 32
  /// Bytes of a request's body.
  static let bodyLimit = ELFCheck.largestFile + SubmissionParameters.lineLimit

  /// `host:port`, with the port that the system has chosen or the user has named.
  let address: String
  /// Path of the HTTP server's Unix socket.
  let server: String
  private let listener: Int32
  private let token: [UInt8]
  private let logger: Logger
  private let lock = NSLock()
  /// Connections that have not shown the token, the oldest first.
  private var strangers: [Int32] = []
  private var guests = 0

  /// Listens; `start` then takes connections.
  ///
  /// - Parameter host: an IPv4 address or `localhost`.
  init(host: String, port: UInt16, server: String, token: [UInt8], logger: Logger) throws(DaemonError) {
    self.server = server
    self.token = token
    self.logger = logger
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &name.sin_addr) == 1 else {
      throw DaemonError(station: 0, description: "the control address '\(host)' is no IPv4 address")
    }
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else {
      let reason = String(cString: strerror(errno)).lowercased()
      close(listener)
      throw DaemonError(
        station: 0,
        description: "cannot listen for control on \(host):\(port): \(reason); choose another with --control")
    }
    self.listener = listener
    address = "\(host):\(UInt16(bigEndian: name.sin_port))"
  }

  func start() {
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else {
          // Out of descriptors, or the caller has gone already: neither may end the service.
          if errno != EINTR && errno != ECONNABORTED { usleep(50_000) }
          continue
        }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        lock.withLock {
          if strangers.count == Self.strangerLimit {
            // Its thread sees the end, and closes it.
            shutdown(strangers.removeFirst(), Int32(SHUT_RDWR))
          }
          strangers.append(connection)
        }
        Thread.detachNewThread { [self] in
          serve(connection)
        }
      }
    }
  }

  /// Answers and closes a connection.
  private func serve(_ connection: Int32) {
    let head = readHead(connection)
    var isGuest = false
    if let head, isAuthorised(head) {
      isGuest = lock.withLock {
        guard guests < Self.connectionLimit else { return false }
        strangers.removeAll { $0 == connection }
        guests += 1
        return true
      }
      if isGuest {
        answer(connection, head)
      } else {
        refuse(
          connection, "503 Service Unavailable", "\(Self.connectionLimit) connections are open already; try again")
      }
    } else if head == nil {
      logger.info("control: turned away what is no request")
      refuse(connection, "400 Bad Request", "this is no HTTP request")
    } else {
      logger.info("control: turned away a request without the right token")
      refuse(
        connection, "401 Unauthorized", "wrong or missing token; it is in the file 'token' of the cluster's folder")
    }
    // Its number may be another's from here on.
    lock.withLock {
      if isGuest { guests -= 1 } else { strangers.removeAll { $0 == connection } }
      close(connection)
    }
  }

  /// For who has shown the token.
  private func answer(_ connection: Int32, _ head: [UInt8]) {
    if let refusal = problem(head) {
      return refuse(connection, refusal.status, refusal.reason, drain: .seconds(10))
    }
    let inside = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(inside) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: server.utf8.prefix(107)) }
    let isConnected = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(inside, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else { return logger.error("control: the HTTP server does not answer") }
    pass(connection, inside, first: head)
  }

  // MARK: The head

  /// All that has come, at least to the end of the head; nil where that is no request's.
  private func readHead(_ connection: Int32) -> [UInt8]? {
    var head: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: Self.headLimit)
    let deadline = ContinuousClock.now + .seconds(Self.headSeconds)
    while head.count < Self.headLimit {
      let left = (deadline - ContinuousClock.now) / .milliseconds(1)
      var ready = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&ready, 1, Int32(left)) > 0 else { return nil }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      let searched = max(0, head.count - 3)
      head += buffer[..<count]
      if !looksLikeRequest(head) { return nil }
      // The last piece may hold the beginning of the body, which the limit does not bound.
      if head[searched...].indices.dropLast(3).contains(where: {
        head[$0..<$0 + 4].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A])
      }) {
        return head
      }
    }
    return nil
  }

  /// Whether the bytes so far can be the beginning of `METHOD /path HTTP/1.x`.
  private func looksLikeRequest(_ head: [UInt8]) -> Bool {
    let line = head.prefix { $0 != 0x0D && $0 != 0x0A }
    guard line.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return false }
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard let method = words.first, method.count <= 16, method.allSatisfy(Self.isLetter) else {
      return false
    }
    if words.count > 1, let slash = words[1].first, slash != 0x2F { return false }
    guard line.count < head.count else { return words.count <= 3 }
    return words.count == 3 && !words[1].isEmpty && words[2].starts(with: Array("HTTP/1.".utf8))
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

  /// Compares all bytes whatever they are, so that the time tells nothing.
  private func isAuthorised(_ head: [UInt8]) -> Bool {
    let expected = Array("Bearer ".utf8) + token
    guard let given = lines(head).first(where: { $0.name == "authorization" })?.value else { return false }
    return given.count == expected.count && zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// What the server behind would close the connection at, without a word: a method that nobody knows, or of
  /// the body what makes no sense or is too much.
  private func problem(_ head: [UInt8]) -> (status: String, reason: String)? {
    let method = String(decoding: head.prefix { $0 != 0x20 }, as: UTF8.self)
    guard HTTPMethod.allMethods.contains(where: { $0.rawValue == method }) else {
      return ("405 Method Not Allowed", "no path understands \(method)")
    }
    var lengths: Set<[UInt8]> = []
    for line in lines(head) {
      switch line.name {
      case "content-length": lengths.insert(Array(line.value))
      case "transfer-encoding": return ("400 Bad Request", "a request must tell its length: Content-Length")
      default: break
      }
    }
    guard let length = lengths.first else { return nil }
    guard lengths.count == 1, !length.isEmpty, length.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return ("400 Bad Request", "Content-Length is no number of bytes")
    }
    guard let count = Int(String(decoding: length, as: UTF8.self)), count <= Self.bodyLimit else {
      return ("413 Payload Too Large", "programs may have at most \(ELFCheck.largestFile) bytes")
    }
    return nil
  }

  /// The headers, names in small letters.
  private func lines(_ head: [UInt8]) -> [(name: String, value: ArraySlice<UInt8>)] {
    var lines: [(name: String, value: ArraySlice<UInt8>)] = []
    for line in head.split(separator: 0x0A, omittingEmptySubsequences: false).dropFirst() {
      if line.isEmpty || line.elementsEqual([0x0D]) { break }
      guard let colon = line.firstIndex(of: 0x3A) else { continue }
      var value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x0D }
      while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
      lines.append((String(decoding: line[..<colon], as: UTF8.self).lowercased(), value))
    }
    return lines
  }

  /// - Parameter drain: how long the client's bytes are still read.
  private func refuse(
    _ connection: Int32, _ status: String, _ reason: String, drain: Duration = .milliseconds(500)
  ) {
    let body = "{\"error\":\"\(reason)\"}"
    let answer =
      "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    _ = Array(answer.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    shutdown(connection, Int32(SHUT_WR))
    // A connection that is closed with unread bytes is reset, and the answer lost: read on for a moment, but
    // no longer.
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let deadline = ContinuousClock.now + drain
    while case let left = (deadline - ContinuousClock.now) / .milliseconds(1), left > 0 {
      var ready = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, Int32(left)) > 0, recv(connection, &buffer, buffer.count, 0) > 0 else { break }
    }
  }

  // MARK: Passing on

  /// Bytes on their way from one end to the other. More are read only when these have left: so a slow reader
  /// is felt at the source.
  private struct Flow {
    var from: Int32
    var to: Int32
    var bytes: ArraySlice<UInt8> = []
    var isOpen = true
  }

  private func pass(_ outside: Int32, _ inside: Int32, first: [UInt8]) {
    for end in [outside, inside] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    var flows = [Flow(from: outside, to: inside, bytes: first[...]), Flow(from: inside, to: outside)]
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    // The server's end decides: a client may stop sending and go on reading.
    while flows[1].isOpen || !flows[1].bytes.isEmpty {
      var ends = flows.map { flow in
        flow.bytes.isEmpty
          ? pollfd(fd: flow.isOpen ? flow.from : -1, events: Int16(POLLIN), revents: 0)
          : pollfd(fd: flow.to, events: Int16(POLLOUT), revents: 0)
      }
      // Without a flow from the client its going away is watched for.
      if !flows[0].isOpen && flows[0].bytes.isEmpty { ends[0] = pollfd(fd: outside, events: 0, revents: 0) }
      guard poll(&ends, 2, -1) > 0 || errno == EINTR else { return }
      for index in 0..<2 where ends[index].revents != 0 {
        if !flows[index].bytes.isEmpty {
          let count = flows[index].bytes.withUnsafeBytes {
            send(flows[index].to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
          }
          if count > 0 {
            flows[index].bytes = flows[index].bytes.dropFirst(count)
          } else if errno != EAGAIN && errno != EINTR {
            return
          }
        } else if flows[index].isOpen {
          let count = recv(flows[index].from, &buffer, buffer.count, 0)
          if count > 0 {
            flows[index].bytes = buffer[..<count]
          } else if count == 0 {
            flows[index].isOpen = false
            shutdown(flows[index].to, Int32(SHUT_WR))
          } else if errno != EAGAIN && errno != EINTR {
            return
          }
        } else {
          return
        }
      }
    }
  }
}
