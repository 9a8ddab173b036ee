import TornadoABI

/// The records that enter the machine (`docs/machine.md`, "Records from outside").
enum JobRecord {
  static func run(_ submission: Submission) -> [UInt8] {
    let strings: [UInt8] = submission.arguments.flatMap { $0 + [0] }
    let imageOffset = imageOffset(submission)
    var record: [UInt8] = []
    record.reserveCapacity(imageOffset + submission.image.count)
    var header = header(TORNADO_RECORD_RUN, submission.job)
    header.processors = UInt32(truncatingIfNeeded: submission.processors)
    header.programOffset = UInt(imageOffset)
    header.programBytes = UInt(submission.image.count)
    header.arguments = UInt32(submission.arguments.count)
    header.argumentBytes = UInt32(strings.count)
    withUnsafeBytes(of: header) { record += $0 }
    record += strings
    record += [UInt8](repeating: 0, count: imageOffset - record.count)
    record += submission.image
    return record
  }

  /// Where the ELF file stands in the record, which ends with it.
  static func imageOffset(_ submission: Submission) -> Int {
    let alignment = Int(TORNADO_RECORD_ALIGNMENT)
    let strings = submission.arguments.reduce(0) { $0 + $1.count + 1 }
    return (Int(TORNADO_RECORD_BYTES) + strings + alignment - 1) / alignment * alignment
  }

  static func kill(job: Int) -> [UInt8] { withUnsafeBytes(of: header(TORNADO_RECORD_KILL, job)) { Array($0) } }

  /// Asks whether the job waits for ever: the kernel says so, and ends it if it `ends`.
  static func deadlock(job: Int, ends: Bool) -> [UInt8] {
    var header = header(TORNADO_RECORD_DEADLOCK, job)
    header.processors = ends ? 1 : 0
    return withUnsafeBytes(of: header) { Array($0) }
  }

  /// The job that a record asks about; nil where it is of another kind.
  static func asked(_ record: [UInt8]) -> Int? {
    guard record.count >= MemoryLayout<TornadoRecord>.size else { return nil }
    let header = record.withUnsafeBytes { $0.loadUnaligned(as: TornadoRecord.self) }
    return header.kind == UInt32(TORNADO_RECORD_DEADLOCK) ? Int(header.job) : nil
  }

  private static func header(_ kind: Int32, _ job: Int) -> TornadoRecord {
    var header = TornadoRecord()
    header.magic = UInt32(TORNADO_RECORD_MAGIC)
    header.kind = UInt32(kind)
    header.job = UInt32(truncatingIfNeeded: job)
    return header
  }
}
