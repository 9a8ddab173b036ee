// Destroys clustered objects, and changes their kind, while all processors call them; fails if one is ever
// used after its end. [--calls N] [--threads N]
import Tornado

/// The interface. An object is known by a number that is never used twice, so that a call that reaches
/// another object, or one that is no more, shows.
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
    whole._withUnsafeGuaranteedRef {
      if tornado_load($0.state) != alive { misused("an object was used after its end", number, tornado_load($0.state)) }
    }
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

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(Part(self)).toOpaque()
  }

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
  /// Gives words back when so many others have been given back on this processor afterwards: until then who
  /// still uses them finds them dead.
  static func discard(_ words: UnsafeMutablePointer<UInt64>) {
    let place = graves[Int(Objects.processor)]
    let grave = place + 1 + Int(tornado_fetch_add(place, 1) % UInt64(gravesOfProcessor))
    var old = tornado_load(grave)
    while true {
      let seen = tornado_compare_exchange(grave, old, UInt64(UInt(bitPattern: words)))
      if seen == old { break }
      old = seen
    }
    if let old = UnsafeMutablePointer<UInt64>(bitPattern: UInt(old)) { free(old) }
  }
}

/// What was given back last on each processor.
let gravesOfProcessor = 127
let graves = (0..<Processors.count).map { Lines(count: (gravesOfProcessor + 1) / 16, processor: $0)[0] }

/// The persistent references: number and reference in a word, so that they change together. 0: none.
let places = 12
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

/// The place of the object that was made last.
func youngest() -> SharedWord {
  var best = 0
  for place in 1..<places where references[place].pointee > references[best].pointee { best = place }
  return SharedWord(at: references[best])
}

/// What a thread keeps to itself, so that its operations are short.
struct Own {
  var random: UInt64
  /// In which it was slow last.
  var turn = UInt64.max
  var touched: UInt64 = 0
}

/// One operation: finds an object by its persistent reference and calls it, some calls from its end or its
/// change.
func work(_ own: inout Own, calls: Int) {
  own.random = own.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  let dice = own.random >> 33
  // Each processor has its turn to be slow, once, while the tokens pass the others quickly.
  let turn = numbers.value / 128
  let isSlow = turn != own.turn && turn % UInt64(Processors.count) == UInt64(Objects.processor)
  if isSlow { own.turn = turn }
  let place = isSlow ? youngest() : SharedWord(at: references[Int(dice % UInt64(places))])
  let word = place.value
  let placement: Placement = dice >> 12 & 1 == 0 ? .perProcessor : .shared
  if word == 0 { return make(at: place, placement) }
  let number = word >> 32
  let reference = Reference<Target>(raw: UInt(word & 0xFFFF_FFFF))
  // Some keep a reference for a while, before they use it for the first time or after that: it may be in no
  // table of their processor, and only their operation protects it. Who is slow has one that it does not
  // know, until it may long have been destroyed; and a few keep one for very long.
  let first = isSlow || dice >> 30 & 1 == 0 ? calls : 1
  for _ in first..<calls { reference.call { $0.touch(number) } }
  let patience = dice >> 20 & 2047
  if isSlow {
    delay(cycles: 1_500_000)
  } else if patience == 1 {
    delay(cycles: 200_000)
  } else if patience & 15 == 3 {
    delay(cycles: 3000)
  }
  for _ in 0..<first { reference.call { $0.touch(number) } }
  own.touched &+= UInt64(calls)
  let fate = dice >> 16 & 15
  if fate < 4, tornado_compare_exchange(place.pointer, word, 0) == word {
    // The first phase is over: the only persistent reference is gone. Others may go on using theirs until
    // their operations end.
    Existence.destroy(reference, heldBy: everyone)
  } else if fate == 4 {
    if Existence.replace(reference, with: Whole(placement, number: number), heldBy: everyone) { _ = changed.add(1) }
  }
}

let calls = Program.option("--calls", default: 20_000, in: 1...1_000_000_000)
let threads = Program.option("--threads", default: 1, in: 1...8)
let perOperation = 3

func run(thread: Int) {
  var own = Own(random: UInt64(thread) &* 0x9E37_79B9_7F4A_7C15 &+ 12345)
  for _ in 0..<calls / perOperation { Existence.operation { work(&own, calls: perOperation) } }
  _ = touched.add(own.touched)
}

Processors.run(on: Processors.count) { n in
  var more: [Thread] = []
  for extra in 1..<max(1, threads) {
    if let thread = Thread(on: n, { run(thread: n + 64 * extra) }) { more.append(thread) }
  }
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
