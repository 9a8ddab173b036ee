/// A 64-bit word that several processors may update at once.
public struct SharedWord {
  public let pointer: UnsafeMutablePointer<UInt64>
  public init(at pointer: UnsafeMutablePointer<UInt64>) { self.pointer = pointer }

  /// Adds by LL/SC and returns the value before.
  @discardableResult public func add(_ amount: UInt64) -> UInt64 { tornado_fetch_add(pointer, amount) }
  public var value: UInt64 {
    get { tornado_load(pointer) }
    nonmutating set { tornado_store(pointer, newValue) }
  }
}

/// A spin-then-block lock in the two lowest bits of any word; the other bits stay what they are.
public struct Lock {
  public let pointer: UnsafeMutablePointer<UInt64>
  /// The word must not have its two lowest bits set.
  public init(at pointer: UnsafeMutablePointer<UInt64>) { self.pointer = pointer }

  /// Does `body` while no other thread does something with the same lock.
  @inline(__always) public func locked<R>(_ body: () -> R) -> R {
    tornado_lock(pointer)
    let result = body()
    tornado_unlock(pointer)
    return result
  }
}

/// Holds threads until all of them have come, again and again. They wait by spinning on a line that changes
/// only when the last one comes.
public struct Barrier {
  private let missing: SharedWord
  private let generation: SharedWord
  private let participants: UInt64

  public init(participants: Int) {
    // Two lines: those who wait read the second, those who come write the first.
    let memory = Lines(count: 2, processor: 0)
    missing = SharedWord(at: memory[0])
    generation = SharedWord(at: memory[1])
    self.participants = UInt64(participants)
    missing.value = UInt64(participants)
  }

  public func wait() {
    let now = generation.value
    if missing.add(~0) == 1 {
      missing.value = participants
      generation.value = now &+ 1
    } else {
      while generation.value == now {}
    }
  }
}

/// Zeroed memory in whole lines of the secondary cache.
public struct Lines {
  public let start: UnsafeMutableRawPointer

  /// `count` lines in the memory of the station of the n-th processor; by default the caller's own. Ends the
  /// program when there is no memory.
  public init(count: Int, processor n: Int? = nil) {
    let bytes = count * Int(TORNADO_LINE)
    guard let memory = n.map({ tornado_map_at(bytes, $0) }) ?? tornado_map(bytes) else {
      printError("no memory for \(bytes) bytes")
      Program.exit(1)
    }
    start = memory
  }

  /// The first word of the line at `index`.
  public subscript(index: Int) -> UnsafeMutablePointer<UInt64> {
    (start + index * Int(TORNADO_LINE)).assumingMemoryBound(to: UInt64.self)
  }
}
