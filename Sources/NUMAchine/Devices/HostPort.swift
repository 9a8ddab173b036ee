import TornadoABI

/// One thing that leaves a station for the host: bytes of a program's output, or an event. Header in memory
/// as in a frame, 24 bytes, followed by `length` bytes of output.
public struct HostRecord: BitwiseCopyable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case output = 0
    case processorReady, started, exited, panic
  }
  /// Tick of the (first) store.
  public var time: UInt64 = 0
  public var job: UInt32 = 0
  public var value: UInt32 = 0
  public var length: UInt32 = 0
  public var kind: Kind = .output
  public var stream: UInt8 = 0
  /// Global number of the processor that stored it.
  public var processor: UInt8 = 0
  private var reserved: UInt8 = 0

  private static let kindOffset = MemoryLayout<HostRecord>.offset(of: \.kind)!

  /// Takes the first record off the front of a station's output, with its bytes.
  ///
  /// - Returns: nil where the output begins with none, or with one whose bytes are not all there.
  public static func first(of output: inout UnsafeRawBufferPointer) -> (HostRecord, UnsafeRawBufferPointer)? {
    let size = MemoryLayout<HostRecord>.size
    guard output.count >= size, let kind = Kind(rawValue: output[kindOffset]) else { return nil }
    let record = output.loadUnaligned(as: HostRecord.self)
    let length = Int(record.length)
    guard length <= output.count - size, length == 0 || kind == .output else { return nil }
    defer { output = UnsafeRawBufferPointer(rebasing: output[(size + length)...]) }
    return (record, UnsafeRawBufferPointer(rebasing: output[size..<(size + length)]))
  }
}

/// A station's host port: records from outside enter through it, output and events leave.
struct HostPort {
  enum TransferState: UInt8, StateChoice, CaseIterable { case none, running, complete }

  private struct Port: BitwiseCopyable {
    var transfer = TransferState.none
    var target: UInt64 = 0
    var position = 0
    var records = 0
    /// Where the last record's header stands in `output`, while more bytes may join it, else -1.
    var open = -1
  }

  private let port: StateValue<Port>
  /// The records that have come and were not popped, oldest first, the length of each before it.
  private let records: StateBytes
  /// What `HOST_STREAM` selects, a word a processor.
  private let streams: FlatBuffer<UInt64>
  /// Records for the host since the last frame, which takes them: between two windows there are none.
  private let outgoing: StateBytes

  init(_ state: StateSpace, processors: Int) {
    port = state.value("port", Port())
    records = state.bytes("records")
    streams = state.buffer("streams", count: processors)
    outgoing = state.bytes("output", .transient)
  }

  /// Whether IP3 is up.
  var interrupts: Bool { port.value.transfer == .complete || (port.value.transfer == .none && hasRecord) }
  var status: UInt64 {
    UInt64(
      (hasRecord ? MACHINE_HOST_WAITS : 0) | (port.value.transfer == .running ? MACHINE_HOST_RUNS : 0)
        | (port.value.transfer == .complete ? MACHINE_HOST_COMPLETE : 0))
  }
  var length: UInt64 { hasRecord ? UInt64(firstLength) : 0 }
  var output: [UInt8] { outgoing.bytes }

