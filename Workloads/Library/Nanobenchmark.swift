/// An operation that each of some threads does on objects of its own, as in the paper's Figure 8. One value
/// belongs to one thread.
public protocol Nanobenchmark {
  /// Makes what the thread needs, on its processor.
  init(thread n: Int)
  /// What is not measured, before each `measured`.
  mutating func prepare()
  /// Does the operation `Self.batch` times.
  mutating func measured()
  static var batch: Int { get }
}

extension Nanobenchmark {
  public mutating func prepare() {}

  /// The program: rows `processors mean_cycles min_cycles max_cycles` over the threads' means. `--processors
  /// N` prints one row, `--sweep` (and nothing) one for each number of processors of the paper's figures,
  /// `--operations N` says how many each thread measures. With `--misses`, rows `processors true_sharing
  /// false_sharing upgrades` instead: the misses that sharing causes, in a thousand operations.
  public static func main() {
    let operations = Program.option("--operations", default: 2000, in: 1...100_000_000)
    let only = Program.option("--processors", default: 0, in: 0...Processors.count)
    _ = Program.flag("--sweep")
    let isCountingMisses = Program.flag("--misses")
    Program.noMoreArguments()
    printLine(
      isCountingMisses
        ? "# processors true_sharing false_sharing upgrades" : "# processors mean_cycles min_cycles max_cycles")
    for size in [1, 2, 4, 8, 12, 16, 24, 32, 48, 64] where only == 0 && size <= Processors.count {
      row(size, operations, isCountingMisses)
    }
    if only != 0 { row(only, operations, isCountingMisses) }
  }

  private static func row(_ processors: Int, _ operations: Int, _ isCountingMisses: Bool) {
    let batches = max(1, operations / batch)
    let results = Lines(count: processors, processor: 0)
    let barrier = Barrier(participants: processors)
    Processors.run(on: processors) { n in
      let monitor = Monitor()
      var own = Self(thread: n)
      // Into steady state: code, data, translations and free lists are where they stay.
      var cycles: UInt64 = 0
      let misses = results[n] + 1
      for part in 0..<batches + batches / 4 + 4 {
        if part == batches / 4 + 4 {
          cycles = 0
          barrier.wait()
          for i in 0..<missCounters.count { misses[i] = monitor.counter(missCounters[i]) }
        }
        own.prepare()
        cycles &+= sample(&own, monitor)
      }
      for i in 0..<missCounters.count { misses[i] = monitor.counter(missCounters[i]) &- misses[i] }
      results[n].pointee = cycles
      // Nobody stops while others measure.
      barrier.wait()
    }
    var least = UInt64.max
    var most: UInt64 = 0
    var sum: UInt64 = 0
    for n in 0..<processors {
      let cycles = results[n].pointee
      least = min(least, cycles)
      most = max(most, cycles)
      sum &+= cycles
    }
    let each = UInt64(batches * batch)
    if isCountingMisses {
      var misses: [UInt64] = [0, 0, 0]
      for n in 0..<processors { for i in 0..<misses.count { misses[i] &+= results[n][1 + i] &* 1000 } }
      let all = each * UInt64(processors)
      return printLine("\(processors) \(misses[0], per: all) \(misses[1], per: all) \(misses[2], per: all)")
    }
    printLine("\(processors) \(sum, per: each * UInt64(processors)) \(least, per: each) \(most, per: each)")
  }

  @inline(never) private static func sample(_ own: inout Self, _ monitor: Monitor) -> UInt64 {
    let start = monitor.cycles
    own.measured()
    return monitor.cycles(since: start)
  }
}

/// In docs/counters.md: misses_true_sharing, misses_false_sharing, upgrades (a test compares).
private let missCounters = [18, 19, 12]
