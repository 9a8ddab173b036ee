/// Plain memory of a fixed number of elements, all bytes zero at first: what the machine's state is made of.
/// It comes from a `StateSpace`, and lives as long as that.
struct FlatBuffer<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// - Parameter memory: zeroed, for `count` elements.
  init(_ memory: UnsafeMutableRawPointer, count: Int) {
    base = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  subscript(index: Int) -> Element {
    @inline(__always) get { base[index] }
    @inline(__always) nonmutating set { base[index] = newValue }
  }

  /// Whether all elements fit that can be anything but zeros.
  func touchedElements(fit: (_ index: Int, _ element: Element) -> Bool) -> Bool {
    let touched = TouchedPages(bytes)
    let stride = MemoryLayout<Element>.stride
    var index = 0
    while index < count {
      guard
        touched[index * stride / StateImage.pageBytes] || touched[(index * stride + stride - 1) / StateImage.pageBytes]
      else {
        // On to the first that is not all in this page.
        index = max(index + 1, (index * stride / StateImage.pageBytes + 1) * StateImage.pageBytes / stride)
        continue
      }
      if !fit(index, base[index]) { return false }
      index += 1
    }
    return true
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

  private var byteCount: Int { count * MemoryLayout<Element>.stride }
}

/// A plain value of the machine's state: a counter, the end of a list, a group of these.
struct StateValue<Value: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Value>

  @inline(__always) var value: Value {
    get { pointer.pointee }
    nonmutating _modify { yield &pointer.pointee }
  }
}

/// State of varying length: records that wait.
final class StateBytes {
  var bytes: [UInt8] = []
}
