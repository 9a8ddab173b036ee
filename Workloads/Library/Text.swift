/// A line of text in the making: what a string literal with `\( )` becomes where `printLine` takes it. It is
/// a plain buffer of bytes; Swift's `String` would bring 35 KB of code.
public struct Text: ExpressibleByStringInterpolation {
  public typealias StringLiteralType = StaticString
  fileprivate var bytes: [UInt8]

  public init(stringLiteral literal: StaticString) {
    bytes = []
    append(literal)
  }
  public init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.text.bytes }
  fileprivate init(capacity: Int) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  fileprivate mutating func append(_ literal: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  fileprivate mutating func append(_ magnitude: UInt, base: UInt = 10, atLeast digits: Int = 1) {
    var rest = magnitude
    let start = bytes.count
    repeat {
      let digit = UInt8(truncatingIfNeeded: rest % base)
      bytes.append(digit < 10 ? 48 + digit : 87 + digit)
      rest /= base
    } while rest != 0 || bytes.count - start < digits
    var low = start
    var high = bytes.count - 1
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text: Text

    public init(literalCapacity: Int, interpolationCount: Int) {
      text = Text(capacity: literalCapacity + interpolationCount * 12 + 1)
    }
    public mutating func appendLiteral(_ literal: StaticString) { text.append(literal) }
    public mutating func appendInterpolation(_ literal: StaticString) { text.append(literal) }
    @_disfavoredOverload public mutating func appendInterpolation(_ other: Text) {
      text.bytes.append(contentsOf: other.bytes)
    }
    public mutating func appendInterpolation(_ number: Int) {
      if number < 0 { text.bytes.append(45) }
      text.append(number.magnitude)
    }
    public mutating func appendInterpolation(_ number: UInt64) { text.append(UInt(number)) }
    public mutating func appendInterpolation(hex number: UInt) { text.append(number, base: 16) }
    /// `total` divided by `count`, with one decimal, rounded.
    public mutating func appendInterpolation(_ total: UInt64, per count: UInt64) {
      let tenths = (total * 10 + count / 2) / count
      text.append(UInt(tenths / 10))
      text.bytes.append(46)
      text.append(UInt(tenths % 10))
    }
    public mutating func appendInterpolation(_ argument: Argument) {
      var next = argument.text
      while next.pointee != 0 {
        text.bytes.append(UInt8(bitPattern: next.pointee))
        next += 1
      }
    }
  }

  fileprivate func write(to stream: Int32) {
    var line = bytes
    line.append(10)
    line.withUnsafeBytes { tornado_write(stream, $0.baseAddress, $0.count) }
  }
}

/// Writes the text and a new line to the program's output, in one system call.
public func printLine(_ text: Text) { text.write(to: 1) }

/// Writes the text and a new line to the program's error stream.
public func printError(_ text: Text) { text.write(to: 2) }
