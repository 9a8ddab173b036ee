// Cycles that an update of a counter costs on 1 to 16 processors, by how the counter is kept (Figure 1). [--updates N]
import Tornado

/// How a counter is kept. `update` is what is measured.
protocol Counter {
  func update(_ n: Int)
  /// The value of the whole counter, with `processors` having updated it.
  func total(_ processors: Int) -> UInt64
}

/// One word that everyone updates by LL/SC.
struct SharedCounter: Counter {
  let word: SharedWord
  init(_ lines: Lines) { word = SharedWord(at: lines[0]) }
  @inline(__always) func update(_ n: Int) { word.add(1) }
  func total(_ processors: Int) -> UInt64 { word.value }
}

/// A word for each processor, `stride` bytes apart: side by side they share lines, further apart they do not.
struct SplitCounter: Counter {
  let start: UnsafeMutableRawPointer
  let stride: Int
  init(_ lines: Lines, stride: Int) {
    start = lines.start
    self.stride = stride
  }
  @inline(__always) private func word(_ n: Int) -> UnsafeMutablePointer<UInt64> { (start + n &* stride).assumingMemoryBound(to: UInt64.self) }
  @inline(__always) func update(_ n: Int) {
    let own = word(n)
    tornado_store(own, tornado_load(own) &+ 1)
  }
  func total(_ processors: Int) -> UInt64 {
    var sum: UInt64 = 0
    for n in 0..<processors { sum &+= word(n).pointee }
    return sum
  }
}

/// Updates before the counted ones: they bring code and data to where they stay.
let warmUp = 4
/// Cycles between one processor's update and the next one's: more than the dearest update takes, so that no two meet.
let slot: UInt64 = 1500

func run<C: Counter>(_ variant: Text, _ counter: C, processors: Int, updates: Int) {
  let barrier = Barrier(participants: processors)
  let start = SharedWord(at: Lines(count: 1)[0])
  let spent = Lines(count: processors)

  Processors.run(on: processors) { n in
    let monitor = Monitor()
    barrier.wait()
    if n == 0 { start.value = monitor.cycles &+ 10_000 }
    barrier.wait()
    // The processors take turns by the clock that they have in common.
    var turn = start.value &+ UInt64(n) &* slot
    var sum: UInt64 = 0
    for update in 0..<warmUp + updates {
      let now = monitor.cycles
      if now < turn { tornado_delay(turn &- now) }
      let before = monitor.cycles
      counter.update(n)
      let cost = monitor.cycles(since: before)
      if update >= warmUp { sum &+= cost }
      turn &+= UInt64(processors) &* slot
    }
    spent[n].pointee = sum
  }

  var sum: UInt64 = 0
  for n in 0..<processors { sum &+= spent[n].pointee }
  let expected = UInt64(processors * (warmUp + updates))
  let counted = counter.total(processors)
  guard counted == expected else {
    printError("counter: \(variant) on \(processors) processors counted \(counted) of \(expected) updates")
    Program.exit(1)
  }
  printLine("\(variant) \(processors) \(sum, per: UInt64(processors * updates))")
}

let updates = Program.option("--updates", default: 24, in: 1...1_000_000)
let sizes = [1, 2, 4, 8, 12, 16].filter { $0 <= Processors.count }
printLine("# variant processors cycles_per_update")
for size in sizes { run("shared", SharedCounter(Lines(count: 1)), processors: size, updates: updates) }
for size in sizes { run("array", SplitCounter(Lines(count: 1), stride: 8), processors: size, updates: updates) }
for size in sizes { run("padded", SplitCounter(Lines(count: size), stride: Int(TORNADO_LINE)), processors: size, updates: updates) }
