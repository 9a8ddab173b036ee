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
    let mirror = Mirror(reflecting: value)
    let isComposite = mirror.displayStyle == .struct || mirror.displayStyle == .tuple
    let size = layout(of: value).size
    guard isComposite, !mirror.children.isEmpty else {
      for byte in start..<(start + size) { isField[byte] = true }
      return
    }
    var offset = 0
    for child in mirror.children {
      let (size, alignment) = layout(of: child.value)
      offset = (offset + alignment - 1) / alignment * alignment
      markFields(of: child.value, at: start + offset, in: &isField)
      offset += size
    }
    require(offset == size, "\(mirror.subjectType) is not laid out as its fields say")
  }

  private static func layout(of value: Any) -> (size: Int, alignment: Int) { layout(of: type(of: value)) }

  private static func layout<Value>(of _: Value.Type) -> (size: Int, alignment: Int) {
    (MemoryLayout<Value>.size, MemoryLayout<Value>.alignment)
  }
}
