/// The machine's own counters, as the calling processor sees them. To measure something:
///
///     let monitor = Monitor()
///     let start = monitor.cycles
///     something()
///     let cycles = monitor.cycles(since: start)
public struct Monitor {
  private let page: UnsafePointer<UInt64>?
  /// The cycles that two readings of `cycles` one after the other lie apart: the smallest of a few, for at first the
  /// code comes into the cache.
  public private(set) var readingCost = UInt64.max

  public init() {
    page = tornado_program.monitor_page
    for _ in 0..<4 {
      let start = cycles
      let end = cycles
      readingCost = min(readingCost, end &- start)
    }
  }

  /// Processor cycles since reset. Costs one uncached load.
  @inline(__always) public var cycles: UInt64 { page.map { tornado_load($0) } ?? tornado_clock_cycles() }
  /// Instructions that the calling processor has executed since reset; 0 on a machine without a monitor.
  @inline(__always) public var instructions: UInt64 { page.map { tornado_load($0 + 1) } ?? 0 }

  /// The cycles since `start` without those that reading them takes; 0 where the clock is too coarse to tell (QEMU).
  @inline(__always) public func cycles(since start: UInt64) -> UInt64 {
    let spent = cycles &- start
    return spent > readingCost ? spent &- readingCost : 0
  }
}

/// Passes about this many cycles without touching memory.
@inline(__always) public func delay(cycles: Int) { tornado_delay(UInt64(truncatingIfNeeded: max(0, cycles))) }
