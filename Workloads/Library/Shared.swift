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

  /// What threads can sleep on.
  fileprivate func withLowerHalf(_ body: (UnsafePointer<UInt32>) -> Void) {
    body(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self))
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
/// only when the last one comes, and when that takes long, asleep: others may want the processor.
public struct Barrier {
  private let missing: SharedWord
  /// Twice how often all have come, and bit 0: somebody sleeps.
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

  /// How often who waits looks before he sleeps: some 10,000 cycles, about what sleeping and waking take.
  private static let looks = 2500

  public func wait() {
    let now = generation.value & ~1
    if missing.add(~0) == 1 {
      missing.value = participants
      if tornado_compare_exchange(generation.pointer, now, now &+ 2) != now {
        generation.value = now &+ 2
        generation.withLowerHalf(tornado_wake_all)
      }
      return
    }
    var looks = 0
    while generation.value & ~1 == now && looks < Barrier.looks { looks += 1 }
    while generation.value & ~1 == now {
      _ = tornado_compare_exchange(generation.pointer, now, now | 1)
      generation.withLowerHalf { tornado_wait_while($0, UInt32(truncatingIfNeeded: now | 1)) }
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
