import CLibuv
import Glibc

/// One connection: a libuv stream, the bytes that came and are not yet taken, the bytes that could not be
/// sent at once.
///
/// libuv's callbacks find the link through the stream's `data`, which holds a reference until the stream is
/// closed.
final class Link {
  enum State {
    /// Waits for the system to connect.
    case connecting
    /// Waits for the other end's greeting.
    case greeting
    /// Has welcomed a predecessor that has not confirmed yet.
    case welcomed
    case open
    /// Says and takes nothing more; waits for the other end to close.
    case draining
    case gone
  }
  enum Side { case stranger, predecessor, successor }

  unowned let ring: UVRing
  let stream: UnsafeMutablePointer<uv_stream_t>
  var side: Side
  var state: State
  /// Where it leads, for messages.
  let address: String
  /// The stations at the other end, once it has said so.
  var neighbour: Range<Int> = 0..<0

  /// Bytes received and not taken.
  var buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
  var capacity = 1 << 16
  var filled = 0
  private var descriptor: Int32 = -1

  /// Writes that libuv has not finished.
  var queuedWrites = 0
  /// Writing failed. Reading tells why: a last notice may be waiting there.
  var writeProblem: Int32?
  /// A tick has passed since.
  var problemIsOld = false
  var held: DelayLine?

  /// Something came since the last tick.
  var heard = false
  /// Ticks without a word while this daemon waited.
  var silentTicks = 0

  init(_ ring: UVRing, _ address: RingAddress, side: Side, state: State) {
    self.ring = ring
    self.side = side
    self.state = state
    self.address = address.description
    switch address {
    case .unix:
      let pipe = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
      uv_pipe_init(ring.loop, pipe, 0)
      stream = UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_stream_t.self)
    case .tcp:
      let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
      uv_tcp_init(ring.loop, tcp)
      stream = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    }
    stream.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { buffer.deallocate() }

  var isTCP: Bool { uv_handle_get_type(handle) == UV_TCP }
  var handle: UnsafeMutablePointer<uv_handle_t> {
    UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self)
  }

  static func of(_ stream: UnsafeMutablePointer<uv_stream_t>) -> Link {
    Unmanaged<Link>.fromOpaque(stream.pointee.data).takeUnretainedValue()
  }

  /// Small frames must not wait for each other on TCP.
  func sendAtOnce() {
    if isTCP { uv_tcp_nodelay(UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_tcp_t.self), 1) }
  }

  // MARK: Receiving

  func startReading() {
    uv_read_start(
      stream,
      { handle, _, buf in
        let link = Unmanaged<Link>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
        buf!.pointee.base = (link.buffer + link.filled).assumingMemoryBound(to: CChar.self)
        buf!.pointee.len = link.capacity - link.filled
      },
      { stream, count, _ in
        let link = Link.of(stream!)
        if count > 0 {
          link.filled += count
          link.heard = true
          link.ring.take(from: link)
        } else if count < 0 {
          link.ring.ended(link, Int32(count))
        }
      })
  }

  /// Takes what is there without libuv, which notices nothing. The end of a link, or what is wrong with it,
  /// is left to libuv.
  /// - Returns: whether something was there.
  func readDirectly() -> Bool {
    guard state == .open else { return false }
    if descriptor < 0 { uv_fileno(handle, &descriptor) }
    let count = read(descriptor, buffer + filled, capacity - filled)
    guard count > 0 else { return false }
    filled += count
    heard = true
    ring.take(from: self)
    return true
  }

  /// Forgets the first `count` bytes, and makes room for a message of `size` bytes.
  func consume(_ count: Int, roomFor size: Int) {
    filled -= count
    if size > capacity {
      let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      larger.copyMemory(from: buffer + count, byteCount: filled)
      buffer.deallocate()
      buffer = larger
      capacity = size
    } else if count > 0, filled > 0 {
      memmove(buffer, buffer + count, filled)
    }
  }

  // MARK: Sending

  /// Sends at once what the system takes, and the rest when it can. Says nothing on a link that is not open
  /// any more.
  func send(_ bytes: UnsafeRawPointer, _ count: Int) {
    guard count > 0, state != .gone, state != .draining, writeProblem == nil else { return }
    var sent = 0
    if queuedWrites == 0 {
      var buf = uv_buf_t(base: UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: CChar.self)), len: count)
      let result = uv_try_write(stream, &buf, 1)
      if result == count { return }
      if result < 0, result != UV_EAGAIN.rawValue {
        writeProblem = result
        return
      }
      sent = max(0, Int(result))
    }
    queue(bytes + sent, count - sent)
  }

  func send(_ message: [UInt8]) { message.withUnsafeBytes { send($0.baseAddress!, $0.count) } }

  /// The request and the bytes lie in one block, freed when they are written.
  private func queue(_ bytes: UnsafeRawPointer, _ count: Int) {
    let room = MemoryLayout<uv_write_t>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: room + count, alignment: 16)
    let request = block.bindMemory(to: uv_write_t.self, capacity: 1)
    (block + room).copyMemory(from: bytes, byteCount: count)
    var buf = uv_buf_t(base: (block + room).assumingMemoryBound(to: CChar.self), len: count)
    queuedWrites += 1
    let result = uv_write(request, stream, &buf, 1) { request, status in
      let link = Link.of(request!.pointee.handle)
      link.queuedWrites -= 1
      if status < 0, status != UV_ECANCELED.rawValue, link.writeProblem == nil { link.writeProblem = status }
      UnsafeMutableRawPointer(request!).deallocate()
    }
    if result < 0 {
      queuedWrites -= 1
      writeProblem = result
      block.deallocate()
    }
  }

  // MARK: Closing

  /// After what is queued, tells the other end that nothing more comes.
  func drain() {
    guard state != .gone, state != .draining else { return }
    guard state != .connecting else { return close() }
    state = .draining
    filled = 0
    let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
    if uv_shutdown(request, stream, { request, _ in request!.deallocate() }) < 0 {
      request.deallocate()
      close()
    }
  }

  func close() {
    guard state != .gone else { return }
    state = .gone
    uv_close(handle) { handle in
      let link = Unmanaged<Link>.fromOpaque(handle!.pointee.data).takeRetainedValue()
      if link.isTCP {
        UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
      } else {
        UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_pipe_t.self).deallocate()
      }
    }
  }
}

/// Frames on their way through a link with injected delays, in their order.
struct DelayLine {
  private var delay: RingDelay
  private var waiting: [(due: UInt64, bytes: [UInt8])] = []
  private var first = 0

  init(_ delay: RingDelay) { self.delay = delay }

  var isEmpty: Bool { first == waiting.count }

  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    let due = uv_hrtime() + delay.next()
    waiting.append((max(due, waiting.last?.due ?? 0), Array(bytes)))
  }

  /// The next frame whose time has come.
  mutating func take() -> [UInt8]? {
    guard first < waiting.count, waiting[first].due <= uv_hrtime() else { return nil }
    defer {
      first += 1
      if first == waiting.count {
        waiting.removeAll(keepingCapacity: true)
        first = 0
      }
    }
    return waiting[first].bytes
  }
}
