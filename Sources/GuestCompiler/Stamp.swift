import Glibc
import HostSystem

/// Tells whether a product is still what its inputs would make again: the hash of their names and contents,
/// kept in a file beside the product.
public struct Stamp: Sendable {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  /// FNV-1a over 64 bits: this guards against forgetting, not against anyone's intent.
  public mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    state = (state ^ 0xff) &* 0x0000_0100_0000_01b3
  }
  public mutating func add(_ text: String) { add(text.utf8) }
  /// Adds a file's name and content; a file that cannot be read counts as an absent one.
  public mutating func add(file path: String, name: String? = nil) {
    add(name ?? path)
    if let bytes = try? HostFile.read(path) { add(bytes) } else { add("absent") }
  }
  /// Adds a tool by path, size and time of change: a new toolchain makes everything anew.
  mutating func add(tool path: String) {
    let resolved = HostFile.resolved(path)
    var status = stat()
    let isThere = HostText.withCString(resolved) { stat($0, &status) } == 0
    add(isThere ? "\(resolved) \(status.st_size) \(status.st_mtim.tv_sec)" : path)
  }

  public var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  func isFresh(_ file: String) -> Bool {
    (try? HostFile.read(file)) == Array(text.utf8)
  }
  func keep(_ file: String) { try? HostFile.write(Array(text.utf8), to: file) }
}

extension Toolchain {
  /// Goes up with every change of how this compiler works, so that older products are made anew.
  static let compilerVersion = 2

  func stamp() -> Stamp {
    var stamp = Stamp()
    stamp.add("guest compiler \(Toolchain.compilerVersion)")
    for tool in [swiftc, clang, linker] { stamp.add(tool: tool) }
    return stamp
  }
}
