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
    let reader = Reader(bytes: file)
    guard file.count >= 64, file.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return }
    let (segments, segmentBytes, segmentCount) = (reader.integer(32, 8), reader.integer(54, 2), reader.integer(56, 2))
    for index in 0..<segmentCount where reader.integer(segments &+ index &* segmentBytes, 4) == 1 {
      let header = segments &+ index &* segmentBytes
      let address = reader.integer(header &+ 16, 8)
      loaded.append(address..<max(address, address &+ reader.integer(header &+ 40, 8)))
    }
    let (sections, sectionBytes, sectionCount) = (reader.integer(40, 8), reader.integer(58, 2), reader.integer(60, 2))
    for index in 0..<sectionCount where reader.integer(sections &+ index &* sectionBytes &+ 4, 4) == 2 {
      let section = sections &+ index &* sectionBytes
      let names = reader.integer(sections &+ reader.integer(section &+ 40, 4) &* sectionBytes &+ 24, 8)
      let start = reader.integer(section &+ 24, 8)
      for number in 0..<min(reader.integer(section &+ 32, 8), UInt64(file.count)) / 24 {
        take(reader, start &+ number &* 24, names: names)
      }
    }
    symbols.sort { ($0.address, $0.size, $0.name) < ($1.address, $1.size, $1.name) }
  }

  private mutating func take(_ reader: Reader, _ place: UInt64, names: UInt64) {
    let info = reader.integer(place &+ 4, 1)
    let section = reader.integer(place &+ 6, 2)
    // Objects, functions and labels that are in a section.
    guard info & 15 <= 2, section != 0, section < 0xFF00 else { return }
    let name = reader.text(names &+ reader.integer(place, 4))
    guard !name.isEmpty, !name.hasPrefix("."), !name.hasPrefix("$") else { return }
    symbols.append(Symbol(address: reader.integer(place &+ 8, 8), size: reader.integer(place &+ 16, 8), name: name))
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

  /// Reads what is in the file; what is not is zero.
  private struct Reader {
    var bytes: [UInt8]

    func integer(_ offset: UInt64, _ count: UInt64) -> UInt64 {
      guard offset < UInt64(bytes.count), count <= UInt64(bytes.count) - offset else { return 0 }
      var value: UInt64 = 0
      for index in 0..<Int(count) { value |= UInt64(bytes[Int(offset) + index]) << UInt64(8 * index) }
      return value
    }

    func text(_ offset: UInt64) -> String {
      guard offset < UInt64(bytes.count) else { return "" }
      return String(decoding: bytes[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
