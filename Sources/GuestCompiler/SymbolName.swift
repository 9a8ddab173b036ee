/// Names of guest symbols, for people.
public enum SymbolName {
  /// Swift's mangled name of a symbol in an image (`_Se…` there, see `Retargeting`), else the name itself.
  public static func mangled(_ symbol: String) -> String {
    symbol.hasPrefix("_Se") ? "$e" + symbol.dropFirst(3) : symbol
  }

  /// The name without types, parameters and what the compiler has made of it: `Team.measure` for `generic
  /// specialization <main.Quiet> of main.Team.measure<A>(_: A) -> Swift.Int`. What it was specialised for
  /// follows in angle brackets.
  public static func short(_ symbol: String) -> String {
    var name = Substring(readable(symbol))
    var specialised = ""
    while let prefix = [
      "function signature specialization <", "generic specialization <", "generic not re-abstracted specialization <",
    ]
    .first(where: name.hasPrefix), let end = closing(name.dropFirst(prefix.count)), name[end...].hasPrefix("> of ") {
      if prefix.hasPrefix("generic"), specialised.isEmpty {
        specialised = "<\(name[name.index(name.startIndex, offsetBy: prefix.count)..<end])>"
      }
      name = name[end...].dropFirst("> of ".count)
    }
    for word in ["merged ", "@objc ", "static ", "partial apply forwarder for ", "protocol witness for "]
    where name.hasPrefix(word) {
      name = name.dropFirst(word.count)
    }
    return short(demangled: name) + specialised
  }

  /// A declaration without its types and parameters. A closure, "closure #2 () -> () in main.Team.run() -> ()",
  /// is known by where it is.
  private static func short(demangled name: Substring) -> String {
    if name.hasPrefix("closure #") {
      var rest = name
      while let inner = rest.firstRange(of: " in ") {
        rest = rest[inner.upperBound...]
        // What is private is written "in _0123" too.
        if !rest.hasPrefix("_") {
          return name.split(separator: " ", maxSplits: 2).prefix(2).joined(separator: " ") + " in "
            + short(demangled: rest)
        }
      }
    }
    var short = ""
    var rest = name
    while let character = rest.first {
      // A private name is written `(name in _0123)`.
      if character == "(", let inner = rest.firstRange(of: " in _"),
        !rest[..<inner.lowerBound].dropFirst().contains("("),
        let end = rest[inner.upperBound...].firstIndex(of: ")"), rest[inner.upperBound..<end].allSatisfy(\.isHexDigit)
      {
        short += rest[..<inner.lowerBound].dropFirst()
        rest = rest[rest.index(after: end)...]
        continue
      }
      if character == "(" || character == "<" || rest.hasPrefix(" -> ") || rest.hasPrefix(" : ") { break }
      short.append(character)
      rest = rest.dropFirst()
    }
    while short.last == " " { short.removeLast() }
    return short.isEmpty ? String(name) : short
  }

  /// Where the angle bracket closes that has been opened before the text.
  private static func closing(_ text: Substring) -> Substring.Index? {
    var depth = 1
    for index in text.indices {
      if text[index] == "<" { depth += 1 }
      if text[index] == ">", index == text.startIndex || text[text.index(before: index)] != "-" { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
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
  _ name: UnsafePointer<CChar>, _ length: Int, _ buffer: UnsafeMutablePointer<CChar>?,
  _ bufferLength: UnsafeMutablePointer<Int>?,
  _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?
