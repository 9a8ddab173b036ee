/// The bytes of a type that belong to none of its fields. What is in them is the compiler's business, and
/// differs between values that are equal.
enum StatePadding {
  /// The ranges of such bytes in an element of an array, those behind its last field included.
  static func ranges<Element: BitwiseCopyable>(of _: Element.Type) -> [Range<Int>] {
    let stride = MemoryLayout<Element>.stride
    let zero = withUnsafeTemporaryAllocation(byteCount: stride, alignment: MemoryLayout<Element>.alignment) {
      $0.initializeMemory(as: UInt8.self, repeating: 0)
      return $0.load(as: Element.self)
    }
    var isField = [Bool](repeating: false, count: stride)
    require(layout(of: zero).size == MemoryLayout<Element>.size, "\(Element.self) is not laid out as its fields say")
    markFields(of: zero, at: 0, in: &isField)
    var ranges: [Range<Int>] = []
    for byte in 0..<stride where !isField[byte] {
      if let last = ranges.last, last.upperBound == byte {
        ranges[ranges.count - 1] = last.lowerBound..<(byte + 1)
      } else {
        ranges.append(byte..<(byte + 1))
      }
    }
    return ranges
  }

  /// Fields lie one after the other, each at the next multiple of its alignment.
  private static func markFields(of value: Any, at start: Int, in isField: inout [Bool]) {
    guard let fields = fields(of: value) else {
      for byte in start..<(start + layout(of: value).size) { isField[byte] = true }
      return
    }
    var offset = 0
    for field in fields {
      let (size, alignment) = layout(of: field)
      offset = (offset + alignment - 1) / alignment * alignment
      markFields(of: field, at: start + offset, in: &isField)
      offset += size
    }
  }

  /// What a structure or tuple consists of; nil for what has no parts.
  private static func fields(of value: Any) -> [Any]? {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple, !mirror.children.isEmpty else { return nil }
    return mirror.children.map(\.value)
  }

  /// In bytes. State is of integers, enumerations with one byte, and what is made of these.
  private static func layout(of value: Any) -> (size: Int, alignment: Int) {
    switch value {
    case is UInt8, is Int8, is Bool: return (1, 1)
    case is UInt16, is Int16: return (2, 2)
    case is UInt32, is Int32, is Float: return (4, 4)
    case is UInt64, is Int64, is UInt, is Int, is Double: return (8, 8)
    default: break
    }
    guard let fields = fields(of: value) else { return (1, 1) }
    return fields.reduce((0, 1)) { all, field in
      let (size, alignment) = layout(of: field)
      return ((all.0 + alignment - 1) / alignment * alignment + size, max(all.1, alignment))
    }
  }
}
