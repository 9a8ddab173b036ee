// What tests ask of the kernel by the system call `measure`, and no other program may: it would harm
// everybody.
// Only the kernel that is compiled with TEST_KERNEL has it (`TestImages`).

#if TEST_KERNEL
  import CMachine

  /// The lock that all want, and in the word behind it its holder.
  private var contended = PaddedWord()

  enum TestOperation: UInt {
    /// Takes a lock that all who do this take, for some 2000 cycles, and panics if it is not alone then.
    case contendedLock = 8
    /// A block of the heap that changes hands; the end of that; and how many frames are free.
    case exchangedBlock = 9
    case noExchangedBlocks = 10
    case freeFrames = 11
    /// Whether the own processor's heap watches what has been freed.
    case watchHeap = 12
    case watchHeapNoMore = 13
    /// From the `times`-th request on the own processor is refused memory; that ends, and how many were
    /// refused; the blocks of the kernel's heap that are in use.
    case memoryFails = 14
    case memoryFailsNoMore = 15
    case liveBlocks = 16
    /// How many pages the own processor's translation table has.
    case tablePages = 17
    /// Changes the kind of all the process's regions, under fire; how many could be changed.
    case replicatedRegions = 18
    case simpleRegions = 19

    /// What the operation is about, 0 where it is about nothing, or a negative error.
    func carryOut(_ times: UInt) -> Int {
      switch self {
      case .contendedLock: for _ in 0..<times { Self.holdContendedLock() }
      case .exchangedBlock: for _ in 0..<times where !HeapExercise.exchange() { return -Errno.noMemory }
      case .noExchangedBlocks: HeapExercise.finish()
      case .freeFrames: return HeapExercise.freeFrames
      case .watchHeap, .watchHeapNoMore: HeapWatch.set(self == .watchHeap)
      case .memoryFails: FailingMemory.begin(from: times)
      case .memoryFailsNoMore: return FailingMemory.end()
      case .liveBlocks: return Int(bitPattern: KernelHeap.liveBlocks)
      case .tablePages: return TranslationTable.pageCount
      case .replicatedRegions: return currentThread.process.call { $0.changeRegions(to: .replicated) }
      case .simpleRegions: return currentThread.process.call { $0.changeRegions(to: .simple) }
      }
      return 0
    }

    private static func holdContendedLock() {
      let lock = UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &contended) { $0 }).assumingMemoryBound(
        to: Lock.self)
      Lock.acquire(lock)
      let holder = UnsafeMutableRawPointer(lock).word(1)
      holder.pointee = currentThread.word
      pause_processor(500)
      if holder.pointee != currentThread.word { panic("two threads hold one lock", holder.pointee) }
      Lock.release(lock)
    }
  }
#endif
