/// What the bytes of an element of state are: which belong to none of its fields, and which cannot have any
/// value.
struct StateLayout {
  let stride: Int
  /// Bytes that belong to no field, those behind the last included. What is in them is the compiler's
  /// business, and differs between values that are equal.
  let padding: [Range<Int>]
  /// Bytes that number the cases of an enumeration: their places, and how many cases there are.
  let choices: [(place: Int, count: Int)]

  init<Element: BitwiseCopyable>(of _: Element.Type) {
    stride = MemoryLayout<Element>.stride
    let zero = withUnsafeTemporaryAllocation(byteCount: stride, alignment: MemoryLayout<Element>.alignment) {
      $0.initializeMemory(as: UInt8.self, repeating: 0)
      return $0.load(as: Element.self)
    }
    var marks = Marks(stride: stride)
    require(
      Self.layout(of: zero).size == MemoryLayout<Element>.size, "\(Element.self) is not laid out as its fields say")
    Self.mark(zero, at: 0, in: &marks)
    var ranges: [Range<Int>] = []
    for byte in 0..<stride where !marks.isField[byte] {
      if let last = ranges.last, last.upperBound == byte {
        ranges[ranges.count - 1] = last.lowerBound..<(byte + 1)
      } else {
        ranges.append(byte..<(byte + 1))
      }
    }
    padding = ranges
    choices = marks.choices
  }

  /// Of what varies in length.
  init() {
    stride = 1
    padding = []
    choices = []
  }

  /// Whether the bytes of some elements that lie in this range of memory can be theirs.
  func fits(_ memory: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
    guard !choices.isEmpty else { return true }
    for start in Swift.stride(from: range.lowerBound / stride * stride, to: range.upperBound, by: stride) {
      for choice in choices where range.contains(start + choice.place) {
        if memory[start + choice.place] >= choice.count { return false }
      }
    }
    return true
  }

  private struct Marks {
    var isField: [Bool]
    var choices: [(place: Int, count: Int)] = []
    init(stride: Int) { isField = Array(repeating: false, count: stride) }
  }

  /// Fields lie one after the other, each at the next multiple of its alignment.
  private static func mark(_ value: Any, at start: Int, in marks: inout Marks) {
    guard let fields = fields(of: value) else {
      for byte in start..<(start + layout(of: value).size) { marks.isField[byte] = true }
      if let choice = value as? any StateChoice { marks.choices.append((start, choice.choiceCount)) }
      return
    }
    var offset = 0
    for field in fields {
      let (size, alignment) = layout(of: field)
      offset = (offset + alignment - 1) / alignment * alignment
      mark(field, at: start + offset, in: &marks)
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
    guard let fields = fields(of: value) else {
      require(value is any StateChoice, "\(type(of: value)) is in the state, and nobody knows its values")
      return (1, 1)
    }
    return fields.reduce((0, 1)) { all, field in
      let (size, alignment) = layout(of: field)
      return ((all.0 + alignment - 1) / alignment * alignment + size, max(all.1, alignment))
    }
  }
}

/// What has few values, in memory the bytes from 0 on: an enumeration without associated values.
protocol StateChoice {
  /// How many values there are.
  var choiceCount: Int { get }
}

extension StateChoice where Self: CaseIterable {
  var choiceCount: Int { Self.allCases.count }
}

extension Bool: StateChoice {
  var choiceCount: Int { 2 }
}
