import Tornado

/// A number that is counted up.
protocol Counter: AnyObject {
  /// Adds, and returns the sum.
  func add(_ amount: Int) -> Int
}

/// Where the counters of a server are to be had.
protocol Counters: AnyObject {
  /// The counter that belongs to a processor.
  func counter(of processor: Int) -> ExternalReference
}
