@_exported import CTornado

/// The program itself: its arguments, its end.
public enum Program {
  /// Ends the program at once, with all its threads.
  public static func exit(_ status: Int = 0) -> Never { tornado_exit(Int32(truncatingIfNeeded: status)) }

  /// Ends the program with status 2 and a line on the error stream: it was called in a way that it does not
  /// know.
  public static func wrongUsage(_ message: Text) -> Never {
    printError(message)
    exit(2)
  }

  /// The number of arguments, the program's name not included.
  public static var argumentCount: Int { max(0, tornado_program.argument_count - 1) }

  /// The argument at `index`, 0 being the first after the program's name.
  public static func argument(_ index: Int) -> Argument? {
    guard index >= 0, index < argumentCount, let text = tornado_program.arguments[index + 1] else { return nil }
    return Argument(text: UnsafePointer(text))
  }

  /// The value of `--name N` or `fallback` without it. Ends the program with status 2 if N is missing, is no
  /// number or lies outside `range`.
  public static func option(_ name: StaticString, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max)
    -> Int
  {
    for index in 0..<argumentCount {
      guard let word = argument(index), word == name else { continue }
      known |= 3 << UInt64(index)
      guard let value = argument(index + 1)?.integer, range.contains(value) else {
        wrongUsage("\(name) takes a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    return fallback
  }

  /// Whether `--name` is among the arguments.
  public static func flag(_ name: StaticString) -> Bool {
    for index in 0..<argumentCount {
      guard let word = argument(index), word == name else { continue }
      known |= 1 << UInt64(index)
      return true
    }
    return false
  }

  /// To be called after all `option`s and `flag`s: ends the program with status 2 and a line if there is an
  /// argument that none of them has asked for.
  public static func noMoreArguments() {
    for index in 0..<argumentCount where index >= 64 || known & 1 << UInt64(index) == 0 {
      if let word = argument(index) { wrongUsage("unknown argument '\(word)'") }
    }
  }

  /// The arguments that `option` or `flag` has found, a bit each.
  private static var known: UInt64 = 0
}

/// One argument of the program: bytes that end with a zero, which live as long as the program.
public struct Argument {
  public let text: UnsafePointer<CChar>

  public static func == (argument: Argument, literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    return strlen(argument.text) == count && memcmp(argument.text, literal.utf8Start, count) == 0
  }

  /// The argument as a decimal number, or nil if it is none or does not fit.
  public var integer: Int? {
    var next = text
    let negative = next.pointee == 45
    if negative { next += 1 }
    guard next.pointee != 0 else { return nil }
    var value = 0
    while next.pointee != 0 {
      guard next.pointee >= 48, next.pointee <= 57 else { return nil }
      let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooBigNow) = tens.addingReportingOverflow(Int(next.pointee) - 48)
      guard !tooBig, !tooBigNow else { return nil }
      value = sum
      next += 1
    }
    return negative ? -value : value
  }
}
