import Glibc

/// Pages of the host's memory for state of one kind.
final class StateArena {
  private var mappings: [(UnsafeMutableRawPointer, Int)] = []
  /// Small buffers lie side by side: a page for each would cost the host's translation more than it is worth.
  private var chunk: UnsafeMutableRawPointer?
  private var chunkLeft = 0

  private static var chunkBytes: Int { 1 << 20 }
  private static var largestInChunk: Int { 64 << 10 }
  private static var alignment: Int { 64 }

  /// Zeroed memory, aligned to a cache line of the host.
  func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes <= Self.largestInChunk else { return map(bytes) }
    let rounded = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
    if rounded > chunkLeft {
      chunk = map(Self.chunkBytes)
      chunkLeft = Self.chunkBytes
    }
    defer {
      chunk = chunk! + rounded
      chunkLeft -= rounded
    }
    return chunk!
  }

  /// Fresh pages are zero, and real only when touched.
  private func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)!
    guard memory != MAP_FAILED else {
      fatalError("no memory left on the host for \(bytes) bytes of the machine's state")
    }
    mappings.append((memory, bytes))
    return memory
  }

  deinit {
    for (memory, bytes) in mappings { munmap(memory, bytes) }
  }
}

/// Which pages of large memory the host has ever made real; the others are zero. To look at them instead
/// would cost a second for a machine of gigabytes.
struct TouchedPages {
  /// A word of `/proc/self/pagemap` for each page, nil where the host does not tell.
  private let words: [UInt64]?
  private static let presentOrSwapped: UInt64 = 3 << 62
  private static let pageBytes = StateImage.pageBytes

  init(_ memory: UnsafeRawBufferPointer) {
    let pages = memory.count / Self.pageBytes
    let start = UInt(bitPattern: memory.baseAddress)
    let bytes = pages * MemoryLayout<UInt64>.size
    guard pages > 16, start % UInt(Self.pageBytes) == 0, sysconf(Int32(_SC_PAGESIZE)) == Self.pageBytes else {
      words = nil
      return
    }
    let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      words = nil
      return
    }
    defer { close(file) }
    var found = [UInt64](repeating: 0, count: pages)
    let first = off_t(start / UInt(Self.pageBytes)) * off_t(MemoryLayout<UInt64>.size)
    let isRead = found.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < bytes {
        let count = pread(file, buffer.baseAddress! + done, bytes - done, first + off_t(done))
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
    words = isRead ? found : nil
  }

  /// Whether a page, by its number in the memory, may hold anything but zeros.
  subscript(page: Int) -> Bool {
    guard let words, page < words.count else { return true }
    return words[page] & Self.presentOrSwapped != 0
  }
}
