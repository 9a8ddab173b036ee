// Cycles of a protected procedure call to an object in another address space, on 1 to 16 processors (Figure
// 8). [--processors N] [--sweep] [--operations N]
import Tornado

/// The server's counters: each in a line of its own, in memory of the station of the processor that counts.
final class PlainCounter: CounterObject {
  private let sum: UnsafeMutablePointer<UInt64>

  init(of processor: Int) { sum = Lines(count: 1, processor: processor)[0] }

  override func add(_ amount: Int) -> Int {
    sum.pointee &+= UInt64(truncatingIfNeeded: amount)
    return Int(truncatingIfNeeded: sum.pointee)
  }
}

final class CounterHandler: Clustered {
  private let processor: Int

  init(of processor: Int) {
    self.processor = processor
    super.init(.shared)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(PlainCounter(of: processor)).toOpaque()
  }
}

final class CounterTable: CountersObject {
  private let port: Port
  private let counters: UnsafeMutableBufferPointer<ExternalReference>

  init(at port: Port) {
    self.port = port
    counters = .allocate(capacity: Processors.count)
    for n in 0..<Processors.count {
      guard let object = GlobalTable.add(CounterHandler(of: n), as: CounterObject.self, external: true) else {
        Program.exit(1)
      }
      counters.initializeElement(at: n, to: CounterServer.export(object, at: port))
    }
  }

  override func counter(of processor: Int) -> ExternalReference {
    counters.indices.contains(processor) ? counters[processor] : .none
  }
}

final class CountersHandler: Clustered {
  let table: CounterTable

  init(at port: Port) {
    table = CounterTable(at: port)
    super.init(.shared)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(table).toOpaque()
  }
}

/// The server's process.
func serve() throws(PPCError) -> Never {
  let port = Port()
  guard let object = GlobalTable.add(CountersHandler(at: port), as: CountersObject.self, external: true),
    try NameServer.register("counters", CountersServer.export(object, at: port))
  else { Program.exit(1) }
  Server.wait()
}

/// Each thread calls a counter of its own.
struct Call: Nanobenchmark {
  static let batch = 16
  private let counter: CounterClient
  private var sum = 0

  init(thread n: Int) {
    do throws(PPCError) {
      counter = CounterClient(try counters.counter(of: n))
      sum = try counter.add(0)
    } catch { failed(error) }
  }

  mutating func measured() {
    do throws(PPCError) {
      for _ in 0..<Self.batch { sum += try counter.add(1) == sum + 1 ? 1 : 0 }
    } catch { failed(error) }
  }

  func check(_ operations: Int) { if sum < operations { printError("ppc: calls were lost") } }
}

func failed(_ error: PPCError) -> Never {
  printError("ppc: a call failed: error \(error.code)")
  Program.exit(1)
}

func find() throws(PPCError) -> CountersClient {
  if !Server.start("--serve") {
    printError("ppc: cannot start the server")
    Program.exit(1)
  }
  return CountersClient(try NameServer.waitFor("counters"))
}

let counters: CountersClient
do throws(PPCError) {
  if let word = Program.argument(0), word == "--serve" { try serve() }
  counters = try find()
} catch { failed(error) }
Call.main()
