// Cycles a load takes in a chain of dependent loads, by where the caches find it: primary, secondary, local,
// remote.
import Tornado

/// A word that holds the address of the next one: `ld $x, 0($x)` is all there is to a step.
struct Node {
  var next: UnsafeMutablePointer<Node>
}

let lineBytes = Int(TORNADO_LINE)
let pageBytes = 16384
let monitor = Monitor()

@inline(__always) func step4(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Node> {
  node.pointee.next.pointee.next.pointee.next.pointee.next
}
@inline(__always) func step16(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Node> {
  step4(step4(step4(step4(node))))
}
@inline(__always) func step64(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Node> {
  step16(step16(step16(step16(node))))
}

/// Follows the chain `turns` times 256 loads: so long a run that the loop around it costs less than half a
/// per cent.
@inline(never) func chase(_ start: UnsafeMutablePointer<Node>, turns: Int) -> UnsafeMutablePointer<Node> {
  var node = start
  for _ in 0..<turns { node = step64(step64(step64(step64(node)))) }
  return node
}

/// The cycles of `turns` times 256 loads.
func measure(_ start: UnsafeMutablePointer<Node>, turns: Int) -> UInt64 {
  let before = monitor.cycles
  let end = chase(start, turns: turns)
  let cycles = monitor.cycles(since: before)
  // The last load has to be waited for and used: the chain never leads to address 0.
  if UInt(bitPattern: end) == 0 { Program.exit(1) }
  return cycles
}

/// Links the nodes at the given distances into a ring.
func link(_ memory: UnsafeMutableRawPointer, count: Int, offset: (Int) -> Int) -> UnsafeMutablePointer<Node> {
  func node(_ index: Int) -> UnsafeMutablePointer<Node> { (memory + offset(index)).assumingMemoryBound(to: Node.self) }
  for index in 0..<count { node(index).pointee.next = node(index + 1 == count ? 0 : index + 1) }
  return node(0)
}

func reportRow(_ level: Text, _ cycles: UInt64, turns: Int) {
  printLine("\(level) \(cycles, per: UInt64(turns * 256))")
}

/// A ring in the processor's own memory that its caches keep, at a distance of a line of the primary cache;
/// the best of three places, for in a direct-mapped cache the code itself may lie in the way of one.
func cached(bytes: Int, turns: Int) -> UInt64 {
  var best = UInt64.max
  for _ in 0..<3 {
    let memory = Lines(count: bytes / lineBytes).start
    let chain = link(memory, count: bytes / 32) { $0 * 32 }
    // Whole laps, so that what is left in the primary cache is the ring's end, not where the measurement
    // starts.
    _ = chase(chain, turns: max(1, bytes / 32 / 256))
    best = min(best, measure(chain, turns: turns))
  }
  return best
}

/// A ring of lines that no cache holds. The processor next to their memory links them, and then reads so much
/// else that its caches have written all of them back: no copy is left anywhere, nor has the measuring
/// station ever seen one.
struct ColdRing {
  static let pages = 16
  /// The first line of each page is for filling the TLB, the others are the ring.
  static let nodes = pages * (pageBytes / lineBytes - 1)
  static let turns = nodes / 256
  let memory: UnsafeMutableRawPointer

  /// On a processor of the memory's station.
  init(processor n: Int) {
    memory = Lines(count: ColdRing.pages * pageBytes / lineBytes, processor: n).start
    let linesAPage = pageBytes / lineBytes - 1
    _ = link(memory, count: ColdRing.nodes) { $0 / linesAPage * pageBytes + ($0 % linesAPage + 1) * lineBytes }
    let other = Lines(count: (1536 << 10) / lineBytes, processor: n)
    var sum: UInt64 = 0
    for line in 0..<(1536 << 10) / lineBytes { sum &+= tornado_load(other[line]) }
    if sum != 0 { Program.exit(1) }
  }

  func measure(warmUp chain: UnsafeMutablePointer<Node>) -> UInt64 {
    for page in 0..<ColdRing.pages {
      _ = tornado_load((memory + page * pageBytes).assumingMemoryBound(to: UInt64.self))
    }
    // The code of the measurement itself, which the reading may have put out of the cache.
    _ = main.measure(chain, turns: 1)
    return main.measure((memory + lineBytes).assumingMemoryBound(to: Node.self), turns: ColdRing.turns)
  }
}

/// The first of the program's processors in each station, by distance along the ring from the measuring one.
func processorsByDistance() -> [Int] {
  let count = Processors.count
  let own = Processors.station(of: 0)
  var stations = 0
  for n in 0..<count { stations = max(stations, Processors.station(of: n) + 1) }
  var found: [Int] = []
  for distance in 0..<stations {
    for n in 0..<count where Processors.station(of: n) == (own + distance) % stations {
      found.append(n)
      break
    }
  }
  return found
}

printLine("# level cycles")
reportRow("primary", cached(bytes: 4 << 10, turns: 40), turns: 40)
reportRow("secondary", cached(bytes: 64 << 10, turns: 32), turns: 32)

let small = link(Lines(count: 8).start, count: 32) { $0 * 32 }
let nearest = processorsByDistance()
let rings = UnsafeMutableBufferPointer<ColdRing>.allocate(capacity: nearest.count)
var threads: [Thread] = []
for distance in 1..<max(1, nearest.count) {
  guard
    let thread = Thread(
      on: nearest[distance], { rings.initializeElement(at: distance, to: ColdRing(processor: nearest[distance])) })
  else {
    printError("cannot start a thread on processor \(nearest[distance])")
    Program.exit(1)
  }
  threads.append(thread)
}
rings.initializeElement(at: 0, to: ColdRing(processor: 0))
for thread in threads { thread.join() }

let turns = ColdRing.turns
reportRow("local", rings[0].measure(warmUp: small), turns: turns)
if nearest.count > 1 {
  var each: [UInt64] = []
  for distance in 1..<nearest.count { each.append(rings[distance].measure(warmUp: small)) }
  reportRow("remote", each.reduce(0, &+), turns: turns * each.count)
  for distance in 1..<nearest.count { reportRow("remote-\(distance)", each[distance - 1], turns: turns) }
}
