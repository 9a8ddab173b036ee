/// One thing that leaves a station for the host: bytes of a program's output, or an event. Header in memory as in a frame, 24 bytes, followed by
/// `length` bytes of output.
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
}

/// A station's host port: records from outside enter through it, output and events leave.
struct HostPort {
  enum TransferState: UInt8 { case none, running, complete }

  private(set) var records: [[UInt8]] = []
  private(set) var transfer = TransferState.none
  private(set) var target: UInt64 = 0
  private(set) var position = 0
  /// What `HOST_STREAM` selects, a word a processor.
  private let streams: FlatBuffer<UInt64>
  /// Records for the host since the last frame.
  private(set) var output: [UInt8] = []
  /// Where the last record's header stands in `output`, while more bytes may join it.
  private var openRecord: Int?

  init(processors: Int) { streams = FlatBuffer(count: processors) }

  /// Whether IP3 is up.
  var interrupts: Bool { transfer == .complete || (transfer == .none && !records.isEmpty) }
  var status: UInt64 { (records.isEmpty ? 0 : 1) | (transfer == .running ? 2 : 0) | (transfer == .complete ? 4 : 0) }
  var length: UInt64 { UInt64(records.first?.count ?? 0) }

  mutating func enter(_ record: [UInt8]) { records.append(record) }

  /// Starts the transfer of the first record to a physical address; without a record nothing happens.
  mutating func startTransfer(to address: UInt64) -> Bool {
    guard transfer == .none, !records.isEmpty else { return false }
    transfer = .running
    target = address
    position = 0
    return true
  }

  /// The next line of the transfer: fills `line` (the rest of the last one with zeros) and returns its physical address.
  mutating func nextLine(into line: UnsafeMutableRawBufferPointer) -> UInt64? {
    guard transfer == .running else { return nil }
    guard position < records[0].count else {
      transfer = .complete
      return nil
    }
    let rest = min(line.count, records[0].count - position)
    line.initializeMemory(as: UInt8.self, repeating: 0)
    records[0].withUnsafeBytes { line.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<(position + rest)])) }
    let address = target + UInt64(position)
    position += line.count
    return address
  }

  mutating func pop() {
    guard transfer != .running, !records.isEmpty else { return }
    records.removeFirst()
    transfer = .none
  }

  mutating func select(_ value: UInt64, processor: Int) { streams[processor] = value }

  /// Appends the low `count` bytes of a value to the stream that the processor has selected.
  mutating func write(_ value: UInt64, count: Int, local: Int, processor: UInt8, time: UInt64) {
    let job = UInt32(truncatingIfNeeded: streams[local] >> 8) & 0xFF_FFFF
    let stream = UInt8(truncatingIfNeeded: streams[local])
    let stride = MemoryLayout<HostRecord>.size
    if let open = openRecord {
      var header = output.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: open, as: HostRecord.self) }
      if header.job == job, header.stream == stream, header.processor == processor {
        header.length += UInt32(count)
        output.withUnsafeMutableBytes { $0.storeBytes(of: header, toByteOffset: open, as: HostRecord.self) }
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
    openRecord = output.count
    output.reserveCapacity(output.count + stride + count)
    withUnsafeBytes(of: header) { output.append(contentsOf: $0) }
    append(value, count)
  }

  private mutating func append(_ value: UInt64, _ count: Int) {
    withUnsafeBytes(of: value.littleEndian) { output.append(contentsOf: $0.prefix(count)) }
  }

  /// Tells the host of an event (`HOST_EVENT`). Unknown kinds are dropped.
  mutating func event(_ value: UInt64, processor: UInt8, time: UInt64) {
    guard let kind = HostRecord.Kind(rawValue: UInt8(value >> 56)), kind != .output else { return }
    var header = HostRecord()
    header.time = time
    header.kind = kind
    header.job = UInt32(value >> 32) & 0xFF_FFFF
    header.value = UInt32(truncatingIfNeeded: value)
    header.processor = processor
    openRecord = nil
    withUnsafeBytes(of: header) { output.append(contentsOf: $0) }
  }

  /// Forgets the output: a frame has taken it.
  mutating func clearOutput() {
    output.removeAll(keepingCapacity: true)
    openRecord = nil
  }

  func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    body(streams.bytes)
    withUnsafeBytes(of: (UInt64(records.count), UInt64(transfer.rawValue), target, UInt64(position))) { body($0) }
    for record in records { record.withUnsafeBytes { body($0) } }
  }

  func deallocate() { streams.deallocate() }
}
