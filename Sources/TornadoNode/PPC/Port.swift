// Ports: where a server takes protected procedure calls (paper, Section 6.1). A port is a clustered object
// with a representative on every processor on which it was called: "state information about a PPC endpoint,
// including a cache of ready threads, is maintained on a per-processor basis".
//
// What callers know a port by is a number that is never used again: bits 15:0 its place in the translation
// table, above them how many ports the processor that made it had made before. The common case (`ppc.S`)
// finds the representative by the former and compares all of it.

import CMachine

/// The interface of the clustered object.
open class Port {
  init() {}
  /// Makes a worker for the own processor, or sees to it that those there are can run. 0, or an error number.
  open func provideWorker() -> Int { abstract() }
  /// The worker that `provideWorker` has provided, with its stack if that is mapped for the call. It is in no
  /// list any more.
  open func takeWorker() -> ThreadPointer? { abstract() }
}

/// A port on one processor. Its kinds are its direct subclasses, by which assembly tells a port from any other
/// object: whatever they are, they have this state, in which the common case of a call finds all it needs.
class PortRepresentative: Port {
  /// First, for assembly knows where.
  final var words = PortWords()
  final let shared: PortMissHandler
  /// All workers of this port on this processor, linked by `nextWorker`: idle, serving, or on their way out.
  final var workers: ThreadPointer?
  final var workerCount: UInt = 0
  /// The next port that has a representative on this processor.
  final var next: PortRepresentative?

  init(_ shared: PortMissHandler) {
    self.shared = shared
    super.init()
    words.id = shared.id
    words.callers = shared.callers
  }

  override func provideWorker() -> Int { Workers.provide(self) }
  override func takeWorker() -> ThreadPointer? { Workers.takeIdle(self) }
}

/// A port whose workers have a stack each.
private final class SimplePort: PortRepresentative {}

/// A port whose workers get one of the processor's few stacks for the time of a call.
private final class MappedStackPort: PortRepresentative {
  override init(_ shared: PortMissHandler) {
    super.init(shared)
    words.mapsStacks = 1
  }

  override func provideWorker() -> Int {
    let failure = super.provideWorker()
    return failure != 0 || local.pointee.stacks != 0 ? failure : Workers.addStack()
  }

  override func takeWorker() -> ThreadPointer? {
    guard local.pointee.stacks != 0, let worker = super.takeWorker() else { return nil }
    Workers.mapStack(worker)
    return worker
  }
}

/// What a port is everywhere: whose, and where a call of it begins.
final class PortMissHandler: MissHandler {
  enum Kind {
    case simple
    case mappedStack
  }

  fileprivate(set) var id: UInt = 0
  let process: ProcessMissHandler
  let entry: Address
  private let kind: Kind
  /// Where a worker goes after a fault, to tidy up (0: nowhere).
  let faultEntry: Address
  /// The job that may call it: the process's own, or 0 for every job.
  let callers: UInt
  /// The next one in the directory's part.
  var next: PortMissHandler?
  /// The next one of the process.
  var nextOfProcess: PortMissHandler?

  init(_ process: ProcessMissHandler, entry: Address, kind: Kind, faultEntry: Address, callers: UInt) {
    self.callers = callers
    self.faultEntry = faultEntry
    self.process = process
    self.entry = entry
    self.kind = kind
    super.init()
  }

  func admits(job: UInt) -> Bool { callers == 0 || callers == job }

  static let slotMask: UInt = 0xFFFF
  var reference: Reference<Port> { Reference(slot: slot) }

  /// Its representative on the own processor, if there is one.
  fileprivate var known: PortRepresentative? {
    var port = processor.pointee.calls.ports
    while let p = port, p.shared !== self { port = p.next }
    return port
  }

  override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer {
    // A page of the table was given up: the representative is there, with its workers.
    if let known { return Unmanaged.passUnretained(known).toOpaque() }
    // The port's representative goes with that of the process, so there has to be one.
    _ = process.reference.call { $0.hat() }
    let representative: PortRepresentative =
      switch kind {
      case .simple: SimplePort(self)
      case .mappedStack: MappedStackPort(self)
      }
    let pointer = Unmanaged.passRetained(representative).toOpaque()
    local.pointee.portClass = fixed(pointer.word(0).pointee, as: UInt.self).pointee
    representative.next = processor.pointee.calls.ports
    processor.pointee.calls.ports = representative
    return pointer
  }
}

/// What a processor has to do with calls.
struct ProcessorCalls {
  /// The ports that have a representative here.
  var ports: PortRepresentative?
  /// Ports made here.
  var portsMade: UInt = 0
  /// Frames for workers' stacks that exist, idle and in use.
  var stacks: UInt = 0
  /// The processors (bit set) whose lines have calls that have come, and that are being served.
  var arrived: UInt = 0
  var serving: UInt = 0
  /// Threads of this processor that sleep until another processor has served their call.
  var sleepers: ThreadPointer?
}

