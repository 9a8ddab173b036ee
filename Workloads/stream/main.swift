// Reads the memory of half of the stations from the other half: what a ring's link carries, and latencies
// under load. [--lines N] [--mhz N]
import Tornado

let lineBytes = Int(TORNADO_LINE)
let pageBytes = 16384
/// Lines that each reader reads.
let lines = Program.option("--lines", default: 1536, in: 128...16384)
/// The processors' clock, to tell megabytes a second.
let megahertz = Program.option("--mhz", default: 150, in: 1...10_000)
Program.noMoreArguments()

let monitor = Monitor()
let count = Processors.count
var stations = 0
for n in 0..<count { stations = max(stations, Processors.station(of: n) + 1) }
guard stations > 1 else {
  printError("stream: all processors are in one station")
  Program.exit(1)
}

/// The stations from this one on read; the ones below are read. On one ring of four the link from station 1
/// to 2 carries every line.
let firstReading = stations / 2

/// The processors of a station that the program may use.
func processors(of station: Int) -> [Int] {
  var found: [Int] = []
  for n in 0..<count where Processors.station(of: n) == station { found.append(n) }
  return found
}

/// Readers, in turn from each reading station.
var readers: [Int] = []
for turn in 0..<4 {
  for station in firstReading..<stations {
    let all = processors(of: station)
    if turn < all.count { readers.append(all[turn]) }
  }
}

/// Lines in a station that no cache holds and no other station has ever seen: its own processor has touched
/// their pages, and then read so much else that its cache has let go of them.
struct ColdLines {
  let start: UnsafeMutableRawPointer
  let pages: Int

  /// On a processor of the station.
  init(processor n: Int) {
    pages = lines / (pageBytes / lineBytes - 1) + 1
    start = Lines(count: pages * pageBytes / lineBytes, processor: n).start
    for page in 0..<pages { tornado_store((start + page * pageBytes).assumingMemoryBound(to: UInt64.self), 0) }
  }

  /// The first line of each page fills the reader's TLB; the others are to be read.
  func prepare() {
    for page in 0..<pages { _ = tornado_load((start + page * pageBytes).assumingMemoryBound(to: UInt64.self)) }
  }

  /// Reads every line, each only when the last has come.
  @inline(never) func read() -> UInt64 {
    var sum: UInt64 = 0
    var left = lines
    for page in 0..<pages {
      var line = start + page * pageBytes + lineBytes
      for _ in 1..<min(left + 1, pageBytes / lineBytes) {
        sum &+= tornado_load((line + Int(truncatingIfNeeded: sum)).assumingMemoryBound(to: UInt64.self))
        line += lineBytes
      }
      left -= pageBytes / lineBytes - 1
    }
    return sum
  }
}

/// Begin and end of each reader's reading, a line each.
let results = Lines(count: readers.count)

printLine("# readers cycles_per_line megabytes_per_second")
var team = 1
while team <= readers.count {
  let cold = UnsafeMutableBufferPointer<ColdLines>.allocate(capacity: team)
  for source in 0..<firstReading {
    let own = processors(of: source)[0]
    func provide() {
      for reader in 0..<team where reader / (stations - firstReading) % firstReading == source {
        cold.initializeElement(at: reader, to: ColdLines(processor: own))
      }
      let other = Lines(count: (1536 << 10) / lineBytes, processor: own)
      var sum: UInt64 = 0
      for line in 0..<(1536 << 10) / lineBytes { sum &+= tornado_load(other[line]) }
      if sum != 0 { Program.exit(1) }
    }
    if own == 0 {
      provide()
    } else if let thread = Thread(on: own, provide) {
      thread.join()
    } else {
      printError("cannot start a thread on processor \(own)")
      Program.exit(1)
    }
  }
  let barrier = Barrier(participants: team)
  var threads: [Thread] = []
  for reader in 0..<team {
    let thread = Thread(on: readers[reader]) {
      cold[reader].prepare()
      barrier.wait()
      let begin = monitor.cycles
      let sum = cold[reader].read()
      tornado_store(results[reader] + 1, monitor.cycles &+ sum)
      tornado_store(results[reader], begin)
    }
    guard let thread else {
      printError("cannot start a thread on processor \(readers[reader])")
      Program.exit(1)
    }
    threads.append(thread)
  }
  for thread in threads { thread.join() }
  var first = UInt64.max
  var last: UInt64 = 0
  var spent: UInt64 = 0
  for reader in 0..<team {
    first = min(first, tornado_load(results[reader]))
    last = max(last, tornado_load(results[reader] + 1))
    spent += tornado_load(results[reader] + 1) &- tornado_load(results[reader])
  }
  // A line takes a slot for each 8 bytes on a link, and one for its header.
  let bytes = UInt64(team * lines * (lineBytes + 8))
  printLine("\(team) \(spent, per: UInt64(team * lines)) \(bytes * UInt64(megahertz), per: last &- first)")
  cold.deallocate()
  team += team < 4 ? 1 : 2
}
