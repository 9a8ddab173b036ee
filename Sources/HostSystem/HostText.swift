import Glibc

/// What the host's system takes and gives as bytes (arguments, paths, its environment), as strings from which
/// the very bytes can be had back.
///
/// Unix knows no text: a file may be called by any bytes. A byte that is no part of UTF-8 becomes a character
/// of its own, of a range that nobody uses; so do the bytes of such a character, should one come. Everything
/// that leaves for the system or for a person leaves by `bytes`.
public enum HostText {
  /// The character that stands for byte 0; those of 0x80 … 0xFF occur.
  private static let base: UInt32 = 0x10_FE00

  private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { (base + 0x80...base + 0xFF).contains(scalar.value) }

  public static func string(_ bytes: some Collection<UInt8>) -> String {
    if let text = plain(bytes) { return text }
    var rest = ArraySlice(bytes)
    var text = String.UnicodeScalarView()
    while let first = rest.first {
      let length = max(1, (~first).leadingZeroBitCount)
      if let character = plain(rest.prefix(length)) {
        text.append(contentsOf: character.unicodeScalars)
        rest = rest.dropFirst(length)
      } else {
        text.append(Unicode.Scalar(base + UInt32(first))!)
        rest = rest.dropFirst()
      }
    }
    return String(text)
  }

  private static func plain(_ bytes: some Collection<UInt8>) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isStandIn) else {
      return nil
    }
    return text
  }

  /// From bytes that end with a zero.
  public static func string(_ bytes: UnsafePointer<CChar>) -> String {
    string(UnsafeBufferPointer(start: bytes, count: strlen(bytes)).map { UInt8(bitPattern: $0) })
  }

  public static func bytes(_ string: String) -> [UInt8] {
    guard string.unicodeScalars.contains(where: isStandIn) else { return Array(string.utf8) }
    var bytes: [UInt8] = []
    for scalar in string.unicodeScalars {
      if isStandIn(scalar) { bytes.append(UInt8(scalar.value - base)) } else { bytes += Array(String(scalar).utf8) }
    }
    return bytes
  }

  /// Calls `body` with the bytes as C's functions take them.
  public static func withCString<R>(_ string: String, _ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
    try (bytes(string).map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { try body($0.baseAddress!) }
  }

  /// A copy for C, to be freed.
  public static func duplicate(_ string: String) -> UnsafeMutablePointer<CChar>? { withCString(string) { strdup($0) } }

  /// The process's arguments, the program's name first.
  public static var arguments: [String] {
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map { string($0) }
    }
  }

  /// The process's environment, `NAME=VALUE` each.
  public static var environment: [String] {
    var entries: [String] = []
    var next = environ
    while let entry = next.pointee {
      entries.append(string(entry))
      next += 1
    }
    return entries
  }

  /// A variable of the environment; nil where it is absent or empty.
  public static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return string(value)
  }

  /// Whether the bytes are text, for those who take nothing else.
  public static func isText(_ string: String) -> Bool { !string.unicodeScalars.contains(where: isStandIn) }
}
