// A record from outside (docs/machine.md, Records from outside), checked field by field: whatever the host
// sends, only what lies inside the record is read.

import TornadoABI

struct JobRecord {
  enum Kind {
    case run
    case kill
    case deadlock
  }

  static let headerBytes = UInt(TORNADO_RECORD_BYTES)

  let base: UnsafeRawPointer
  let job: UInt
  let kind: Kind
  /// Of a program, 0: all.
  let processors: UInt
  /// A job that waits for ever is to be ended.
  let isToEnd: Bool
  let programOffset: UInt
  let programBytes: UInt
  let arguments: UInt
  let argumentBytes: UInt

  enum Failure {
    /// Not a record; there is nobody to tell.
    case garbage
    /// A record for this job that cannot be carried out.
    case rejected(job: UInt, reason: StaticString)
  }

  /// Checks the `bytes` at `base`.
  static func read(_ base: UnsafeRawPointer, _ bytes: UInt) -> Result<JobRecord, RejectedRecord> {
    // Of what it points to, only fields are read that are there.
    let header = base.assumingMemoryBound(to: TornadoRecord.self)
    guard bytes >= 12, header.pointee.magic == UInt32(TORNADO_RECORD_MAGIC) else {
      return .failure(RejectedRecord(failure: .garbage))
    }
    let job = UInt(header.pointee.job)
    func rejected(_ reason: StaticString) -> Result<JobRecord, RejectedRecord> {
      .failure(RejectedRecord(failure: .rejected(job: job, reason: reason)))
    }
    if job == 0 || job > 0xFF_FFFF { return .failure(RejectedRecord(failure: .garbage)) }
    let kind = header.pointee.kind
    if kind == UInt32(TORNADO_RECORD_KILL) || kind == UInt32(TORNADO_RECORD_DEADLOCK) {
      let isQuestion = kind == UInt32(TORNADO_RECORD_DEADLOCK)
      return .success(
        JobRecord(
          base: base, job: job, kind: isQuestion ? .deadlock : .kill, processors: 0,
          isToEnd: isQuestion && bytes >= 16 && header.pointee.processors == 1, programOffset: 0, programBytes: 0,
          arguments: 0, argumentBytes: 0))
    }
    if kind != UInt32(TORNADO_RECORD_RUN) { return rejected("a record of an unknown kind") }
    if bytes < headerBytes { return rejected("the record is cut short") }
    let record = JobRecord(
      base: base, job: job, kind: .run, processors: UInt(header.pointee.processors), isToEnd: false,
      programOffset: header.pointee.programOffset, programBytes: header.pointee.programBytes,
      arguments: UInt(header.pointee.arguments), argumentBytes: UInt(header.pointee.argumentBytes))
    if record.argumentBytes > UInt(TORNADO_RECORD_ARGUMENT_BYTES) {
      return rejected("the arguments are longer than 128 KB")
    }
    if record.argumentBytes > bytes - headerBytes { return rejected("the record is cut short in its arguments") }
    if record.programOffset & (UInt(TORNADO_RECORD_ALIGNMENT) &- 1) != 0 || record.programOffset < headerBytes {
      return rejected("the record's program is at an impossible offset")
    }
    if record.programOffset > bytes || record.programBytes > bytes - record.programOffset {
      return rejected("the record is cut short in its program")
    }
    if record.arguments == 0 || record.countedArguments != record.arguments {
      return rejected("the record's arguments are not as many as it says")
    }
    return .success(record)
  }

  var argumentStrings: UnsafeRawPointer { base + Int(JobRecord.headerBytes) }
  var program: UnsafeRawPointer { base + Int(bitPattern: programOffset) }

  var programArguments: ProgramArguments {
    ProgramArguments(strings: argumentStrings, bytes: argumentBytes, count: arguments)
  }
  private var countedArguments: UInt { ProgramArguments.count(argumentStrings, argumentBytes) }
}

/// What a program is started with: strings, each with its zero byte.
struct ProgramArguments {
  let strings: UnsafeRawPointer
  let bytes: UInt
  let count: UInt

  /// How many strings, each with its zero byte, there are in some bytes; 0 if the last has none.
  static func count(_ strings: UnsafeRawPointer, _ bytes: UInt) -> UInt {
    var count: UInt = 0
    var last: UInt8 = 1
    var i: UInt = 0
    while i < bytes {
      last = strings.load(fromByteOffset: Int(bitPattern: i), as: UInt8.self)
      if last == 0 { count &+= 1 }
      i &+= 1
    }
    return last == 0 ? count : 0
  }

  /// The program's name as messages have it: the last component of the first argument. Where it is, and its
  /// length in bytes.
  var name: (start: UnsafeRawPointer, bytes: UInt) {
    var start: UInt = 0
    var end: UInt = 0
    while end < bytes {
      let byte = strings.load(fromByteOffset: Int(bitPattern: end), as: UInt8.self)
      if byte == 0 { break }
      end &+= 1
      if byte == UInt8(ascii: "/") { start = end }
    }
    return (strings + Int(bitPattern: start), end &- start)
  }
}

struct RejectedRecord: Error {
  let failure: JobRecord.Failure
}
