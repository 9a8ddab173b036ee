// What clustered objects promise to programs, a kind at a time: "ok" or a line that says what does not hold.
import Tornado

func check(_ holds: Bool, _ what: StaticString) {
  if !holds {
    printLine("\(what)")
    Program.exit(1)
  }
}

open class Target {
  init() {}
  open func place() -> UInt { 0 }
  open func ninth(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int, _ g: Int, _ h: Int, _ i: Int) -> Int { 0 }
  open func floats(_ a: Double, _ b: Double, _ n: Int) -> Double { 0 }
  open func three() -> (Int, Int, Int, Int) { (0, 0, 0, 0) }
}

final class Part: Target {
  let ownPlace: UInt
  init(_ place: UInt) {
    ownPlace = place
    super.init()
  }
  override func place() -> UInt { ownPlace }
  override func ninth(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int, _ g: Int, _ h: Int, _ i: Int) -> Int {
    a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i
  }
  override func floats(_ a: Double, _ b: Double, _ n: Int) -> Double { a * b + Double(n) }
  override func three() -> (Int, Int, Int, Int) { (1, 2, 3, Int(ownPlace)) }
}

class Parts: Clustered {
  let made = SharedWord(at: Lines(count: 1, processor: 0)[0])
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    _ = made.add(1)
    return Unmanaged.passRetained(Part(place)).toOpaque()
  }
}

final class Plain: Clustered {
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(Part(place)).toOpaque()
  }
}

/// Processors in pairs.
final class Pairs: Parts {
  override func place(of processor: UInt) -> UInt { processor / 2 }
}

func add(_ parts: Clustered) -> Reference<Target> {
  guard let reference = GlobalTable.add(parts, as: Target.self) else {
    printLine("no room for an object")
    Program.exit(1)
  }
  return reference
}

func placements() {
  let kinds = [Parts(.shared), Parts(.perStation), Parts(.perProcessor), Pairs(.chosen, places: 32)]
  let objects = kinds.map { add($0) }
  Processors.run(on: Processors.count) { n in
    for _ in 0..<3 {
      check(objects[0].call { $0.place() } == 0, "a shared object has one representative")
      check(objects[1].call { $0.place() } == UInt(Processors.station(of: n)), "a station has a representative")
      check(objects[2].call { $0.place() } == UInt(n), "a processor has a representative")
      check(objects[3].call { $0.place() } == UInt(n / 2), "a pair has a representative")
    }
  }
  check(kinds[2].made.value == 16, "representatives are made once")
  let filled = Parts(.perProcessor)
  let object = add(filled)
  filled.fill()
  check(
    filled.made.value == 1 && object.call { $0.place() } == 0 && filled.made.value == 1, "a filled entry makes no miss")
}

func discard() {
  let parts = Parts(.perProcessor)
  let object = add(parts)
  Processors.run(on: Processors.count) { n in
    for _ in 0..<20 {
      check(object.call { $0.place() } == UInt(n), "a call before the table goes")
      Objects.discardTable()
      check(object.call { $0.place() } == UInt(n), "a call after the table went")
    }
  }
  check(parts.made.value == 16, "the handler knows its representatives when the table is gone")
}

/// More objects than one page of a table has; and again, when the first are gone.
func many() {
  let count = 3000
  Processors.run(on: 4) { n in
    for _ in 0..<2 {
      var objects: [Reference<Target>] = []
      for _ in 0..<count { objects.append(add(Plain(.shared))) }
      for object in objects { check(object.call { $0.place() } == 0, "an object of many") }
      for object in objects { Existence.operation { _ = Existence.destroy(object, heldBy: 1 << Objects.processor) } }
    }
  }
}

func arguments() {
  let object = add(Parts(.perProcessor))
  Processors.run(on: Processors.count) { n in
    check(object.call { $0.ninth(1, 1, 1, 1, 1, 1, 1, 1, 1) } == 45, "an object behind nine arguments is found")
    Objects.discardTable()
    check(object.call { $0.floats(1.5, 4, 7) } == 13, "floating-point arguments survive a miss")
    Objects.discardTable()
    let (a, b, c, d) = object.call { $0.three() }
    check(a == 1 && b == 2 && c == 3 && d == n, "results in memory survive a miss")
  }
}