  private var hasRecord: Bool { port.value.records > 0 }
  private var firstLength: Int { Int(records.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }) }
  private static var lengthBytes: Int { MemoryLayout<UInt32>.size }

  func enter(_ record: [UInt8]) {
    withUnsafeBytes(of: UInt32(record.count)) { records.bytes.append(contentsOf: $0) }
    records.bytes += record
    port.value.records += 1
  }

  /// Starts the transfer of the first record to a physical address; without a record nothing happens.
  func startTransfer(to address: UInt64) -> Bool {
    guard port.value.transfer == .none, hasRecord else { return false }
    port.value.transfer = .running
    port.value.target = address
    port.value.position = 0
    return true
  }

  /// The next line of the transfer: fills `line` (the rest of the last one with zeros) and returns its
  /// physical address.
  func nextLine(into line: UnsafeMutableRawBufferPointer) -> UInt64? {
    guard port.value.transfer == .running else { return nil }
    let position = port.value.position
    let length = firstLength
    guard position < length else {
      port.value.transfer = .complete
      return nil
    }
    let start = Self.lengthBytes + position
    line.initializeMemory(as: UInt8.self, repeating: 0)
    records.bytes.withUnsafeBytes {
      line.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + min(line.count, length - position))]))
    }
    port.value.position = position + line.count
    return port.value.target + UInt64(position)
  }

  func pop() {
    guard port.value.transfer != .running, hasRecord else { return }
    records.bytes.removeFirst(Self.lengthBytes + firstLength)
    port.value.records -= 1
    port.value.transfer = .none
  }

  func select(_ value: UInt64, processor: Int) { streams[processor] = value }

  /// Appends the low `count` bytes of a value to the stream that the processor has selected.
  func write(_ value: UInt64, count: Int, local: Int, processor: UInt8, time: UInt64) {
    let job = UInt32(truncatingIfNeeded: streams[local] >> 8) & 0xFF_FFFF
    let stream = UInt8(truncatingIfNeeded: streams[local])
    let open = port.value.open
    if open >= 0 {
      var header = outgoing.bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: open, as: HostRecord.self) }
      if header.job == job, header.stream == stream, header.processor == processor {
        header.length += UInt32(count)
        outgoing.bytes.withUnsafeMutableBytes { $0.storeBytes(of: header, toByteOffset: open, as: HostRecord.self) }
        append(value, count)
        return
      }
    }
    var header = HostRecord()
    header.time = time
    header.job = job
    header.stream = stream
    header.processor = processor
    header.length = UInt32(count)
    port.value.open = outgoing.bytes.count
    withUnsafeBytes(of: header) { outgoing.bytes.append(contentsOf: $0) }
    append(value, count)
  }

  private func append(_ value: UInt64, _ count: Int) {
    withUnsafeBytes(of: value.littleEndian) { outgoing.bytes.append(contentsOf: $0.prefix(count)) }
  }

  /// Tells the host of an event (`HOST_EVENT`). Unknown kinds are dropped.
  func event(_ value: UInt64, processor: UInt8, time: UInt64) {
    var header = HostRecord()
    switch Int32(value >> 56) {
    case MACHINE_EVENT_READY: header.kind = .processorReady
    case MACHINE_EVENT_STARTED: header.kind = .started
    case MACHINE_EVENT_ENDED: header.kind = .exited
    case MACHINE_EVENT_PANIC: header.kind = .panic
    default: return
    }
    header.time = time
    header.job = UInt32(value >> 32) & 0xFF_FFFF
    header.value = UInt32(truncatingIfNeeded: value)
    header.processor = processor
    port.value.open = -1
    withUnsafeBytes(of: header) { outgoing.bytes.append(contentsOf: $0) }
  }

  /// Forgets the output: a frame has taken it.
  func clearOutput() {
    outgoing.bytes.removeAll(keepingCapacity: true)
    port.value.open = -1
  }
}

extension HostPort {
  /// Whether what was restored are whole records, and a transfer of the first into memory.
  ///
  /// - Parameters:
  ///   - lineBytes: of the lines in which it is transferred.
  ///   - isTarget: whether so many bytes of this station's memory are at an address, where a line begins.
  func isSound(lineBytes: Int, _ isTarget: (_ address: UInt64, _ bytes: Int) -> Bool) -> Bool {
    var rest = records.bytes.count
    var count = 0
    records.bytes.withUnsafeBytes { bytes in
      while rest >= Self.lengthBytes {
        let length = bytes.loadUnaligned(fromByteOffset: bytes.count - rest, as: UInt32.self)
        rest -= Self.lengthBytes + Int(length)
        count += 1
      }
    }
    let port = port.value
    guard rest == 0, count == port.records, outgoing.bytes.isEmpty, port.open == -1 else { return false }
    guard port.transfer == .running else { return port.transfer == .none || hasRecord }
    return hasRecord && 0..<(firstLength + lineBytes) ~= port.position && port.position % lineBytes == 0
      && isTarget(port.target, firstLength)
  }
}
