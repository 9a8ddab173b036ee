// Reads one station's memory from all others: bytes a second on its link, and latency, by the number of readers. [--lines N]
import Tornado

let lineBytes = Int(TORNADO_LINE)
/// Lines that each reader reads: twice what its secondary cache holds, so that none is there when it comes round again.
let lines = Program.option("--lines", default: 4096, in: 64...16384)
Program.noMoreArguments()

/// The memory of the first station is read. A reader has lines of its own, so that what slows it is the way and not another's use of them.
let count = Processors.count
var readers: [Int] = []
var station = 1
/// One processor of each other station, then a second of each, and so on.
for turn in 0..<4 {
  var found = -1
  var seen = 0
  for n in 0..<count {
    if Processors.station(of: n) != found {
      found = Processors.station(of: n)
      seen = 0
    }
    if found != Processors.station(of: 0) && seen == turn { readers.append(n) }
    seen += 1
  }
}
guard !readers.isEmpty else {
  printError("stream: all processors are in one station")
  Program.exit(1)
}

/// Reads each line once, one load after the other: the next address depends on what was loaded, which is 0.
@inline(never) func read(_ start: UnsafeMutableRawPointer, from first: Int, to last: Int) -> UInt64 {
  var sum: UInt64 = 0
  for line in first..<last {
    let address = (start + line * lineBytes + Int(truncatingIfNeeded: sum)).assumingMemoryBound(to: UInt64.self)
    sum &+= tornado_load(address)
  }
  return sum
}

let seconds = Double(tornado_frequency())
printLine("# readers cycles_per_line megabytes_per_second")
