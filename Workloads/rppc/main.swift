// Cycles of a call to an object's representative on another processor, on 1 to 16 processors. [--processors
// N] [--sweep] [--operations N] [--break-even]
import Tornado

/// The most lines that are updated by one call.
let mostLines = 64

/// A representative: the lines of one processor. Whoever is on another processor ships the function here, or
/// fetches the lines.
final class PileRepresentative: PileObject {
  let lines: Lines

  init(of processor: Int) { lines = Lines(count: mostLines, processor: processor) }

  override func update(_ count: Int) -> Int {
    for i in 0..<count { lines[i].pointee &+= 1 }
    return Int(lines[0].pointee)
  }
}

/// The object: consistent without locks, because each representative's lines are only touched on its
/// processor.
final class PileHandler: Clustered {
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(PileRepresentative(of: Int(place))).toOpaque()
  }
  func lines(of processor: Int) -> Lines? {
    guard let pointer = existing(UInt(processor)) else { return nil }
    return Unmanaged<PileRepresentative>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.lines }
  }
}

let handler = PileHandler(.perProcessor)
guard let pile = GlobalTable.add(handler, as: PileObject.self, external: true) else { Program.exit(1) }
/// The process calls itself.
let reference = PileServer.export(pile, at: Port())

func failed(_ error: PPCError) -> Never {
  printError("rppc: a call failed: error \(error.code)")
  Program.exit(1)
}

/// How many updates the thread on each processor has asked for.
let asked = Lines(count: Processors.count, processor: 0)

/// Each thread calls the representative of a processor of its own, half of the machine away.
struct RemoteCall: Nanobenchmark {
  static let batch = 4
  private let there: PileRemote

  init(thread n: Int) { there = PileRemote(reference, on: (n + Processors.count / 2) % Processors.count) }

  mutating func measured() {
    do throws(PPCError) {
      for _ in 0..<Self.batch { _ = try there.update(1) }
    } catch { failed(error) }
    asked[Int(Objects.processor)].pointee &+= UInt64(Self.batch)
  }
}

/// Shipping the function against fetching the lines: the cycles of an update of so many lines that another
/// processor has written last.
func compare(with processor: Int) throws(PPCError) {
  let there = PileRemote(reference, on: processor)
  _ = try there.update(mostLines)
  guard let lines = handler.lines(of: processor) else { Program.exit(1) }
  let monitor = Monitor()
  let rounds = 12
  var breakEven = 0
  printLine("# lines shipping_cycles sharing_cycles")
  for count in [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 48, 64] {
    var shipping: UInt64 = 0
    var sharing: UInt64 = 0
    for round in 0..<rounds + 4 {
      // Both begin with all lines in the other processor's cache.
      _ = try there.update(mostLines)
      var start = monitor.cycles
      _ = try there.update(count)
      let shipped = monitor.cycles(since: start)
      _ = try there.update(mostLines)
      start = monitor.cycles
      for i in 0..<count { lines[i].pointee &+= 1 }
      let shared = monitor.cycles(since: start)
      if round >= 4 {
        shipping &+= shipped
        sharing &+= shared
      }
    }
    printLine("\(count) \(shipping, per: UInt64(rounds)) \(sharing, per: UInt64(rounds))")
    if breakEven == 0, shipping <= sharing { breakEven = count }
  }
  printLine("# lines from which shipping wins")
  printLine("break_even \(breakEven)")
}

if (0..<Program.argumentCount).contains(where: { i in Program.argument(i).map { $0 == "--break-even" } ?? false }) {
  if Processors.count < 2 { Program.wrongUsage("rppc: --break-even needs two processors") }
  do throws(PPCError) { try compare(with: Processors.count / 2) } catch { failed(error) }
} else {
  RemoteCall.main()
  var missing: UInt64 = 0
  for n in 0..<Processors.count { missing &+= asked[n].pointee &- (handler.lines(of: n)?[0].pointee ?? 0) }
  if missing != 0 {
    printError("rppc: updates were lost: \(Int(missing))")
    Program.exit(1)
  }
}
