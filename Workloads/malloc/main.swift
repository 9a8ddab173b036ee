// Cycles of allocating and freeing a block of memory, on 1 to 16 processors (Figure 8). [--processors N]
// [--sweep] [--operations N] [--bytes N]
import Tornado

let bytes = Program.option("--bytes", default: 64, in: 0...4096)

/// Each thread has a few blocks, and each operation frees the oldest and allocates another.
struct Allocation: Nanobenchmark {
  static let batch = 16
  private let blocks = UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>.allocate(capacity: Allocation.batch)

  init(thread n: Int) { for i in 0..<Self.batch { blocks.initializeElement(at: i, to: malloc(bytes)) } }

  mutating func measured() {
    for i in 0..<Self.batch {
      free(blocks[i])
      blocks[i] = malloc(bytes)
    }
  }
}

Allocation.main()
