import ELF

/// The symbols of an image or a program: what is at an address.
public struct SymbolTable: Sendable {
  private struct Symbol {
    var address: UInt64
    var size: UInt64
    var name: String
  }

  /// By address.
  private var symbols: [Symbol] = []
  private var loaded: [Range<UInt64>] = []
  /// Labels of assembly code have no size: they reach no further than this.
  private static let labelReach: UInt64 = 4096

  /// - Parameter file: a little-endian ELF64 file, complete. One without symbols, or that is none at all,
  ///   makes an empty table.
  public init(_ file: [UInt8]) {
    guard let elf = try? ELFFile(file) else { return }
    for segment in elf.segments where segment.isLoaded {
      loaded.append(segment.address..<max(segment.address, segment.address &+ segment.memoryBytes))
    }
    let sections = elf.sections
    for section in sections where section.type == 2 {
      guard section.link < sections.count else { continue }
      let names = sections[Int(section.link)].offset
      for number in 0..<min(section.size, UInt64(file.count)) / 24 {
        take(elf, section.offset &+ number &* 24, names: names)
      }
    }
    symbols.sort { ($0.address, $0.size, $0.name) < ($1.address, $1.size, $1.name) }
  }

  private mutating func take(_ elf: ELFFile, _ place: UInt64, names: UInt64) {
    let info = elf.integer(place &+ 4, 1)
    let section = elf.integer(place &+ 6, 2)
    // Objects, functions and labels that are in a section.
    guard info & 15 <= 2, section != 0, section < 0xFF00 else { return }
    let name = elf.text(names &+ elf.integer(place, 4))
    guard !name.isEmpty, !name.hasPrefix("."), !name.hasPrefix("$") else { return }
    symbols.append(Symbol(address: elf.integer(place &+ 8, 8), size: elf.integer(place &+ 16, 8), name: name))
  }

  /// Whether the file puts something at this address.
  public func holds(_ address: UInt64) -> Bool { loaded.contains { $0.contains(address) } }

  /// What is at an address: the name as people write it (`SymbolName.short`), and the distance from its start
  /// in bytes.
  public subscript(address: UInt64) -> (name: String, offset: UInt64)? {
    guard holds(address) else { return nil }
    var (low, high) = (0, symbols.count)
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    var label: Symbol?
    for symbol in symbols[..<low].reversed().prefix(64) {
      if symbol.size > 0 {
        if address - symbol.address < symbol.size { return (SymbolName.short(symbol.name), address - symbol.address) }
      } else if label == nil, address - symbol.address < Self.labelReach {
        label = symbol
      }
    }
    return label.map { (SymbolName.short($0.name), address - $0.address) }
  }
}
