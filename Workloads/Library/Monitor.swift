/// The machine's own counters, as the calling processor sees them.
public struct Monitor {
  private let page: UnsafePointer<UInt64>?

  public init() { page = tornado_program.monitor_page }

  /// Processor cycles since reset. Costs one uncached load.
  @inline(__always) public var cycles: UInt64 { page.map { tornado_load($0) } ?? tornado_clock_cycles() }
  /// Instructions that the calling processor has executed since reset; 0 on a machine without a monitor.
  @inline(__always) public var instructions: UInt64 { page.map { tornado_load($0 + 1) } ?? 0 }

  /// The cycles that two readings of `cycles` one after the other lie apart: what to take off a measurement. The
  /// smallest of a few, after the code has come into the cache.
  public var readingCost: UInt64 {
    var smallest = UInt64.max
    for _ in 0..<8 {
      let start = cycles
      let end = cycles
      smallest = min(smallest, end &- start)
    }
    return smallest
  }
}

/// Passes about this many cycles without touching memory.
@inline(__always) public func delay(cycles: Int) { tornado_delay(UInt64(truncatingIfNeeded: max(0, cycles))) }
