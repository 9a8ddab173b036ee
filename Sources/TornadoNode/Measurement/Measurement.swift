// What can be measured inside the kernel, by the system call `measure` (docs/programs.md); `Workloads/costs`
// makes the table from it. To add an operation: a case, and what it does between `begin` and `end`.
// docs/costs.md says what each row has between its marks.

import CMachine

enum Measurement: UInt {
  /// The marks alone: to be taken off from all others.
  case nothing = 0
  /// A virtual call by a pointer that the caller has, and one through a reference: the difference is what
  /// clustered objects add.
  case pointerCall = 1
  case objectCall = 2
  /// A call through an entry that is not filled, with the call itself.
  case translationMiss = 3
  case allocate = 4
  case free = 5
  case lockUnlock = 6
  /// `free` compiled without the home check: what it has less is the check.
  case freeUnchecked = 7
  /// What the clustered-object system adds to the making of an object (20) and to its end (21): miss handler,
  /// entries of the tables.
  case objectCreation = 20
  case objectRemoval = 21
  /// From handing an object over for destruction to the return of its last memory: token, tables,
  /// representative, handler.
  case objectDestruction = 22
  /// The beginning and the end of an operation, which a system call and a fault have each.
  case operation = 23

  /// Does it `times` times; returns the instructions between all pairs of marks, or a negative error.
  static func measure(_ number: UInt, times: UInt) -> Int {
    if times == 0 || times > 1000 { return -Errno.invalid }
    #if TEST_KERNEL
      if let operation = TestOperation(rawValue: number) { return operation.carryOut(times) }
    #endif
    guard let operation = Measurement(rawValue: number) else { return -Errno.invalid }
    var marks = Marks()
    var i: UInt = 0
    while i < times {
      if !operation.run(&marks) { return -Errno.noMemory }
      i &+= 1
    }
    return Int(bitPattern: marks.instructions)
  }

  /// False when there was no memory for it.
  @inline(__always) private func run(_ marks: inout Marks) -> Bool {
    switch self {
    case .nothing:
      marks.begin()
      marks.end()
      return true
    case .pointerCall: return Self.pointerCall(&marks)
    case .objectCall: return Self.objectCall(&marks)
    case .translationMiss: return Self.translationMiss(&marks)
    case .allocate, .free, .freeUnchecked: return Self.allocation(&marks, self)
    case .lockUnlock: return Self.lockUnlock(&marks)
    case .objectCreation, .objectRemoval, .objectDestruction: return Self.objectLife(&marks, self)
    case .operation:
      let outer = local.pointee.operation
      marks.begin()
      Operation.begin()
      Operation.end()
      marks.end()
      local.pointee.operation = outer
      return true
    }
  }

  @inline(never) private static func pointerCall(_ marks: inout Marks) -> Bool {
    guard let object = MeasuredMissHandler.make() else { return false }
    Unmanaged<MeasuredObject>.fromOpaque(object.representative)._withUnsafeGuaranteedRef {
      marks.begin()
      $0.nothing()
      marks.end()
    }
    object.destroyAll()
    return true
  }

  @inline(never) private static func objectCall(_ marks: inout Marks) -> Bool {
    guard let object = MeasuredMissHandler.make() else { return false }
    let reference = object.reference
    reference.call { $0.nothing() }
    marks.begin()
    reference.call { $0.nothing() }
    marks.end()
    object.destroyAll()
    return true
  }

  @inline(never) private static func translationMiss(_ marks: inout Marks) -> Bool {
    guard let object = MeasuredMissHandler.make() else { return false }
    let reference = object.reference
    reference.call { $0.nothing() }
    TranslationTable.clear(reference.slot)
    marks.begin()
    reference.call { $0.nothing() }
    marks.end()
    object.destroyAll()
    return true
  }

  @inline(never) private static func allocation(_ marks: inout Marks, _ operation: Measurement) -> Bool {
    if operation == .allocate { marks.begin() }
    let block = allocateBlock(lineBytes)
    if operation == .allocate { marks.end() }
    guard let block else { return false }
    if operation == .free { marks.begin() }
    if operation != .freeUnchecked { freeBlock(block) }
    if operation == .free { marks.end() }
    if operation != .freeUnchecked { return true }
    marks.begin()
    freeBlockUnchecked(block)
    marks.end()
    return true
  }

  @inline(never) private static func objectLife(_ marks: inout Marks, _ operation: Measurement) -> Bool {
    if operation == .objectCreation { marks.begin() }
    let handler = MeasuredClusteredMissHandler()
    let reference = GlobalTable.add(handler, as: MeasuredObject.self)
    if operation == .objectCreation { marks.end() }
    guard let reference else {
      TornadoNode.destroy(handler)
      return false
    }
    if operation == .objectRemoval {
      marks.begin()
      TranslationTable.clear(reference.slot)
      GlobalTable.remove(reference.slot)
      Objects.dispose(Unmanaged.passUnretained(handler).toOpaque())
      marks.end()
      return true
    }
    reference.call { $0.nothing() }
    if operation == .objectDestruction { marks.begin() }
    Existence.destroy(handler, heldBy: 0)
    // The system call that measures is an operation itself, and the only one here.
    Operation.end()
    if operation == .objectDestruction { marks.end() }
    Operation.begin()
    return true
  }

  @inline(never) private static func lockUnlock(_ marks: inout Marks) -> Bool {
    var lock = PaddedWord()
    let address = UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &lock) { $0 }).assumingMemoryBound(to: Lock.self)
    marks.begin()
    Lock.acquire(address)
    Lock.release(address)
    marks.end()
    return true
  }
}

// Out of line, and with a size that the compiler does not know.
@inline(never) private func allocateBlock(_ bytes: UInt) -> UnsafeMutableRawPointer? { KernelHeap.allocate(bytes) }
@inline(never) private func freeBlock(_ block: UnsafeMutableRawPointer) { KernelHeap.free(block) }
@inline(never) private func freeBlockUnchecked(_ block: UnsafeMutableRawPointer) {
  KernelHeap.free(block, checkingHome: false)
}
