/// What `tctl` before sending and the control service before submitting ask of a program's file.
///
/// The kernel checks again what it relies on; this check exists so that a user gets one line that says what
/// is wrong.
public enum ELFCheck {
  /// Programs live below this address (docs/programs.md); the rest of the address space is the kernel's.
  public static let userLimit: UInt64 = 1 << 31
  /// No larger file is accepted, in bytes.
  public static let largestFile = 32 << 20

  /// What is wrong with a file, without its name.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
  }

  private static let programHeaderBytes: UInt64 = 56

  /// Accepts static little-endian ELF64 MIPS III executables whose segments lie whole in the file and below
  /// `userLimit`.
  public static func check(_ file: some RandomAccessCollection<UInt8>) throws(Problem) {
    let reader = Reader(bytes: Array(file))
    guard !reader.bytes.isEmpty else { throw Problem("the file is empty") }
    guard reader.bytes.count <= largestFile else {
      throw Problem("the file has \(reader.bytes.count) bytes; programs may have at most \(largestFile)")
    }
    guard reader.bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw Problem("not an ELF file") }
    guard reader.bytes.count >= 64 else {
      throw Problem("truncated: \(reader.bytes.count) bytes do not hold an ELF header")
    }
    try checkKind(reader)
    try checkSegments(reader)
  }

  private static func checkKind(_ reader: Reader) throws(Problem) {
    let machine = reader.integer(18, 2)
    guard reader.bytes[4] == 2, reader.bytes[5] == 1, machine == 8 else {
      throw Problem("not a 64-bit little-endian MIPS program; build it with 'tctl build'")
    }
    let type = reader.integer(16, 2)
    guard type == 2 else {
      let found =
        [1: "a relocatable object", 3: "a shared object or position-independent program", 4: "a core file"][type]
        ?? "of ELF type \(type)"
      throw Problem("not an executable but \(found); link it statically, without -pie")
    }
    let levels = [
      "MIPS I", "MIPS II", "MIPS III", "MIPS IV", "MIPS V", "MIPS32", "MIPS64", "MIPS32 release 2", "MIPS64 release 2",
    ]
    let level = Int(reader.integer(48, 4) >> 28)
    guard level <= 2 else {
      let name = level < levels.count ? levels[level] : "a later MIPS"
      throw Problem("built for \(name); the R4400 executes MIPS III (-march=mips3)")
    }
  }

  private static func checkSegments(_ reader: Reader) throws(Problem) {
    let size = UInt64(reader.bytes.count)
    let table = reader.integer(32, 8)
    let entrySize = reader.integer(54, 2)
    let count = reader.integer(56, 2)
    guard count > 0 else { throw Problem("no program headers: there is nothing to load") }
    guard entrySize == programHeaderBytes else { throw Problem("damaged: program headers of \(entrySize) bytes") }
    guard table <= size, count * programHeaderBytes <= size - table else {
      throw Problem("truncated: the program headers end beyond the \(size) bytes of the file")
    }
    let entry = reader.integer(24, 8)
    var loaded: [Range<UInt64>] = []
    var entryIsCode = false
    for index in 0..<count {
      let header = Int(table + index * programHeaderBytes)
      let type = reader.integer(header, 4)
      if type == 2 || type == 3 { throw Problem("dynamically linked; link it statically") }
      guard type == 1 else { continue }
      let isExecutable = reader.integer(header + 4, 4) & 1 != 0
      let offset = reader.integer(header + 8, 8)
      let address = reader.integer(header + 16, 8)
      let fileBytes = reader.integer(header + 32, 8)
      let memoryBytes = reader.integer(header + 40, 8)
      guard offset <= size, fileBytes <= size - offset else {
        throw Problem("truncated: a segment ends at byte \(hex(offset &+ fileBytes)) of a file of \(size) bytes")
      }
      guard fileBytes <= memoryBytes else {
        throw Problem("damaged: a segment with more bytes in the file than in memory")
      }
      guard memoryBytes > 0 else { continue }
      guard address < userLimit, memoryBytes <= userLimit - address else {
        throw Problem(
          "overlaps kernel addresses: a segment at \(hex(address)) of \(hex(memoryBytes)) bytes; programs live below \(hex(userLimit))"
        )
      }
      let range = address..<(address + memoryBytes)
      if let other = loaded.first(where: { $0.overlaps(range) }) {
        throw Problem("damaged: the segments at \(hex(other.lowerBound)) and \(hex(address)) overlap")
      }
      loaded.append(range)
      if isExecutable && range.contains(entry) { entryIsCode = true }
    }
    guard !loaded.isEmpty else { throw Problem("no segment to load") }
    guard entryIsCode, entry & 3 == 0 else { throw Problem("the entry \(hex(entry)) is not in its code") }
  }

  private static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private struct Reader {
    var bytes: [UInt8]
    /// A little-endian integer; the caller has checked that it lies in the file.
    func integer(_ offset: Int, _ count: Int) -> UInt64 {
      bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
