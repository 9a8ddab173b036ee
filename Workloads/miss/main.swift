// Cycles of a call to a clustered object that is not in the translation table, on 1 to 16 processors (Figure
// 8). [--processors N] [--sweep] [--operations N]
import Tornado

open class Nothing {
  init() {}
  open func nothing() {}
}

final class Representative: Nothing {
  override func nothing() {}
}

final class Handler: Clustered {
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(Representative()).toOpaque()
  }
}

/// Each thread calls objects of its own, which have a representative already: what is measured is the way to
/// it.
struct Miss: Nanobenchmark {
  static let batch = 16
  private let handlers: UnsafeMutableBufferPointer<Handler>
  private let objects: UnsafeMutableBufferPointer<Reference<Nothing>>

  init(thread n: Int) {
    handlers = .allocate(capacity: Self.batch)
    objects = .allocate(capacity: Self.batch)
    for i in 0..<Self.batch {
      handlers.initializeElement(at: i, to: Handler(.shared))
      guard let reference = GlobalTable.add(handlers[i], as: Nothing.self) else {
        printError("miss: no room for objects")
        Program.exit(1)
      }
      objects.initializeElement(at: i, to: reference)
    }
  }

  mutating func prepare() { for handler in handlers { handler.forget() } }

  mutating func measured() { for object in objects { object.call { $0.nothing() } } }
}

Miss.main()
