import HostSystem

/// What a program's author asks of the compilers, in the words of C's: `-std= -I -D -O -l -L`, and of the linker:
/// `--image-base`.
public struct ProgramOptions: Sendable {
  /// Of the C files: `c11`.
  public var standard: String?
  /// Folders with headers and module maps.
  public var includeFolders: [String] = []
  /// `NAME` or `NAME=VALUE`.
  public var defines: [String] = []
  /// What stands behind `-O`: `""`, `0` … `3`, `s`, `z`, or Swift's `none`, `size`, `unchecked`.
  public var level: String?
  /// `NAME` of `libNAME.a`.
  public var libraries: [String] = []
  /// Folders to look for those in.
  public var libraryFolders: [String] = []
  /// Where the program begins: `0x120000000`, or decimal.
  public var imageBase: String?
  public init() {}

  /// The address of `imageBase`, for the library that the program is linked with.
  ///
  /// - Throws: `usage` for what is no address, not at the beginning of a page, or where no program may lie
  ///   (docs/programs.md).
  public func base() throws(GuestCompilerError) -> UInt64? {
    guard let text = imageBase else { return nil }
    let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
    let address = digits.allSatisfy { $0.isHexDigit } ? UInt64(digits, radix: text.hasPrefix("0x") ? 16 : 10) : nil
    guard let address, address % 0x4000 == 0 else {
      throw .usage("--image-base \(text): a program begins at a multiple of 0x4000, as 0x120000000")
    }
    guard address >= 0x4000, address < 1 << 40, !(0x7000_0000...0x7FFF_FFFF).contains(address) else {
      throw .usage(
        "--image-base \(text): a program lies at 0x4000 or above, below 0x10000000000, and not at 0x70000000 to 0x7fffffff"
      )
    }
    return address
  }

  /// What is in every program anyway.
  static let builtIn: Set<String> = ["c", "m"]

  /// What swiftc and clang are told.
  ///
  /// - Throws: `usage` for what makes no sense, or none with these sources.
  func options(for sources: [String]) throws(GuestCompilerError) -> GuestCompiler.Options {
    var options = GuestCompiler.Options()
    let hasSwift = sources.contains { $0.hasSuffix(".swift") }
    let isSwift = sources.allSatisfy { $0.hasSuffix(".swift") }
    for folder in includeFolders + libraryFolders where !HostFile.exists(folder) {
      throw .usage("there is no folder \(folder)")
    }
    options.includeFolders = includeFolders
    if let standard {
      guard sources.contains(where: { $0.hasSuffix(".c") }) else {
        throw .usage("-std=\(standard) is of C, and no C file is compiled")
      }
      guard !["c89", "c90", "gnu89", "gnu90", "iso9899:1990", "iso9899:199409"].contains(standard) else {
        throw .usage("-std=\(standard): the library's headers are of C99, the earliest is c99")
      }
      options.cArguments.append("-std=\(standard)")
    }
    for define in defines {
      guard let name = define.split(separator: "=", omittingEmptySubsequences: false).first, Self.isName(name) else {
        throw .usage("-D takes NAME or NAME=VALUE, not '\(define)'")
      }
      guard !isSwift || name.count == define.count else {
        throw .usage("-D \(define): a name has no value in Swift; leave '\(define.dropFirst(name.count))' away")
      }
      options.clangArguments.append("-D\(define)")
      guard hasSwift else { continue }
      options.swiftArguments += ["-Xcc", "-D\(define)"]
      if name.count == define.count { options.swiftArguments += ["-D", define] }
    }
    if let level {
      (options.optimisation, options.cArguments) = try Self.optimisation(level, options.cArguments)
    }
    for library in libraries where !Self.builtIn.contains(library) { options.archives.append(try archive(library)) }
    return options
  }

  private static func isName(_ text: some StringProtocol) -> Bool {
    func isLetter(_ c: UInt8) -> Bool { (0x41...0x5A).contains(c & 0xDF) || c == 0x5F }
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
  }

  private static func optimisation(_ level: String, _ arguments: [String]) throws(GuestCompilerError)
    -> (GuestCompiler.Optimisation, [String])
  {
    switch level {
    case "", "2": return (.speed, arguments)
    case "1", "3": return (.speed, arguments + ["-O\(level)"])
    case "0", "none": return (.none, arguments)
    case "s", "size": return (.size, arguments)
    case "z": return (.size, arguments + ["-Oz"])
    case "unchecked": return (.unchecked, arguments)
    default: throw .usage("-O\(level): there are -O, -O0, -O1, -O2, -O3, -Os, -Oz, and -Ounchecked of Swift")
    }
  }

  private func archive(_ library: String) throws(GuestCompilerError) -> String {
    let places = libraryFolders.map { "\($0)/lib\(library).a" }
    guard let found = places.first(where: HostFile.exists) else {
      let looked = places.isEmpty ? "no -L says where to look" : "there is no \(places.joined(separator: ", no "))"
      throw .usage("-l\(library): \(looked); the program library, with what C calls c and m, is in every program")
    }
    return found
  }
}
