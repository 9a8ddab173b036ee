/// The public interface of a clustered object, as far as its stubs have to know it: a Swift protocol.
struct Interface {
  let name: String
  /// With `public` the stubs are public too.
  let isPublic: Bool
  let methods: [Method]

  struct Method {
    let name: String
    let parameters: [Parameter]
    /// Nil: nothing.
    let result: StubType?

    var dataIndex: Int? { parameters.firstIndex { $0.type.isData } }
  }

  struct Parameter {
    /// What the caller writes before the colon; nil for `_`.
    let label: String?
    let name: String
    let type: StubType
  }

  /// A file with its interfaces.
  struct File {
    /// Whole lines, as they stand in the file.
    let imports: [String]
    let interfaces: [Interface]
  }
}

/// The types that can pass between address spaces: what is one word, and one buffer of up to 8 KB.
enum StubType: String, CaseIterable {
  case int = "Int"
  case uint = "UInt"
  case int8 = "Int8"
  case int16 = "Int16"
  case int32 = "Int32"
  case int64 = "Int64"
  case uint8 = "UInt8"
  case uint16 = "UInt16"
  case uint32 = "UInt32"
  case uint64 = "UInt64"
  case bool = "Bool"
  case float = "Float"
  case double = "Double"
  case reference = "ExternalReference"
  case data = "UnsafeRawBufferPointer"
  case mutableData = "UnsafeMutableRawBufferPointer"

  var isData: Bool { self == .data || self == .mutableData }

  /// The word for a value of this type.
  func word(_ value: String) -> String {
    switch self {
    case .uint64: value
    case .bool: "\(value) ? 1 : 0"
    case .float: "UInt64(\(value).bitPattern)"
    case .double: "\(value).bitPattern"
    case .reference: "\(value).word"
    default: "UInt64(truncatingIfNeeded: \(value))"
    }
  }

  /// The value of this type in a word.
  func value(_ word: String) -> String {
    switch self {
    case .uint64: word
    case .bool: "\(word) != 0"
    case .float: "Float(bitPattern: UInt32(truncatingIfNeeded: \(word)))"
    case .double: "Double(bitPattern: \(word))"
    case .reference: "ExternalReference(word: \(word))"
    default: "\(rawValue)(truncatingIfNeeded: \(word))"
    }
  }
}

/// What is wrong with an interface file.
struct InterfaceError: Error, Equatable {
  let line: Int
  let message: String
}
