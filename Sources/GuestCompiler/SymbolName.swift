/// Names of guest symbols, for people.
public enum SymbolName {
  /// Swift's mangled name of a symbol in an image (`_Se…` there, see `Retargeting`), else the name itself.
  public static func mangled(_ symbol: String) -> String {
    symbol.hasPrefix("_Se") ? "$e" + symbol.dropFirst(3) : symbol
  }

  /// The name as it stands in the source, as far as the Swift runtime can tell.
  public static func readable(_ symbol: String) -> String {
    let name = mangled(symbol)
    guard name.hasPrefix("$e") else { return name }
    // The runtime knows the names of ordinary Swift alone, which differ in this letter.
    let ordinary = "$s" + name.dropFirst(2)
    guard
      let text = ordinary.withCString({ demangle($0, ordinary.utf8.count, nil, nil, 0) })
    else { return name }
    defer { text.deallocate() }
    return String(cString: text)
  }
}

@_silgen_name("swift_demangle")
private func demangle(
  _ name: UnsafePointer<CChar>, _ length: Int, _ buffer: UnsafeMutablePointer<CChar>?, _ bufferLength: UnsafeMutablePointer<Int>?,
  _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?
