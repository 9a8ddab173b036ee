import Foundation

/// What other threads want of the runner.
final class Inbox: @unchecked Sendable {
  enum Wish {
    case input([UInt8])
    case query(Query, @Sendable (QueryReply) -> Void)
    case stop
  }

  private let lock = NSLock()
  private var wishes: [Wish] = []
  private var closed: String?

  var isEmpty: Bool { lock.withLock { wishes.isEmpty } }

  /// - Returns: why the wish cannot be taken, or nil.
  func post(_ wish: Wish) -> String? {
    lock.withLock {
      if closed == nil { wishes.append(wish) }
      return closed
    }
  }

  func take() -> [Wish] {
    lock.withLock {
      guard !wishes.isEmpty else { return [] }
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
