/// The guest code that ships in this executable: the Tornado image, the programs, and what it takes to make
/// more.
public enum GuestImages {
  /// The Tornado image, an ELF64 file for MIPS III with its symbols; empty if it was built without kernel
  /// sources.
  public static var kernel: [UInt8] { decode(Embedded.kernel) }

  /// The programs that ship, by name, with a line on what each does.
  public static let programs: [(name: String, summary: String)] = Embedded.programs.map { ($0.name, $0.summary) }

  /// The ELF file of the program of that name, nil if none ships.
  public static func program(_ name: String) -> [UInt8]? {
    Embedded.programs.first { $0.name == name }.map { decode($0.image) }
  }

  /// The sources of the program library, for `GuestCompiler.unpackLibrary`: paths relative to its folder.
  public static var library: [(path: String, bytes: [UInt8])] { Embedded.library.map { ($0.path, decode($0.content)) } }

  /// Base64 with padding, as `guestc embed` writes it.
  package static func decode(_ text: StaticString) -> [UInt8] {
    let count = text.utf8CodeUnitCount
    guard count > 0 else { return [] }
    let source = text.utf8Start
    let padding = source[count - 1] != UInt8(ascii: "=") ? 0 : source[count - 2] != UInt8(ascii: "=") ? 1 : 2
    let size = count / 4 * 3 - padding
    return [UInt8](unsafeUninitializedCapacity: size) { bytes, initialized in
      var out = 0
      var bits: UInt32 = 0
      for i in 0..<count {
        bits = bits << 6 | value(source[i])
        if i & 3 == 3 {
          if out < size { bytes[out] = UInt8(truncatingIfNeeded: bits >> 16) }
          if out + 1 < size { bytes[out + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
          if out + 2 < size { bytes[out + 2] = UInt8(truncatingIfNeeded: bits) }
          out += 3
          bits = 0
        }
      }
      initialized = size
    }
  }

  private static func value(_ character: UInt8) -> UInt32 {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: 0
    }
  }
}
