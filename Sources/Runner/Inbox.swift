import Foundation
import Synchronization

/// What other threads want of the runner.
final class Inbox: @unchecked Sendable {
  enum Wish {
    case input([UInt8])
    case query(Query, @Sendable (QueryReply) -> Void)
    case pause(@Sendable () -> Void)
    case stop
  }

  private let lock = NSLock()
  private var wishes: [Wish] = []
  private var closed: String?
  /// Looked at between any two windows: must cost nothing.
  private let hasWishes = Atomic<Bool>(false)

  var isEmpty: Bool { !hasWishes.load(ordering: .acquiring) }

  /// - Returns: why the wish cannot be taken, or nil.
  func post(_ wish: Wish) -> String? {
    lock.withLock {
      if closed == nil {
        wishes.append(wish)
        hasWishes.store(true, ordering: .releasing)
      }
      return closed
    }
  }

  /// Records that have not entered the machine yet.
  var inputs: [[UInt8]] {
    lock.withLock {
      wishes.compactMap { wish in
        if case .input(let record) = wish { return record }
        return nil
      }
    }
  }

  func take() -> [Wish] {
    lock.withLock {
      hasWishes.store(false, ordering: .releasing)
      defer { wishes = [] }
      return wishes
    }
  }

  func close(because reason: String) -> [Wish] {
    lock.withLock {
      closed = reason
      defer { wishes = [] }
      return wishes
    }
  }
}
