// A sharing-bound benchmark: every processor updates words of the same line all the time. [--pairs]
// [--updates N]; with --pairs, each two processors that are half the machine apart have a line of their own,
// at home in a third station where there is one: all miss remotely.
import Tornado

let inPairs = Program.flag("--pairs")
let updates = Program.option("--updates", default: 2000, in: 1...1_000_000_000)
Program.noMoreArguments()

let count = Processors.count
let pairs = inPairs ? (count + 1) / 2 : 1
let lines = (0..<pairs).map { Lines(count: 1, processor: ($0 + (count + 3) / 4) % count) }
let barrier = Barrier(participants: count)

Processors.run(on: count) { n in
  let line = lines[n % pairs][0]
  let shared = SharedWord(at: line)
  let neighbour = line + 1 + n % 15
  barrier.wait()
  for _ in 0..<updates {
    shared.add(1)
    tornado_store(neighbour, UInt64(n))
  }
}

let counted = lines.reduce(0) { $0 + SharedWord(at: $1[0]).value }
guard counted == UInt64(count * updates) else {
  printError("sharing: \(counted) of \(count * updates) updates arrived")
  Program.exit(1)
}
if inPairs {
  printLine("\(count) processors, \(counted) updates of \(pairs) lines")
} else {
  printLine("\(count) processors, \(counted) updates of one line")
}
