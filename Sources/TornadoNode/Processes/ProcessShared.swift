// What all representatives of a process share, and the process's miss handler, which makes the representatives.

import CMachine

final class ProcessShared: MissHandler {
  let job: UInt
  let processors: UInt
  let pageTable: PageTable
  /// What it is called in messages: `nameBytes` bytes, no zero at the end.
  let name: UnsafeMutableRawPointer
  let nameBytes: UInt
  /// The heap that `brk` moves the end of begins here.
  var breakStart: Address = 0
  var breakEnd: Address = 0
  /// Under `regionLock`.
  var regions = RegionList()
  /// A block of lines, each with a word that is written often: see `Line`.
  let lines: UnsafeMutableRawPointer
  var reference: Reference<Process>

  /// Words that several processors write, each in a line of its own.
  enum Line: UInt {
    /// Lock of the region list.
    case regionLock
    /// Threads that have not ended.
    case threads
    /// Threads ever made.
    case threadNumbers
    /// Bit set of the processors that have a representative.
    case present
    /// 0, or 2³² + the exit status: the program is ending.
    case ending
    /// Frames taken for it less frames freed, over the representatives that have retired.
    case frames
    /// The first of the futex buckets: lock, first waiter, last waiter.
    case firstBucket
  }
  static let buckets: UInt = 8
  static let namesAtMost: UInt = 48

  /// Nil when there is no memory.
  static func make(job: UInt, processors: UInt, name: UnsafeRawPointer, nameBytes: UInt) -> ProcessShared? {
    let bytes = (Line.firstBucket.rawValue &+ buckets) &* lineBytes
    guard let lines = KernelHeap.allocate(bytes) else { return nil }
    guard let copy = KernelHeap.allocate(namesAtMost) else {
      KernelHeap.free(lines)
      return nil
    }
    guard let pageTable = PageTable() else {
      KernelHeap.free(lines)
      KernelHeap.free(copy)
      return nil
    }
    lines.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: bytes))
    let length = nameBytes < namesAtMost ? nameBytes : namesAtMost
    _ = memcpy(copy, name, length)
    let shared = ProcessShared(job: job, processors: processors, pageTable: pageTable, name: copy, nameBytes: length, lines: lines)
    guard let reference = GlobalTable.add(shared, as: Process.self) else {
      _ = pageTable.destroy()
      KernelHeap.free(lines)
      KernelHeap.free(copy)
      TornadoNode.destroy(shared)
      return nil
    }
    shared.reference = reference
    return shared
  }

  private init(job: UInt, processors: UInt, pageTable: PageTable, name: UnsafeMutableRawPointer, nameBytes: UInt, lines: UnsafeMutableRawPointer) {
    self.job = job
    self.processors = processors
    self.pageTable = pageTable
    self.name = name
    self.nameBytes = nameBytes
    self.lines = lines
    reference = Reference(raw: 0)
    super.init()
  }

  @inline(__always) func line(_ line: Line) -> UnsafeMutableRawPointer { lines + Int(bitPattern: line.rawValue &* lineBytes) }
  @inline(__always) func bucket(_ address: Address) -> UnsafeMutablePointer<FutexBucket> {
    bucket(number: address >> 3 & (ProcessShared.buckets &- 1))
  }
  @inline(__always) func bucket(number: UInt) -> UnsafeMutablePointer<FutexBucket> {
    (lines + Int(bitPattern: (Line.firstBucket.rawValue &+ number) &* lineBytes)).assumingMemoryBound(to: FutexBucket.self)
  }

  @inline(__always) func lockRegions() { SpinLock.acquireAnswering(line(.regionLock).assumingMemoryBound(to: SpinLock.self)) }
  @inline(__always) func unlockRegions() { SpinLock.release(line(.regionLock).assumingMemoryBound(to: SpinLock.self)) }

  /// A representative for the processor that asks.
  override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer {
    let representative = Unmanaged.passRetained(ProcessRepresentative(self)).toOpaque()
    _ = atomic_or(line(.present), 1 << local.pointee.number)
    return representative
  }

  var isEnding: Bool { atomic_load(line(.ending)) != 0 }

  /// From now on no thread of it goes back to user mode. The first caller's status counts. Threads notice by themselves, wherever they are: in user mode by
  /// an interrupt, waiting by being woken, ready to run when their turn comes.
  func beginEnding(status: UInt) {
    if atomic_compare_exchange(line(.ending), 0, 1 << 32 | status & 0xFF) != 0 { return }
    var number: UInt = 0
    while number < ProcessShared.buckets {
      FutexBucket.wakeAll(bucket(number: number))
      number &+= 1
    }
    local.pointee.attention = 1
    Mailbox.poke(all: atomic_load(line(.present)))
  }

  /// All that is left of a process without threads goes, and the host is told. Called on the processor of the last thread, on that thread's kernel
  /// stack.
  func end(status: UInt) {
    AddressSpaces.deactivate()
    Jobs.remove(self)
    let job = self.job
    dissolve()
    HostEvent.ended.send(job: job, value: status)
  }

  /// Representatives, address space, regions, the object itself. No thread of it exists.
  func dissolve() {
    let present = atomic_load(line(.present))
    if present & 1 << local.pointee.number != 0 { reference.call { $0.retire() } }
    Mailbox.ask(present, .retire, reference.raw)
    regions.removeAll()
    let held = atomic_load(line(.frames))
    let freed = pageTable.destroy()
    if held != freed { panic("a program's memory was not returned: frames held, less freed", held &- freed) }
    KernelHeap.free(name)
    KernelHeap.free(lines)
    let slot = reference.slot
    let owner = GlobalTable.owner(of: slot)
    if owner == local.pointee.number { GlobalTable.remove(slot) } else { Mailbox.ask(1 << owner, .release, reference.raw) }
    TornadoNode.destroy(self)
    SoftwareCounter.objectsDestroyed.add()
  }
}
