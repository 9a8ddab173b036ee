import GuestCompiler

/// What the kernel has to say of a program in addresses (stream 3): on its way to the error stream, each address
/// that the program's file has a name for gets it.
public struct AddressNames {
  /// As bytes come from the machine: what has come of a line that is not complete.
  public private(set) var line: [UInt8]

  public init(line: [UInt8] = []) { self.line = line }

  /// - Returns: the lines that are complete by now, with names.
  public mutating func take(_ bytes: [UInt8], _ symbols: SymbolTable?) -> [UInt8] {
    line += bytes
    guard let end = line.lastIndex(of: 0x0A) else { return [] }
    let lines = line[...end]
    line = Array(line[(end + 1)...])
    return Self.named(lines, symbols)
  }

  /// `0x` and the 16 digits that follow.
  private static let addressBytes = 18

  private static func named(_ text: ArraySlice<UInt8>, _ symbols: SymbolTable?) -> [UInt8] {
    guard let symbols else { return Array(text) }
    var named: [UInt8] = []
    var rest = text
    while let byte = rest.first {
      if rest.starts(with: Array("0x".utf8)),
        let address = UInt64(String(decoding: rest.dropFirst(2).prefix(addressBytes - 2), as: UTF8.self), radix: 16)
      {
        named += rest.prefix(addressBytes)
        if let symbol = symbols[address] {
          let offset = symbol.offset == 0 ? "" : "+0x\(String(symbol.offset, radix: 16))"
          named += Array(" (\(symbol.name)\(offset))".utf8)
        }
        rest = rest.dropFirst(addressBytes)
      } else {
        named.append(byte)
        rest = rest.dropFirst()
      }
    }
    return named
  }
}
