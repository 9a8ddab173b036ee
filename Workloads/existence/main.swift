// Destroys clustered objects, and changes their kind, while all processors call them; fails if one is ever used after its end. [--calls N] [--threads N]
import Tornado

/// The interface. An object is known by a number that is never used twice, so that a call that reaches another object, or one that is no more, shows.
open class Target {
  init() {}
  open func touch(_ number: UInt64) {}
}

let alive: UInt64 = 0xA11E_A11E_A11E_A11E
let dead: UInt64 = 0xDEAD_DEAD_DEAD_DEAD

/// Totals, each in a line of its own.
let totals = Lines(count: 8, processor: 0)
let touched = SharedWord(at: totals[0])
let made = SharedWord(at: totals[1])
let gone = SharedWord(at: totals[2])
let counted = SharedWord(at: totals[3])
let changed = SharedWord(at: totals[4])
let numbers = SharedWord(at: totals[5])

@inline(never) func misused(_ what: StaticString, _ number: UInt64, _ found: UInt64) -> Never {
  printError("existence: \(what): object \(number), found \(hex: UInt(found)), on processor \(Int(Objects.processor))")
  Program.exit(1)
}

final class Part: Target {
  private let whole: Unmanaged<Whole>
  private let number: UInt64
  private let state: UnsafeMutablePointer<UInt64>

  init(_ whole: Whole) {
    self.whole = .passUnretained(whole)
    number = whole.number
    // Two words of the representative's own: whether it lives, and how often it was touched.
    state = Lines.words(16)
    super.init()
    tornado_store(state, alive)
    tornado_store(state + 1, 0)
  }

  override func touch(_ number: UInt64) {
    if tornado_load(state) != alive { misused("a representative was used after its end", number, tornado_load(state)) }
    if self.number != number { misused("a reference led to another object", number, self.number) }
    whole._withUnsafeGuaranteedRef { if tornado_load($0.state) != alive { misused("an object was used after its end", number, tornado_load($0.state)) } }
    _ = tornado_fetch_add(state + 1, 1)
  }

  deinit {
    _ = counted.add(tornado_load(state + 1))
    tornado_store(state, dead)
    Lines.discard(state)
  }
}

final class Whole: Clustered {
  let number: UInt64
  fileprivate let state: UnsafeMutablePointer<UInt64>

  init(_ placement: Placement, number: UInt64) {
    self.number = number
    state = Lines.words(16)
    super.init(placement)
    tornado_store(state, alive)
    _ = made.add(1)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer { Unmanaged.passRetained(Part(self)).toOpaque() }

  override func destroyed() {
    super.destroyed()
    tornado_store(state, dead)
  }

  deinit {
    _ = gone.add(1)
    Lines.discard(state)
  }
}

extension Lines {
  /// Some words that no other allocation's owner writes.
  static func words(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, Int(TORNADO_LINE), count * 8) == 0, let memory else {
      printError("existence: no memory")
      Program.exit(1)
    }
    return memory.assumingMemoryBound(to: UInt64.self)
  }
  static func discard(_ words: UnsafeMutablePointer<UInt64>) { free(words) }
}

/// The persistent references: number and reference in a word, so that they change together. 0: none.
let places = 24
let references = Lines(count: places, processor: 0)

/// All processors of the program: anyone may have read a place.
let everyone = Objects.everyone

func make(at place: SharedWord, _ placement: Placement) {
  let number = numbers.add(1) &+ 1
  guard let reference = GlobalTable.add(Whole(placement, number: number), as: Target.self) else { return }
  // Somebody may have been faster: then the object never was reachable.
  if tornado_compare_exchange(place.pointer, 0, number << 32 | UInt64(reference.raw)) != 0 {
    Existence.destroy(reference, heldBy: 0)
  }
}

/// One operation: finds an object by its persistent reference and calls it, some calls from its end or its change.
func work(_ random: inout UInt64, calls: Int) {
  random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  let dice = random >> 33
  let place = SharedWord(at: references[Int(dice % UInt64(places))])
  let word = place.value
  let placement: Placement = dice >> 12 & 1 == 0 ? .perProcessor : .shared
  if word == 0 { return make(at: place, placement) }
  let number = word >> 32
  let reference = Reference<Target>(raw: UInt(word & 0xFFFF_FFFF))
  // Some keep a reference for a while before they use it for the first time: it is in no table of their processor, and only their operation protects it.
  // A few keep it for so long that tokens come by several times.
  if dice >> 22 & 7 == 0 { delay(cycles: dice >> 25 & 7 == 0 ? 200_000 : 2000) }
  for _ in 0..<calls { reference.call { $0.touch(number) } }
  _ = touched.add(UInt64(calls))
  let fate = dice >> 16 & 15
  if fate == 0, tornado_compare_exchange(place.pointer, word, 0) == word {
    // The first phase is over: the only persistent reference is gone. Others may go on using theirs until their operations end.
    Existence.destroy(reference, heldBy: everyone)
  } else if fate == 1 {
    if Existence.replace(reference, with: Whole(placement, number: number), heldBy: everyone) { _ = changed.add(1) }
  }
}

let calls = Program.option("--calls", default: 20_000, in: 1...1_000_000_000)
let threads = Program.option("--threads", default: 1, in: 1...8)
let perOperation = 3

func run(thread: Int) {
  var random = UInt64(thread) &* 0x9E37_79B9_7F4A_7C15 &+ 12345
  for _ in 0..<calls / perOperation { Existence.operation { work(&random, calls: perOperation) } }
}

Processors.run(on: Processors.count) { n in
  var more: [Thread] = []
  for extra in 1..<max(1, threads) { if let thread = Thread(on: n, { run(thread: n + 64 * extra) }) { more.append(thread) } }
  run(thread: n)
  for thread in more { thread.join() }
}
Existence.operation {
  for place in 0..<places {
    let word = references[place].pointee
    references[place].pointee = 0
    if word != 0 { Existence.destroy(Reference<Target>(raw: UInt(word & 0xFFFF_FFFF)), heldBy: everyone) }
  }
}
// Each processor clears its own table, when an operation ends there: the last objects need some rounds.
var rounds = 0
while gone.value != made.value && rounds < 500 {
  Processors.run(on: Processors.count) { _ in Existence.operation {} }
  rounds += 1
}
guard gone.value == made.value, counted.value == touched.value else {
  printError("existence: \(made.value) made, \(gone.value) gone; \(touched.value) touched, \(counted.value) counted")
  Program.exit(1)
}
printLine("ok: \(touched.value) calls, \(gone.value) ends, \(changed.value) changes of kind")
