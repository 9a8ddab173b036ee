// A sharing-bound benchmark: every processor updates words of the same line all the time. [--updates N]
import Tornado

let updates = Program.option("--updates", default: 2000, in: 1...1_000_000_000)
let count = Processors.count
let line = Lines(count: 1)
let barrier = Barrier(participants: count)

Processors.run(on: count) { n in
  let shared = SharedWord(at: line[0])
  let neighbour = line[0] + 1 + n % 15
  barrier.wait()
  for _ in 0..<updates {
    shared.add(1)
    tornado_store(neighbour, UInt64(n))
  }
}

let counted = SharedWord(at: line[0]).value
guard counted == UInt64(count * updates) else {
  printError("sharing: \(counted) of \(count * updates) updates arrived")
  Program.exit(1)
}
printLine("\(count) processors, \(counted) updates of one line")
