// The own processor and its neighbours. What belongs to one processor alone lies in two pages of its own
// station's memory, which each processor finds at the same virtual address (paper, Section 3.3: the idea of
// the translation tables, here for the kernel's lowest layer).

import CMachine

/// What the own processor's assembly paths need.
@inline(__always) var local: UnsafeMutablePointer<ProcessorLocal> {
  fixed(UInt(bitPattern: Int(LOCAL_BASE)), as: ProcessorLocal.self)
}

/// The rest of what only the own processor uses.
struct ProcessorState {
  /// The kernel touched memory of the current thread's program that was not there, and is getting it.
  var isMending = false
  /// The DRAM manager's representative.
  var dramManager: UnsafeMutableRawPointer?
  var heap = KernelHeap()
  var addressSpaces = AddressSpaceIdentifiers()
  var calls = ProcessorCalls()
  /// Objects that were made here for programs, and exist (`ProcessPart`, `Thread`).
  var programObjects: UInt = 0
  var failing = FailingRequests()
}

@inline(__always) var processor: UnsafeMutablePointer<ProcessorState> {
  fixed(UInt(bitPattern: Int(LOCAL_BASE)) &+ UInt(LOCAL_STATE_OFFSET), as: ProcessorState.self)
}

extension ProcessorLocal {
  /// Processors of the whole machine.
  @inline(__always) var processors: UInt { stations &* processorsPerStation }

  @inline(__always) func station(of number: UInt) -> UInt { (number &* stationFactor) >> 16 }
}

/// The pages of each processor's own, by their physical addresses.
enum ProcessorPages {
  @inline(__always) static func page(_ page: Int32, of number: UInt) -> UnsafeMutableRawPointer {
    let station = local.pointee.station(of: number)
    return self.page(page, station: station, index: number &- station &* local.pointee.processorsPerStation)
  }
  @inline(__always) static func page(_ page: Int32, station: UInt, index: UInt) -> UnsafeMutableRawPointer {
    PhysicalAddress(
      station: station, offset: UInt(LOCAL_PAGES_OFFSET) &+ index << UInt(LOCAL_PAGES_SHIFT) &+ UInt(page) << pageShift
    ).pointer
  }
}

/// What another processor may write of a processor: its public page, by its physical address.
struct PublicPage {
  let base: UnsafeMutableRawPointer

  init(of number: UInt) {
    base = ProcessorPages.page(1, of: number)
  }

  /// The own one, at the address where it is mapped.
  static var own: PublicPage {
    PublicPage(base: UnsafeMutableRawPointer(bitPattern: Int(PUBLIC_BASE)).unsafelyUnwrapped)
  }
  private init(base: UnsafeMutableRawPointer) { self.base = base }

  /// Head of the list of threads that others have made ready for this processor.
  @inline(__always) var incoming: UnsafeMutableRawPointer { base + Int(PUBLIC_INCOMING) }
  /// Head of the list of strictly local blocks that others have freed (`StationHeap`).
  @inline(__always) var returned: UnsafeMutableRawPointer { base + Int(PUBLIC_RETURNED) }
  @inline(__always) func mailboxLine(from sender: UInt) -> UnsafeMutablePointer<MailboxLine> {
    (base + Int(PUBLIC_MAILBOX) + Int(bitPattern: sender &* lineBytes)).assumingMemoryBound(to: MailboxLine.self)
  }
  @inline(__always) var objects: UnsafeMutableRawPointer { base + Int(PUBLIC_OBJECTS) }
  /// List of calls from other processors.
  @inline(__always) var calls: UnsafeMutableRawPointer { base + Int(PUBLIC_CALLS) }
  /// Where output collects on its way to the host port.
  @inline(__always) var output: UnsafeMutableRawPointer { base + Int(PUBLIC_OUTPUT) }
}
