// Cycles from the handing over of a clustered object for destruction to the return of its memory, on 1 to 16
// processors (Figure 8). [--processors N] [--sweep] [--operations N]
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

/// Each thread destroys objects of its own, to which no other processor ever had a reference: an operation
/// each.
struct Collection: Nanobenchmark {
  static let batch = 16
  private let own = UInt(1) << Objects.processor
  private let objects: UnsafeMutableBufferPointer<Reference<Nothing>>

  init(thread n: Int) { objects = .allocate(capacity: Self.batch) }

  mutating func prepare() {
    for i in 0..<Self.batch {
      guard let reference = GlobalTable.add(Handler(.shared), as: Nothing.self) else {
        printError("gc: no room for objects")
        Program.exit(1)
      }
      reference.call { $0.nothing() }
      objects[i] = reference
    }
  }

  mutating func measured() {
    for object in objects {
      let operation = Existence.begin()
      Existence.destroy(object, heldBy: own)
      Existence.end(operation)
    }
  }
}

Collection.main()
