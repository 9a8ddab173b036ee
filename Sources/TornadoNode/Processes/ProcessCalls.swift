// What a process needs on one processor to be called: ports, and addresses for the workers that serve them.

import CMachine

class ProcessCalls: ProcessThreads {
  /// Which workers' pairs of pages are in use.
  private final var workerPages: (UInt, UInt) = (0, 0)

  final override func makePort(entry: Address, mapsStacks: Bool, faultEntry: Address, everyone: Bool) -> Int {
    Ports.make(
      mapsStacks ? .mappedStack : .simple, for: shared, entry: entry, faultEntry: faultEntry, everyone: everyone)
  }

  final override func workerGone() { _ = atomic_add(shared.line(.threads), ~0) }
  final override func report(_ fault: ProgramFault) { describe(fault, "a call failed with ") }

  final override func takeWorkerPages() -> Address {
    let first = (~workerPages.0).trailingZeroBitCount
    let second = (~workerPages.1).trailingZeroBitCount
    if first < 64 {
      workerPages.0 |= 1 << UInt(bitPattern: first)
      return UInt(TORNADO_WORKER_PAGES) &+ UInt(bitPattern: first) << UInt(TORNADO_WORKER_PAGES_SHIFT)
    }
    if second < 64 {
      workerPages.1 |= 1 << UInt(bitPattern: second)
      return UInt(TORNADO_WORKER_PAGES) &+ (64 &+ UInt(bitPattern: second)) << UInt(TORNADO_WORKER_PAGES_SHIFT)
    }
    return 0
  }

  final override func giveWorkerPages(_ pair: Address) {
    let number = (pair &- UInt(TORNADO_WORKER_PAGES)) >> UInt(TORNADO_WORKER_PAGES_SHIFT)
    if number < 64 { workerPages.0 &= ~(1 << number) } else { workerPages.1 &= ~(1 << (number & 63)) }
  }
}
