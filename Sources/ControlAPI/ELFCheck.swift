import ELF
import NUMAchine
import TornadoABI

/// What `tctl` before sending and the control service before submitting ask of a program's file.
///
/// The kernel checks again what it relies on; this check exists so that a user gets one line that says what
/// is wrong.
public enum ELFCheck {
  public typealias Problem = ELFFile.Problem

  /// Where programs may be (docs/programs.md); elsewhere the kernel is, and what it places itself.
  private static let userRanges = [
    UInt64(TORNADO_LOWEST)..<UInt64(TORNADO_PRIVATE), UInt64(TORNADO_PLACED_END)..<UInt64(TORNADO_END),
  ]
  /// No larger file is accepted, in bytes.
  public static let largestFile = 32 << 20

  /// Accepts static little-endian ELF64 MIPS executables whose segments lie whole in the file and where
  /// programs may be.
  ///
  /// - Parameter processor: what is to execute it; nil where that is not known, and the machine will say.
  public static func check(_ file: [UInt8], for processor: ProcessorModel?) throws(Problem) {
    guard file.count <= largestFile else {
      throw Problem("the file has \(file.count) bytes; programs may have at most \(largestFile)")
    }
    let elf = try ELFFile(file)
    try checkKind(elf, processor)
    try checkSegments(elf)
  }

  private static func checkKind(_ elf: ELFFile, _ processor: ProcessorModel?) throws(Problem) {
    guard elf.type == 2 else {
      let found =
        [1: "a relocatable object", 3: "a shared object or position-independent program", 4: "a core file"][elf.type]
        ?? "of ELF type \(elf.type)"
      throw Problem("not an executable but \(found); link it statically, without -pie")
    }
    let levels = [
      "MIPS I", "MIPS II", "MIPS III", "MIPS IV", "MIPS V", "MIPS32", "MIPS64", "MIPS32 release 2", "MIPS64 release 2",
    ]
    let level = Int(elf.flags >> 28)
    let name = level < levels.count ? levels[level] : "a later MIPS"
    switch processor {
    // All that came before is part of MIPS64 release 2.
    case .mips64r2?, nil:
      guard level < levels.count else {
        throw Problem("built for \(name); the processor executes MIPS64 release 2 (-march=mips64r2)")
      }
    case .r4400?:
      guard level <= 2 else {
        throw Problem(
          "built for \(name); the R4400 executes MIPS III (-march=mips3)"
            + (level < levels.count ? ", profile mips64r2 more" : ""))
      }
    }
  }

  private static func checkSegments(_ elf: ELFFile) throws(Problem) {
    guard !elf.segments.isEmpty else { throw Problem("no program headers: there is nothing to load") }
    var loaded: [Range<UInt64>] = []
    var entryIsCode = false
    for segment in elf.segments {
      if segment.type == 2 || segment.type == 3 { throw Problem("dynamically linked; link it statically") }
      guard segment.isLoaded else { continue }
      guard segment.bytes.count <= segment.memoryBytes else {
        throw Problem("damaged: a segment with more bytes in the file than in memory")
      }
      guard segment.memoryBytes > 0 else { continue }
      guard
        let home = userRanges.first(where: { $0.contains(segment.address) }),
        segment.memoryBytes <= home.upperBound - segment.address
      else {
        let ranges = userRanges.map { "\(ELFFile.hex($0.lowerBound)) to \(ELFFile.hex($0.upperBound))" }
        throw Problem(
          "overlaps kernel addresses: \(ELFFile.extent("a segment", segment.memoryBytes, at: segment.address)); programs live at \(ranges.joined(separator: " and "))"
        )
      }
      let range = segment.address..<(segment.address + segment.memoryBytes)
      if let other = loaded.first(where: { $0.overlaps(range) }) {
        throw Problem(
          "damaged: the segments at \(ELFFile.hex(other.lowerBound)) and \(ELFFile.hex(segment.address)) overlap")
      }
      loaded.append(range)
      if segment.flags & 1 != 0 && range.contains(elf.entry) { entryIsCode = true }
    }
    guard !loaded.isEmpty else { throw Problem("no segment to load") }
    guard entryIsCode, elf.entry & 3 == 0 else {
      throw Problem("the entry \(ELFFile.hex(elf.entry)) is not in its code")
    }
  }
}