func external() {
  guard let open = GlobalTable.add(Parts(.shared), as: Target.self, external: true) else { return check(false, "room") }
  let closed = add(Parts(.shared))
  check(GlobalTable.acceptsExternalCalls(open.raw), "an external object takes calls")
  check(!GlobalTable.acceptsExternalCalls(closed.raw), "another one does not")
  for forged in [
    open.raw + 8, open.raw + 1, open.raw + 0x10_0000, open.raw - 0x10_0000, 0, ~0, closed.raw + 16, 0x7000_0000,
  ] as [UInt] {
    check(!GlobalTable.acceptsExternalCalls(forged), "a forged reference is none")
  }
  Existence.operation { _ = Existence.destroy(open, heldBy: 1) }
  check(!GlobalTable.acceptsExternalCalls(open.raw), "nor is a stale one")
}

/// Two words that are always equal, read everywhere and changed here and there.
final class Pair: Replicated {
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(PairPart(self, replica(place))).toOpaque()
  }
}

open class Equal {
  init() {}
  open func value() -> UInt { 0 }
  open func increase() {}
}

final class PairPart: Equal {
  private let pair: Unmanaged<Pair>
  private let replica: Replica
  init(_ pair: Pair, _ replica: Replica) {
    self.pair = .passUnretained(pair)
    self.replica = replica
    super.init()
  }
  override func value() -> UInt {
    var first: UInt = 0
    var second: UInt = 0
    pair._withUnsafeGuaranteedRef {
      $0.read(replica) {
        first = $0[0]
        second = $0[1]
      }
    }
    check(first == second, "a reader saw half a change")
    return first
  }
  override func increase() {
    pair._withUnsafeGuaranteedRef {
      $0.change {
        $0[0] &+= 1
        delay(cycles: 50)
        $0[1] &+= 1
      }
    }
  }
}

func replicas(_ placement: Placement, _ consistency: Replicated.Consistency) {
  guard let object = GlobalTable.add(Pair(placement, words: 2, consistency: consistency), as: Equal.self) else {
    return check(false, "room")
  }
  let barrier = Barrier(participants: Processors.count)
  Processors.run(on: Processors.count) { n in
    var last: UInt = 0
    for turn in 0..<100 {
      if turn % 20 == n { object.call { $0.increase() } }
      let value = object.call { $0.value() }
      check(value >= last, "a reader went back in time")
      last = value
    }
    barrier.wait()
    check(object.call { $0.value() } == UInt(Processors.count * 5), "a change was lost")
  }
  Existence.operation { _ = Existence.destroy(object, heldBy: Objects.everyone) }
}

/// Takes all memory, and calls objects now and then: the table's pages go and come, until there is not even
/// one left.
func pressure() {
  let parts = Parts(.perProcessor)
  let object = add(parts)
  for _ in 0..<1000 { _ = add(Plain(.shared)) }
  guard let memory = tornado_map(1 << 30) else { return check(false, "addresses") }
  for page in 0..<65536 {
    memory.storeBytes(of: 1, toByteOffset: page * 16384, as: UInt8.self)
    if page % 512 == 0 {
      check(object.call { $0.place() } == 0 && parts.made.value == 1, "an object under pressure")
    }
  }
}

@main struct Main {
  static func main() {
    guard let kind = Program.argument(0) else { Program.wrongUsage("objects KIND") }
    if kind == "placements" { placements() }
    if kind == "discard" { discard() }
    if kind == "many" { many() }
    if kind == "arguments" { arguments() }
    if kind == "external" { external() }
    if kind == "replicas" {
      replicas(.perProcessor, .update)
      replicas(.perProcessor, .invalidation)
      replicas(.perStation, .update)
      replicas(.shared, .invalidation)
    }
    if kind == "pressure" { pressure() }
    if kind == "none" {
      _ = add(Parts(.shared))
      _ = Reference<Target>(raw: 0x7000_4320).call { $0.place() }
    }
    if kind == "no-table" { _ = Reference<Target>(raw: 0x7000_0000).call { $0.place() } }
    printLine("ok")
  }
}
