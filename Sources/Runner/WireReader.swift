import NUMAchine

/// What is wrong with bytes from outside: what they have that they should not, as the object of a sentence.
struct WireProblem: Error {
  var what: String
  init(_ what: String) { self.what = what }
}

/// Reads numbers and bytes that came from outside, as far as there are any. Numbers are little-endian.
struct WireReader {
  private(set) var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ count: Int, of what: String) throws(WireProblem) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= rest.count else {
      throw WireProblem("\(what) of \(count) bytes where \(rest.count) are left")
    }
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<count])
  }

  mutating func number<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, of what: String)
    throws(WireProblem) -> Integer
  {
    Integer(littleEndian: try take(MemoryLayout<Integer>.size, of: what).loadUnaligned(as: Integer.self))
  }

  /// A number of things that follow, each of which takes at least a byte, or of bytes.
  mutating func count(of what: String) throws(WireProblem) -> Int {
    let count = try number(UInt64.self, of: what)
    guard count <= rest.count else { throw WireProblem("\(what) of \(count) where \(rest.count) bytes are left") }
    return Int(count)
  }

  /// A tick, or `UInt64.max` where nothing is due.
  mutating func tick(of what: String) throws(WireProblem) -> UInt64 {
    let tick = try number(UInt64.self, of: what)
    guard tick < PacketCheck.lastTick || tick == .max else { throw WireProblem("\(what) of tick \(tick)") }
    return tick
  }

  func end(of what: String) throws(WireProblem) {
    guard rest.isEmpty else { throw WireProblem("\(rest.count) bytes behind the end of \(what)") }
  }
}

extension [UInt8] {
  /// Reads all of the bytes.
  func read<Result>(_ body: (inout WireReader) throws(WireProblem) -> Result) throws(WireProblem) -> Result {
    let result: Swift.Result<Result, WireProblem> = withUnsafeBytes { bytes in
      var reader = WireReader(bytes)
      do throws(WireProblem) {
        return .success(try body(&reader))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
