import Glibc

/// Plain zeroed memory of a fixed number of elements: what the machine's state is made of.
///
/// Large buffers cost the host only the pages that are touched.
struct FlatBuffer<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// - Parameter count: number of elements, all bytes zero.
  init(count: Int) {
    self.count = count
    let byteCount = count * MemoryLayout<Element>.stride
    if byteCount >= Self.ownPages {
      // Fresh pages are zero already, and real only when touched.
      let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)!
      require(memory != MAP_FAILED, "the host has no memory for the machine's state")
      base = memory.bindMemory(to: Element.self, capacity: count)
    } else {
      base = calloc(max(1, count), MemoryLayout<Element>.stride)!.bindMemory(to: Element.self, capacity: count)
    }
  }

  func deallocate() {
    if byteCount >= Self.ownPages { munmap(base, byteCount) } else { free(base) }
  }

  subscript(index: Int) -> Element {
    @inline(__always) get { base[index] }
    @inline(__always) nonmutating set { base[index] = newValue }
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

  private static var ownPages: Int { 1 << 20 }
  private var byteCount: Int { count * MemoryLayout<Element>.stride }
}
