import Glibc

/// Zeroed memory of the host, which it provides only page by page as it is touched.
enum HostMemory {
  static func zeroed(bytes: Int) -> UnsafeMutableRawPointer {
    guard let memory = calloc(bytes, 1) else { fatalError("no memory left on the host for \(bytes) bytes") }
    return memory
  }

  static func free(_ memory: UnsafeMutableRawPointer) { Glibc.free(memory) }
}
