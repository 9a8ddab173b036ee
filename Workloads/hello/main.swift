// Says hello from every processor.
import Tornado

Processors.run(on: Processors.count) { n in
  printLine("hello from processor \(n) in station \(Processors.station(of: n))")
}
