// What all representatives of a process share, and the process's miss handler, which makes the
// representatives.

import CMachine

final class ProcessMissHandler: Clustered {
  let job: UInt
  let processors: UInt
  /// Its address space.
  private(set) var hat = Reference<HAT>(raw: 0)
  /// What it is called in messages: `nameBytes` bytes, no zero at the end.
  let name: UnsafeMutableRawPointer
  let nameBytes: UInt
  /// The heap that `brk` moves the end of begins here.
  var breakStart: Address = 0
  var breakEnd: Address = 0
  /// The other processes of the job: of a job's first process the list, under its `familyLock`; of another
  /// one the first and the next.
  let first: ProcessMissHandler?
  var children: ProcessMissHandler?
  var nextChild: ProcessMissHandler?
  /// No process can join the job any more.
  var isFamilyClosed = false
  /// Of a job's first process: it has been said that the job waits for ever.
  var hasToldDeadlock = false
  /// Under `regionLock`.
  var regions = RegionList()
  /// Its ports; added under `regionLock`.
  var ports: PortMissHandler?
  /// A block of lines, each with a word that is written often: see `Line`.
  let lines: UnsafeMutableRawPointer
  /// Threads that wait for words.
  let waiters: FutexTable
  var reference: Reference<Process>

  /// Words that several processors write, each in a line of its own.
  enum Line: UInt {
    /// Lock of the region list; in the next word, how many objects belong to its memory (`ProcessPart`).
    case regionLock
    /// What keeps the process: processors on which it has threads, threads on their way to another processor,
    /// workers, and holds. In the next word, the exit status of the thread that ended last.
    case threads
    /// Numbers of threads that have been given out.
    case threadNumbers
    /// 0, or 2³² + the exit status: the program is ending.
    case ending
    /// Lock of a job's list of processes, and how many of them there are, the first included.
    case familyLock
    case family
    /// What the job has as its name server (0: none).
    case nameServer
    /// Ports ever made.
    case ports
    /// Frames taken for it less frames freed, but for those that representatives count for themselves.
    case frames
    /// Lock of the end of the heap.
    case breakLock
    /// The objects that belong to its memory, and itself as long as it has not been dissolved.
    case parts
    case end
  }
  static let namesAtMost: UInt = 48

  /// Nil when there is no memory.
  static func make(
    job: UInt, processors: UInt, name: UnsafeRawPointer, nameBytes: UInt, first: ProcessMissHandler? = nil
  )
    -> ProcessMissHandler?
  {
    let bytes = Line.end.rawValue &* lineBytes
    let lines = KernelHeap.allocate(bytes)
    let waiters = FutexTable.make()
    let copy = KernelHeap.allocate(namesAtMost)
    guard let lines, let waiters, let copy, KernelHeap.prepare(Objects.processors &* 8) else {
      if let lines { KernelHeap.free(lines) }
      if let waiters { waiters.free() }
      if let copy { KernelHeap.free(copy) }
      return nil
    }
    lines.initializeMemory(as: UInt8.self, repeating: 0, count: Int(bitPattern: bytes))
    let length = nameBytes < namesAtMost ? nameBytes : namesAtMost
    _ = memcpy(copy, name, length)
    let shared = ProcessMissHandler(
      job: job, processors: processors, name: copy, nameBytes: length, lines: lines, waiters: waiters,
      first: first)
    atomic_store(shared.line(.family), 1)
    guard let reference = GlobalTable.add(shared, as: Process.self) else {
      shared.giveBack()
      TornadoNode.destroy(shared)
      return nil
    }
    shared.reference = reference
    shared.addPart()
    guard let hat = HAT.make(for: shared) else {
      shared.dissolve()
      return nil
    }
    shared.hat = hat
    return shared
  }

  private init(
    job: UInt, processors: UInt, name: UnsafeMutableRawPointer, nameBytes: UInt, lines: UnsafeMutableRawPointer,
    waiters: FutexTable, first: ProcessMissHandler?
  ) {
    self.waiters = waiters
    self.first = first
    self.job = job
    self.processors = processors
    self.name = name
    self.nameBytes = nameBytes
    self.lines = lines
    reference = Reference(raw: 0)
    super.init(.perProcessor)
  }

