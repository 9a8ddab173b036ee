// A record from outside (docs/machine.md, Records from outside), checked field by field: whatever the host
// sends, only what lies inside the record is read.

struct JobRecord {
  enum Kind: UInt32 {
    case run = 1
    case kill = 2
  }

  static let magic: UInt32 = 0x424F_4A54
  static let headerBytes: UInt = 40
  /// Bytes of argument strings, at most: they go on the program's stack.
  static let argumentBytesAtMost: UInt = 131_072

  let base: UnsafeRawPointer
  let job: UInt
  let kind: Kind
  /// 0: all.
  let processors: UInt
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
    guard bytes >= 12, base.load(as: UInt32.self) == magic else { return .failure(RejectedRecord(failure: .garbage)) }
    let job = UInt(base.load(fromByteOffset: 8, as: UInt32.self))
    func rejected(_ reason: StaticString) -> Result<JobRecord, RejectedRecord> {
      .failure(RejectedRecord(failure: .rejected(job: job, reason: reason)))
    }
    if job == 0 || job > 0xFF_FFFF { return .failure(RejectedRecord(failure: .garbage)) }
    guard let kind = Kind(rawValue: base.load(fromByteOffset: 4, as: UInt32.self)) else {
      return rejected("a record of an unknown kind")
    }
    if kind == .kill {
      return .success(
        JobRecord(
          base: base, job: job, kind: kind, processors: 0, programOffset: 0, programBytes: 0, arguments: 0,
          argumentBytes: 0))
    }
    if bytes < headerBytes { return rejected("the record is cut short") }
    let record = JobRecord(
      base: base, job: job, kind: kind, processors: UInt(base.load(fromByteOffset: 12, as: UInt32.self)),
      programOffset: base.load(fromByteOffset: 16, as: UInt.self),
      programBytes: base.load(fromByteOffset: 24, as: UInt.self),
      arguments: UInt(base.load(fromByteOffset: 32, as: UInt32.self)),
      argumentBytes: UInt(base.load(fromByteOffset: 36, as: UInt32.self)))
    if record.argumentBytes > argumentBytesAtMost { return rejected("the arguments are longer than 128 KB") }
    if record.argumentBytes > bytes - headerBytes { return rejected("the record is cut short in its arguments") }
    if record.programOffset & 127 != 0 || record.programOffset < headerBytes {
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
