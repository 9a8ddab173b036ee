import CLibuv
import Glibc

/// Where the predecessor calls. It stays open while the ring lives, so that a stranger gets an answer.
extension UVRing {
  /// So many connections may be without a greeting at one time; further ones are closed at once.
  private static let mostStrangers = 32

  func listen() throws(RingError) {
    var result: Int32
    switch configuration.listen {
    case .unix(let path):
      let pipe = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
      uv_pipe_init(loop, pipe, 0)
      listener = UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_stream_t.self)
      if Self.isLeftOver(path) { unlink(path) }
      result = uv_pipe_bind(pipe, path)
      // libuv says EACCES for both.
      if result == UV_EACCES.rawValue, !Self.hasFolder(path) { result = UV_ENOENT.rawValue }
      // Nobody can connect before `listen`; after it, nobody but this user may.
      if result == 0, chmod(path, 0o600) != 0 { result = -errno }
    case .tcp(let host, let port):
      var socket = try RingAddress.resolve(host: host, port: port)[0]
      let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
      uv_tcp_init(loop, tcp)
      listener = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
      result = withUnsafePointer(to: &socket) {
        uv_tcp_bind(tcp, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 0)
      }
    }
    listener!.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    if result == 0 {
      result = uv_listen(listener, 64) { listener, status in
        guard status == 0 else { return }
        Unmanaged<UVRing>.fromOpaque(listener!.pointee.data).takeUnretainedValue().accept()
      }
    }
    guard result == 0 else {
      throw RingError(.address, "cannot listen on \(configuration.listen): \(reason(result)); \(Self.advice(result))")
    }
    if case .tcp = configuration.listen, let real = Self.localAddress(of: listener!) { address = real }
  }

  private static func advice(_ code: Int32) -> String {
    switch uv_errno_t(code) {
    case UV_EADDRINUSE: return "another process listens there: end it, or choose another address"
    case UV_EADDRNOTAVAIL: return "this host has no such address"
    case UV_EACCES, UV_EPERM: return "this user may not listen there"
    case UV_ENOENT: return "its folder does not exist"
    default: return "choose another address"
    }
  }

  private static func hasFolder(_ path: String) -> Bool { access(String(path[...path.lastIndex(of: "/")!]), F_OK) == 0 }

  /// Whether a socket lies there that nobody listens on: a daemon that was killed leaves one.
  private static func isLeftOver(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return result != 0 && errno == ECONNREFUSED
  }

  private static func localAddress(of listener: UnsafeMutablePointer<uv_stream_t>) -> RingAddress? {
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) {
      uv_tcp_getsockname(
        UnsafeMutableRawPointer(listener).assumingMemoryBound(to: uv_tcp_t.self),
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &length)
    }
    return result == 0 ? RingAddress(storage) : nil
  }

  private func accept() {
    let link = Link(self, configuration.listen, side: .stranger, state: .greeting)
    guard uv_accept(listener, link.stream) == 0, strangers.count < Self.mostStrangers, verdict == nil else {
      if verdict == nil { report("turned away a connection to \(address): too many say nothing at one time") }
      return link.close()
    }
    strangers.append(link)
    link.sendAtOnce()
    link.startReading()
  }

  func closeListener(_ listener: UnsafeMutablePointer<uv_stream_t>) {
    uv_close(UnsafeMutableRawPointer(listener).assumingMemoryBound(to: uv_handle_t.self)) { handle in
      if uv_handle_get_type(handle) == UV_TCP {
        UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
      } else {
        UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_pipe_t.self).deallocate()
      }
    }
  }
}