  @inline(__always) func line(_ line: Line) -> UnsafeMutableRawPointer {
    lines + Int(bitPattern: line.rawValue &* lineBytes)
  }
  @inline(__always) func lockRegions() { Lock.acquire(line(.regionLock).assumingMemoryBound(to: Lock.self)) }
  @inline(__always) func unlockRegions() { Lock.release(line(.regionLock).assumingMemoryBound(to: Lock.self)) }

  /// A representative for the processor that asks.
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(ProcessRepresentative(self)).toOpaque()
  }

  /// Keeps a process from being taken down, as a thread does. False if it is being taken down already.
  func hold() -> Bool {
    var threads = atomic_load(line(.threads))
    while threads != 0 {
      let seen = atomic_compare_exchange(line(.threads), threads, threads &+ 1)
      if seen == threads { return true }
      threads = seen
    }
    return false
  }

  /// Ends a `hold`. If there is nothing left to keep the process, it goes.
  func release() {
    if atomic_add(line(.threads), ~0) == 0 {
      let active = local.pointee.activeProcess
      end()
      AddressSpaces.activate(active)
    }
  }

  /// A thread leaves. What it says is the program's exit status, if it is the last one and nobody has ended
  /// the program; also when something held the process a little longer than its threads did.
  func note(leavingStatus status: UInt) { atomic_store(line(.threads) + 8, status & 0xFF) }

  var isEnding: Bool { atomic_load(line(.ending)) != 0 }

  /// From now on no thread of it goes back to user mode. The first caller's status counts. Threads notice by
  /// themselves, wherever they are: in user mode by an interrupt, waiting by being woken, ready to run when
  /// their turn comes.
  func beginEnding(status: UInt) {
    if atomic_compare_exchange(line(.ending), 0, 1 << 32 | status & 0xFF) != 0 { return }
    waiters.forEach { FutexBucket.wakeAll($0) }
    local.pointee.attention = 1
    Completion.releaseEnding()
    Mailbox.poke(all: users, Mailbox.poke | Mailbox.ending)
  }

  // ---- The process's own end (paper, Section 5.3)

  /// It counts among the processes of its job (JobFamily.swift).
  var isInFamily = false
  /// The exit status to be reported once nothing of it is left; nil where nobody waits for it.
  var finalStatus: UInt?

  /// Nothing of a process without threads is left once no operation has a reference any more. Called on the
  /// processor of the last thread, on that thread's kernel stack.
  func end() {
    AddressSpaces.deactivate()
    Ports.removeFromDirectory(self)
    if let first { first.childEnds(self) } else { firstEnds() }
  }

  /// Its memory goes first, and with the last of that the process.
  func dissolve() {
    MappingPointer.dispose(regions.removeAll())
    if hat.raw != 0 { Existence.destroy(hat, heldBy: users) }
    removePart()
  }

  func addPart() { _ = atomic_add(line(.parts), 1) }

  /// Who might have found the process in a list has it from processor 0's list of jobs, or from the job's
  /// family, within its lock.
  func removePart() { if atomic_add(line(.parts), ~0) == 0 { Existence.destroy(self, heldBy: 1) } }

  /// Frames were taken for it (or, as a negative number, freed) on this processor, whose representative counts
  /// them as long as there is one: no other processor touches that.
  func count(frames: UInt) {
    if let own = existing(local.pointee.number) {
      Unmanaged<ProcessMemory>.fromOpaque(own)._withUnsafeGuaranteedRef { $0.frames &+= frames }
    } else {
      countShared(frames: frames)
    }
  }

  func countShared(frames: UInt) { _ = atomic_add(line(.frames), frames) }

  /// On each processor that has a representative.
  override func leave() {
    if let own = existing(local.pointee.number) {
      Unmanaged<ProcessRepresentative>.fromOpaque(own)._withUnsafeGuaranteedRef { $0.retire() }
    }
    super.leave()
  }

  override func destroyed() {
    Ports.destroyAll(self)
    let held = atomic_load(line(.frames))
    if held != 0 { panic("a program's memory was not returned: frames held, less freed", held) }
    giveBack()
    if isInFamily { first?.leaveFamily() }
    if let finalStatus { HostEvent.ended.send(job: job, value: finalStatus) }
  }

  private func giveBack() {
    KernelHeap.free(name)
    KernelHeap.free(lines)
    waiters.free()
    super.destroyed()
  }
}
