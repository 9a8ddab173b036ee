/// Reads the protocols of a Swift file, as far as stubs can be made for them. Anything else in the file is
/// refused with the line where it stands: a file that describes an interface describes nothing else.
///
/// A protocol of methods with plain types is little enough to read by hand; swift-syntax would take longer to
/// build than all the rest of the package.
struct InterfaceParser {
  private struct Token: Equatable {
    let text: String
    let line: Int
  }

  private var tokens: [Token] = []
  private var next = 0
  private let lastLine: Int

  /// The words of a call that are left for parameters, and those beside data (which take two).
  static let wordsAtMost = 5
  static let wordsBesideDataAtMost = 3

  static func parse(_ text: String) throws(InterfaceError) -> Interface.File {
    var parser = try InterfaceParser(text)
    let imports = text.split(separator: "\n").filter { $0.hasPrefix("import ") }.map(String.init)
    var interfaces: [Interface] = []
    while !parser.isAtEnd {
      if parser.peek == "import" {
        parser.next += 2
        continue
      }
      interfaces.append(try parser.interface())
    }
    guard !interfaces.isEmpty else {
      throw InterfaceError(line: 1, message: "no protocol: stubs are made from the protocols of a file")
    }
    for (index, interface) in interfaces.enumerated()
    where interfaces[..<index].contains(where: { $0.name == interface.name }) {
      throw InterfaceError(line: 1, message: "two protocols are called '\(interface.name)'")
    }
    return Interface.File(imports: imports, interfaces: interfaces)
  }

  // ---- Words and signs

  private init(_ text: String) throws(InterfaceError) {
    var line = 1
    var characters = Array(text)[...]
    while let c = characters.first {
      if c.isNewline {
        line += 1
        characters.removeFirst()
      } else if c.isWhitespace {
        characters.removeFirst()
      } else if characters.starts(with: "//") {
        characters = characters.drop { !$0.isNewline }
      } else if characters.starts(with: "/*") {
        let start = line
        characters.removeFirst(2)
        var depth = 1
        while depth > 0 {
          guard let c = characters.first else { throw InterfaceError(line: start, message: "a comment without an end") }
          let isOpening = characters.starts(with: "/*")
          let isClosing = characters.starts(with: "*/")
          if isOpening || isClosing { depth += isOpening ? 1 : -1 }
          if c.isNewline { line += 1 }
          characters.removeFirst(isOpening || isClosing ? 2 : 1)
        }
      } else if characters.starts(with: "->") {
        tokens.append(Token(text: "->", line: line))
        characters.removeFirst(2)
      } else if Self.isWord(c) || c == "`" {
        let word = characters.prefix { Self.isWord($0) || $0 == "`" }
        tokens.append(Token(text: String(word.filter { $0 != "`" }), line: line))
        characters.removeFirst(word.count)
      } else {
        tokens.append(Token(text: String(c), line: line))
        characters.removeFirst()
      }
    }
    lastLine = line
  }

  private static func isWord(_ c: Character) -> Bool { c.isLetter || c.isNumber || c == "_" }
  private static func isName(_ text: String) -> Bool { text.first.map { $0.isLetter || $0 == "_" } ?? false }

  private var isAtEnd: Bool { next >= tokens.count }
  private var peek: String { isAtEnd ? "" : tokens[next].text }
  private var line: Int { isAtEnd ? lastLine : tokens[next].line }
  private func wrong(_ message: String) -> InterfaceError { InterfaceError(line: line, message: message) }

  private mutating func take() -> String {
    defer { next += 1 }
    return peek
  }
  private mutating func takeIf(_ text: String) -> Bool {
    if peek != text { return false }
    next += 1
    return true
  }
  private mutating func need(_ text: String) throws(InterfaceError) {
    if !takeIf(text) {
      throw wrong("'\(text)' expected" + (isAtEnd ? " before the end of the file" : ", not '\(peek)'"))
    }
  }
  private mutating func name(of what: String) throws(InterfaceError) -> String {
    if !Self.isName(peek) {
      throw wrong("the name of \(what) expected" + (isAtEnd ? " before the end of the file" : ", not '\(peek)'"))
    }
    return take()
  }

  // ---- Declarations

