// Cycles from the making of a thread on the own processor to its end, on 1 to 16 processors (Figure 9).
// [--processors N] [--sweep] [--operations N]
import Tornado

/// Each thread makes others on its own processor, one after the other, and waits for the end of each.
struct MakeAndJoin: Nanobenchmark {
  static let batch = 16
  private let own = Processors.current

  init(thread n: Int) {}

  mutating func measured() {
    for _ in 0..<Self.batch {
      guard let thread = Thread(on: own, {}) else {
        printError("thread: the kernel makes no more threads")
        Program.exit(1)
      }
      thread.join()
    }
  }
}

MakeAndJoin.main()
