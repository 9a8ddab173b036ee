// Cycles that an update of a counter costs on 1 to 16 processors, by how the counter is kept (Figure 1).
// [--updates N]
import Tornado

/// A counter as those who use it see it. An update is a call of its method, whichever way the counter is
/// kept.
open class Counter {
  init() {}
  open func update() {}
}

/// A word that everyone updates: by LL/SC.
final class SharedCounter: Counter {
  private let word: SharedWord
  init(_ word: SharedWord) {
    self.word = word
    super.init()
  }
  override func update() { word.add(1) }
}

/// A word of the processor's own.
final class OwnCounter: Counter {
  let word: UnsafeMutablePointer<UInt64>
  init(_ word: UnsafeMutablePointer<UInt64>) {
    self.word = word
    super.init()
  }
  override func update() { tornado_store(word, tornado_load(word) &+ 1) }
}

/// The clustered counter: on each processor, the same reference leads to a representative with a word of its
/// own, made at the first call (Section 3).
final class ClusteredCounter: Clustered {
  init() { super.init(.perProcessor) }
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(OwnCounter(Lines(count: 1)[0])).toOpaque()
  }

  /// The counter's value: the sum over its representatives.
  var value: UInt64 {
    var sum: UInt64 = 0
    forEach(OwnCounter.self) { sum &+= tornado_load($0.word) }
    return sum
  }
}

/// One processor's way to update a counter: what is measured.
protocol Update {
  func callAsFunction()
}

/// Through an object that the processor has at hand.
struct CallUpdate: Update {
  let counter: Unmanaged<Counter>
  init(_ counter: Counter) { self.counter = .passRetained(counter) }
  @inline(__always) func callAsFunction() { counter._withUnsafeGuaranteedRef { $0.update() } }
}

/// Through a reference to a clustered object, the same on all processors.
struct ClusteredUpdate: Update {
  let counter: Reference<Counter>
  @inline(__always) func callAsFunction() { counter.call { $0.update() } }
}

/// None: measuring it shows the cost of measuring.
struct NoUpdate: Update {
  @inline(__always) func callAsFunction() {}
}

/// The cycles of one update after so many cycles of delay, with the cost of measuring. A function of its own,
/// so that the compiler has nothing else to put between the two readings.
@inline(never) func sample<U: Update>(_ update: U, _ monitor: Monitor, delay: UInt64) -> UInt64 {
  let before = monitor.cycles
  tornado_delay(delay)
  update()
  return monitor.cycles &- before
}

/// Updates before the counted ones: they bring code, data and translations to where they stay.
let warmUp = 3
/// Cycles between one processor's update and the next one's: more than an update with its two readings of the
/// clock takes, so that no two ever meet. Those that cannot leave the processor's own cache need less.
let sharedSlot: UInt64 = 1500
let ownSlot: UInt64 = 500

/// What the threads of one run share.
struct Team {
  let processors: Int
  let updates: Int
  let barrier: Barrier
  let start: SharedWord

  init(processors: Int, updates: Int) {
    self.processors = processors
    self.updates = updates
    barrier = Barrier(participants: processors)
    start = SharedWord(at: Lines(count: 1, processor: 0)[0])
  }

  /// The part of the n-th processor: the cycles of its counted updates. The processors take turns by the
  /// clock that they have in common.
  func measure<U: Update>(_ update: U, _ n: Int, _ monitor: Monitor, slot: UInt64) -> UInt64 {
    // What the first update has to make, a representative for one, is there before anyone measures.
    update()
    barrier.wait()
    if n == 0 { start.value = monitor.cycles &+ 5000 }
    barrier.wait()
    var turn = start.value &+ UInt64(n) &* slot
    var sum: UInt64 = 0
    var dither: UInt64 = 0
    for count in 0..<warmUp + updates {
      let now = monitor.cycles
      if now < turn { tornado_delay(turn &- now) }
      let cycles = sample(update, monitor, delay: dither)
      if count >= warmUp { sum &+= cycles }
      // Reading the clock is a transfer on a bus with a slower clock: whether the processor comes to it a
      // little sooner or later may make no difference, or a large one. Fifteen delays in steps of four cycles
      // meet each part of a bus cycle equally often, so that the mean is right.
      dither = dither == 56 ? 0 : dither &+ 4
      turn &+= UInt64(processors) &* slot
    }
    // To leave before the others have had their last turn would disturb it.
    let end = turn &+ UInt64(processors &- n) &* slot
    let now = monitor.cycles
    if now < end { tornado_delay(end &- now) }
    return sum
  }
}

let variants: [Text] = ["shared", "array", "padded", "clustered"]

/// Measures all variants on so many processors: the cycles of all counted updates, by variant.
func run(processors: Int, updates: Int) -> [UInt64] {
  let team = Team(processors: processors, updates: updates)
  let shared = Lines(count: 1, processor: 0)
  let array = Lines(count: 1, processor: 0)
  let padded = Lines(count: processors, processor: 0)
  let parts = ClusteredCounter()
  guard let clustered = GlobalTable.add(parts, as: Counter.self) else {
    printError("counter: no room for an object")
    Program.exit(1)
  }
  let spent = Lines(count: processors, processor: 0)

  Processors.run(on: processors) { n in
    let monitor = Monitor()
    let results = spent[n]
    results[0] = team.measure(CallUpdate(SharedCounter(SharedWord(at: shared[0]))), n, monitor, slot: sharedSlot)
    results[1] = team.measure(CallUpdate(OwnCounter(array[0] + n)), n, monitor, slot: sharedSlot)
    results[2] = team.measure(CallUpdate(OwnCounter(padded[n])), n, monitor, slot: ownSlot)
    results[3] = team.measure(ClusteredUpdate(counter: clustered), n, monitor, slot: ownSlot)
    results[4] = team.measure(NoUpdate(), n, monitor, slot: ownSlot)
  }

  let expected = UInt64(processors * (1 + warmUp + updates))
  var counted = [shared[0].pointee, 0, 0, parts.value]
  for n in 0..<processors {
    counted[1] &+= array[0][n]
    counted[2] &+= padded[n].pointee
  }
  var cycles: [UInt64] = []
  for variant in 0..<variants.count {
    guard counted[variant] == expected else {
      printError(
        "counter: \(variants[variant]) on \(processors) processors counted \(counted[variant]) of \(expected) updates")
      Program.exit(1)
    }
    var sum: UInt64 = 0
    var overhead: UInt64 = 0
    for n in 0..<processors {
      sum &+= spent[n][variant]
      overhead &+= spent[n][4]
    }
    cycles.append(max(sum, overhead) &- overhead)
  }
  return cycles
}

let updates = Program.option("--updates", default: 15, in: 1...1_000_000)
Program.noMoreArguments()
let sizes = [1, 2, 4, 8, 12, 16].filter { $0 <= Processors.count }
var cycles: [[UInt64]] = []
for size in sizes { cycles.append(run(processors: size, updates: updates)) }
printLine("# variant processors cycles_per_update")
for variant in 0..<variants.count {
  for row in 0..<sizes.count {
    printLine("\(variants[variant]) \(sizes[row]) \(cycles[row][variant], per: UInt64(sizes[row] * updates))")
  }
}
