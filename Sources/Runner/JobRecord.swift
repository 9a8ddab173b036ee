/// The records that enter the machine (`docs/machine.md`, "Records from outside").
enum JobRecord {
  static func run(_ submission: Submission) -> [UInt8] {
    let strings: [UInt8] = submission.arguments.flatMap { $0 + [0] }
    let imageOffset = imageOffset(submission)
    var record: [UInt8] = []
    record.reserveCapacity(imageOffset + submission.image.count)
    header(&record, kind: 1, job: submission.job, processors: submission.processors)
    append(&record, UInt64(imageOffset))
    append(&record, UInt64(submission.image.count))
    append(&record, UInt32(submission.arguments.count))
    append(&record, UInt32(strings.count))
    record += strings
    record += [UInt8](repeating: 0, count: imageOffset - record.count)
    record += submission.image
    return record
  }

  /// Where the ELF file stands in the record, which ends with it.
  static func imageOffset(_ submission: Submission) -> Int {
    (40 + submission.arguments.reduce(0) { $0 + $1.count + 1 } + 127) / 128 * 128
  }

  static func kill(job: Int) -> [UInt8] {
    var record: [UInt8] = []
    header(&record, kind: 2, job: job, processors: 0)
    record += [UInt8](repeating: 0, count: 24)
    return record
  }

  private static func header(_ record: inout [UInt8], kind: UInt32, job: Int, processors: Int) {
    append(&record, UInt32(0x424F_4A54))
    append(&record, kind)
    append(&record, UInt32(truncatingIfNeeded: job))
    append(&record, UInt32(truncatingIfNeeded: processors))
  }

  private static func append(_ record: inout [UInt8], _ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
  }
}
