// Computes for ever on every processor that it may use, to be ended from outside.
import Tornado

Processors.run(on: Processors.count) { _ in
  while true { delay(cycles: 10_000) }
}
