// Replicated objects (paper, Section 3.1: "With multiple reps per object, it is necessary to keep them
// consistent. A variety of strategies are possible, including invalidation and update protocols"), kept
// consistent in shared memory. Shared by kernel and program library.
//
// The object's state is some words. The handler has the original; each representative reads a copy of its own
// (`Replica`), which nobody writes but when the original changes. With update, who changes the original
// writes all copies too: for what is read everywhere soon. With invalidation it only marks them, and each
// takes the original when it is next read: for what may change often before anybody reads it.

import CMachine

open class Replicated: Clustered {
  public enum Consistency {
    case update
    case invalidation
  }

  public final let consistency: Consistency
  /// How many words the state has.
  public final let words: UInt
  /// The original: a line with the count of changes, odd while one is on its way; then the state.
  private final let original: UnsafeMutableRawPointer
  /// The copies by place, each a count (the change that it shows; 0: to be taken anew) and the state.
  private final let copies: UnsafeMutablePointer<UInt>

  /// `words`: 1 … 100. The state begins as zeros.
  public init(_ placement: Placement, words: UInt, consistency: Consistency) {
    Objects.start()
    self.words = words
    self.consistency = consistency
    guard let memory = Objects.allocate(128 &+ words &* 8), let table = Objects.allocate(64 &* 8) else {
      panic("no memory for a replicated object", words)
    }
    original = memory
    copies = table.assumingMemoryBound(to: UInt.self)
    super.init(placement)
    atomic_store(original, 2)
  }

  /// The copy for the representative of a place; called once for each, when it is made.
  public final func replica(_ place: UInt) -> Replica {
    guard let memory = Objects.allocate(8 &+ words &* 8) else { panic("no memory for a replica", words) }
    // Whoever makes it second for the same place finds the first.
    let before = atomic_compare_exchange(copies + Int(bitPattern: place), 0, UInt(bitPattern: memory))
    guard let first = UnsafeMutableRawPointer(bitPattern: before) else { return Replica(memory: memory) }
    Objects.free(memory)
    return Replica(memory: first)
  }

  /// Changes the state: `body` gets the original, which it alone may write now. Changes exclude one another.
  /// `body` calls no other object.
  public final func change(_ body: (UnsafeMutablePointer<UInt>) -> Void) {
    let before = lock()
    body(state)
    var place = 0
    while place < 64 {
      if let copy = UnsafeMutableRawPointer(bitPattern: atomic_load(copies + place)) {
        // Not to be read while it is written.
        atomic_store(copy, 0)
        if consistency == .update { fill(copy, before &+ 2) }
      }
      place &+= 1
    }
    atomic_store(original, before &+ 2)
  }

  /// Calls `body` with the copy, again if it has changed meanwhile: only what the last call found counts.
  @inline(__always) public final func read(_ replica: Replica, _ body: (UnsafeMutablePointer<UInt>) -> Void) {
    while true {
      let shown = atomic_load(replica.memory)
      if shown != 0 {
        body((replica.memory + 8).assumingMemoryBound(to: UInt.self))
        if atomic_load(replica.memory) == shown { return }
      } else {
        takeAnew(replica)
      }
    }
  }

  /// Takes the original's state over, or finds that somebody has.
  @inline(never) private final func takeAnew(_ replica: Replica) {
    let before = lock()
    if atomic_load(replica.memory) == 0 { fill(replica.memory, before) }
    atomic_store(original, before)
  }

  private final var state: UnsafeMutablePointer<UInt> { (original + 128).assumingMemoryBound(to: UInt.self) }

  /// With the lock held.
  private final func fill(_ copy: UnsafeMutableRawPointer, _ change: UInt) {
    var i: UInt = 0
    while i < words {
      atomic_store(copy + Int(bitPattern: 8 &+ i &* 8), state[Int(bitPattern: i)])
      i &+= 1
    }
    atomic_store(copy, change)
  }

  /// Takes the original for writing; returns its count of changes, an even number.
  private final func lock() -> UInt {
    while true {
      let count = atomic_load(original)
      if count & 1 == 0, atomic_compare_exchange(original, count, count | 1) == count { return count }
      Objects.pause()
    }
  }

  open override func destroyed() {
    super.destroyed()
    var place = 0
    while place < 64 {
      if let copy = UnsafeMutableRawPointer(bitPattern: copies[place]) { Objects.free(copy) }
      place &+= 1
    }
    Objects.free(original)
    Objects.free(copies)
  }
}

/// A representative's copy of a replicated object's state.
public struct Replica {
  fileprivate let memory: UnsafeMutableRawPointer
}
