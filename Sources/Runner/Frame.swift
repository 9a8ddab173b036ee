/// What one station says in one round: a header, the packets it sent in the last window, what it has for the
/// host, and control records.
struct FrameHeader: BitwiseCopyable {
  /// The earliest tick at which something is due in the station, `UInt64.max` where nothing is.
  var nextTime: UInt64 = .max
  var packetBytes: UInt32 = 0
  var outputBytes: UInt32 = 0
  var controlBytes: UInt32 = 0
  private var reserved: UInt32 = 0
  static var size: Int { MemoryLayout<FrameHeader>.size }
}

/// A part of a frame that concerns the runners, not the machine: station 0's wishes, and the answers to them.
/// Header 16 bytes.
struct ControlRecord: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// A record for the machine's host port.
    case input = 1
    /// `Query` in `detail`.
    case query
    /// A station's answer to the query `id`.
    case reply
    /// A station's counters over the job `id`.
    case jobCounters
    /// The machine ends in order after this round.
    case stop
    /// A part of a station's section for the checkpoint `id`; `detail` is 1 in the last.
    case checkpoint
  }
  var kind: Kind
  var detail: UInt8 = 0
  private var reserved: UInt16 = 0
  var length: UInt32 = 0
  var id: UInt64 = 0

  init(_ kind: Kind, detail: UInt8 = 0, id: UInt64 = 0, length: Int) {
    self.kind = kind
    self.detail = detail
    self.id = id
    self.length = UInt32(length)
  }
}

/// Writes a frame's control section.
struct ControlWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ kind: ControlRecord.Kind, detail: UInt8 = 0, id: UInt64 = 0, _ payload: [UInt8] = []) {
    withUnsafeBytes(of: ControlRecord(kind, detail: detail, id: id, length: payload.count)) {
      bytes.append(contentsOf: $0)
    }
    bytes += payload
  }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// The parts of a received frame, checked.
struct FrameReader {
  let header: FrameHeader
  let packets: UnsafeRawBufferPointer
  let output: UnsafeRawBufferPointer
  let control: UnsafeRawBufferPointer

  /// - Throws: `RunnerError` where the lengths do not add up.
  init(_ frame: UnsafeRawBufferPointer, station: Int) throws(RunnerError) {
    guard frame.count >= FrameHeader.size else {
      throw RunnerError("station \(station) sent a frame of \(frame.count) bytes, too short for its header")
    }
    header = frame.loadUnaligned(as: FrameHeader.self)
    let packetEnd = FrameHeader.size + Int(header.packetBytes)
    let outputEnd = packetEnd + Int(header.outputBytes)
    guard frame.count == outputEnd + Int(header.controlBytes) else {
      throw RunnerError(
        "station \(station) sent a frame of \(frame.count) bytes whose parts are \(outputEnd + Int(header.controlBytes))"
      )
    }
    packets = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size..<packetEnd])
    output = UnsafeRawBufferPointer(rebasing: frame[packetEnd..<outputEnd])
    control = UnsafeRawBufferPointer(rebasing: frame[outputEnd...])
  }

  /// Calls `body` with each record of a section and the bytes that follow its header.
  static func records<Header: BitwiseCopyable>(
    _ section: UnsafeRawBufferPointer, as _: Header.Type, length: KeyPath<Header, UInt32>,
    _ body: (Header, UnsafeRawBufferPointer) -> Void
  ) {
    var offset = 0
    while offset + MemoryLayout<Header>.size <= section.count {
      let header = section.loadUnaligned(fromByteOffset: offset, as: Header.self)
      offset += MemoryLayout<Header>.size
      let end = min(section.count, offset + Int(header[keyPath: length]))
      body(header, UnsafeRawBufferPointer(rebasing: section[offset..<end]))
      offset = end
    }
  }
}