  private mutating func interface() throws(InterfaceError) -> Interface {
    var isPublic = false
    while peek == "public" || peek == "internal" || peek == "package" {
      if peek != "internal" { isPublic = true }
      next += 1
    }
    if peek != "protocol" { throw wrong("'\(peek)': only protocols have stubs") }
    next += 1
    let name = try name(of: "the protocol")
    if takeIf(":") {
      while peek != "{" {
        if peek != "AnyObject" && peek != "," {
          throw wrong("'\(peek)': an interface inherits from nothing but AnyObject")
        }
        next += 1
      }
    }
    if peek != "{" { throw wrong("'{' expected after the protocol's name") }
    next += 1
    var methods: [Interface.Method] = []
    while !takeIf("}") {
      let start = line
      let method = try method()
      // (A call is told by its number alone, but the server's class could not tell two methods of one name
      // and labels.)
      if methods.contains(where: {
        $0.name == method.name && $0.parameters.map(\.label) == method.parameters.map(\.label)
      }) {
        throw InterfaceError(line: start, message: "'\(method.name)' is declared twice")
      }
      methods.append(method)
    }
    if methods.isEmpty { throw wrong("'\(name)' has no methods") }
    return Interface(name: name, isPublic: isPublic, methods: methods)
  }

  private mutating func method() throws(InterfaceError) -> Interface.Method {
    if isAtEnd { throw wrong("'}' expected before the end of the file") }
    let start = line
    if peek != "func" { throw wrong("'\(peek)': an interface has methods only (func)") }
    next += 1
    let name = try name(of: "a method")
    if peek == "<" { throw wrong("'\(name)' is generic: who is called in another address space cannot know the types") }
    try need("(")
    var parameters: [Interface.Parameter] = []
    while !takeIf(")") {
      if !parameters.isEmpty { try need(",") }
      parameters.append(try parameter())
      if parameters.count(where: { $0.type.isData }) > 1 {
        throw wrong("'\(name)' has more than one buffer: a call carries one")
      }
    }
    let words = parameters.count { !$0.type.isData }
    let isWithData = words < parameters.count
    let limit = isWithData ? Self.wordsBesideDataAtMost : Self.wordsAtMost
    if words > limit {
      let beside = isWithData ? " beside its buffer" : ""
      throw InterfaceError(
        line: start, message: "'\(name)' has \(words) words of parameters\(beside): a call carries \(limit)")
    }
    if ["async", "throws", "rethrows"].contains(peek) {
      throw wrong("'\(name)' is declared '\(peek)': every call of a stub may throw PPCError, and nothing else crosses")
    }
    var result: StubType?
    if takeIf("->") {
      if peek == "(" {
        next += 1
        try need(")")
      } else if !takeIf("Void") {
        result = try type()
        if result?.isData == true {
          throw InterfaceError(line: tokens[next - 1].line, message: "'\(name)' returns a buffer: results are one word")
        }
      }
    }
    _ = takeIf(";")
    return Interface.Method(name: name, parameters: parameters, result: result)
  }

  private mutating func parameter() throws(InterfaceError) -> Interface.Parameter {
    let first = try name(of: "a parameter")
    let second = peek == ":" ? nil : try name(of: "a parameter")
    try need(":")
    let type = try type()
    if peek == "=" { throw wrong("a parameter of a protocol has no default value") }
    return Interface.Parameter(label: first == "_" ? nil : first, name: second ?? first, type: type)
  }

  private mutating func type() throws(InterfaceError) -> StubType {
    let start = line
    var text = take()
    // All of it, for the message.
    while peek == "." || peek == "?" || peek == "<" || peek == ">" || peek == "!" || peek == "]"
      || peek == ":" && text.hasPrefix("[") || text.hasSuffix(".")
      || text.hasSuffix("<") || text == "[" || ["inout", "any", "some"].contains(text)
    {
      text += ["inout", "any", "some"].contains(text) ? " " + take() : take()
      if isAtEnd { break }
    }
    guard let type = StubType(rawValue: text) else {
      throw InterfaceError(
        line: start,
        message:
          "'\(text)' cannot pass between address spaces: \(StubType.allCases.map(\.rawValue).joined(separator: ", ")) can"
      )
    }
    return type
  }
}