/// Where a port is found that has no representative on the processor yet. A part for each processor that
/// makes ports, with a lock of its own: nobody comes here after the first call.
enum PortDirectory {
  struct Part {
    var lock: SpinLock
    var first: PortMissHandler?
  }

  /// Makes sure that the own processor can have representatives of the port, and of its process. False when
  /// there is no memory for them.
  static func canRepresent(_ port: PortMissHandler) -> Bool { port.known != nil || dramManager.call { $0.secure() } }

  static func part(of slot: UInt) -> UnsafeMutablePointer<Part> {
    withUnsafeMutablePointer(to: &portDirectory) {
      (UnsafeMutableRawPointer($0) + Int(bitPattern: Objects.owner(of: slot) &* lineBytes)).assumingMemoryBound(
        to: Part.self)
    }
  }

  static func add(_ port: PortMissHandler) {
    let part = part(of: port.slot)
    SpinLock.acquire(&part.pointee.lock)
    port.next = part.pointee.first
    part.pointee.first = port
    SpinLock.release(&part.pointee.lock)
  }

  static func remove(_ port: PortMissHandler) {
    let part = part(of: port.slot)
    SpinLock.acquire(&part.pointee.lock)
    if part.pointee.first === port {
      part.pointee.first = port.next
    } else {
      var before = part.pointee.first
      while let b = before, b.next !== port { before = b.next }
      before?.next = port.next
    }
    SpinLock.release(&part.pointee.lock)
  }

  /// The port with this number, and its process held (`ProcessMissHandler.hold`) so that neither goes before
  /// `release`. Nil if there is none that the job may call, or its process has nothing on this processor:
  /// what is every job's may have fewer processors than who calls it.
  static func hold(_ id: UInt, job: UInt) -> PortMissHandler? {
    let slot = id & PortMissHandler.slotMask
    if Objects.owner(of: slot) >= local.pointee.processors { return nil }
    let part = part(of: slot)
    SpinLock.acquire(&part.pointee.lock)
    var port = part.pointee.first
    while let p = port, p.id != id { port = p.next }
    if let p = port, !p.admits(job: job) || p.process.processors <= local.pointee.number || !p.process.hold() {
      port = nil
    }
    SpinLock.release(&part.pointee.lock)
    return port
  }
}

/// 64 parts, a line each: zeros are a free lock and an empty list.
private var portDirectory: InlineArray<1024, UInt> = InlineArray(repeating: 0)

enum Ports {
  static let ofProcessAtMost: UInt = 16

  /// A new port of a process, for its own job's calls or for `everyone`'s. Its number, or a negative error.
  static func make(
    _ kind: PortMissHandler.Kind, for process: ProcessMissHandler, entry: Address, faultEntry: Address, everyone: Bool
  ) -> Int {
    if (entry | faultEntry) & 3 != 0 || entry >= PageTable.end || faultEntry >= PageTable.end { return -Errno.invalid }
    // An object of the kernel does not tell when it has no memory.
    if !KernelHeap.prepare(lineBytes) { return -Errno.noMemory }
    if atomic_add(process.line(.ports), 1) > ofProcessAtMost {
      _ = atomic_add(process.line(.ports), ~0)
      return -Errno.again
    }
    let port = PortMissHandler(
      process, entry: entry, kind: kind, faultEntry: faultEntry, callers: everyone ? 0 : process.job)
    let slot = GlobalTable.addHandler(port, ObjectState.exists)
    if slot == 0 {
      _ = atomic_add(process.line(.ports), ~0)
      destroy(port)
      return -Errno.noMemory
    }
    processor.pointee.calls.portsMade &+= 1
    let id = processor.pointee.calls.portsMade << 16 | slot
    port.id = id
    process.lockRegions()
    port.nextOfProcess = process.ports
    process.ports = port
    process.unlockRegions()
    PortDirectory.add(port)
    return Int(bitPattern: id)
  }

  /// From now on no processor finds a port of the process that has not yet. No thread of it exists.
  static func removeFromDirectory(_ process: ProcessMissHandler) {
    var port = process.ports
    while let p = port {
      PortDirectory.remove(p)
      port = p.nextOfProcess
    }
  }

  /// The representatives of a process's ports on the own processor go. No worker of them exists.
  static func retire(_ process: ProcessMissHandler) {
    var before: PortRepresentative?
    var port = processor.pointee.calls.ports
    while let p = port {
      let next = p.next
      if p.shared.process === process {
        if p.workers != nil { panic("a port goes and has workers", p.words.id) }
        if let before { before.next = next } else { processor.pointee.calls.ports = next }
        TranslationTable.clear(p.shared.slot)
        destroy(p)
      } else {
        before = p
      }
      port = next
    }
  }

  /// The ports themselves go. No representative of them exists.
  static func destroyAll(_ process: ProcessMissHandler) {
    while let port = process.ports {
      process.ports = port.nextOfProcess
      // Who had found it held the process meanwhile.
      Existence.destroy(port, heldBy: 1 << local.pointee.number)
    }
  }
}
