/// The machine's own counters, as the calling processor sees them. To measure something:
///
///     let monitor = Monitor()
///     let start = monitor.cycles
///     something()
///     let cycles = monitor.cycles(since: start)
public struct Monitor {
  private let page: UnsafePointer<UInt64>
  /// Whether the machine has a monitor. QEMU has none: everything reads as 0 there, and `tornado_cycles`
  /// tells the time.
  public let isPresent: Bool
  /// The cycles that two readings of `cycles` one after the other lie apart: the smallest of a few, for at
  /// first the code comes into the cache.
  public private(set) var readingCost = UInt64.max

  public init() {
    // No test and no jump where the page is read: they would be part of what is measured.
    isPresent = tornado_program.monitor_page != nil
    page = tornado_program.monitor_page ?? tornado_no_monitor()
    for _ in 0..<4 {
      let start = cycles
      let end = cycles
      readingCost = min(readingCost, end &- start)
    }
  }

  /// Processor cycles since reset. Costs one uncached load.
  @inline(__always) public var cycles: UInt64 { tornado_load(page) }
  /// Instructions that the calling processor has executed since reset.
  @inline(__always) public var instructions: UInt64 { tornado_load(page + 1) }

  /// Any counter of the calling processor, by its index in docs/counters.md.
  @inline(__always) public func counter(_ index: Int) -> UInt64 { tornado_load(page + index) }

  /// The cycles since `start` without those that reading them takes.
  @inline(__always) public func cycles(since start: UInt64) -> UInt64 {
    let spent = cycles &- start
    return spent > readingCost ? spent &- readingCost : 0
  }
}

/// Passes about this many cycles without touching memory.
@inline(__always) public func delay(cycles: Int) { tornado_delay(UInt64(truncatingIfNeeded: max(0, cycles))) }
