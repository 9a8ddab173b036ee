import Tornado

/// Counters in lines of their own, at each processor some.
protocol Pile: AnyObject {
  /// Adds one to the first `count` counters of the processor on which this is called, and returns the first
  /// one's value.
  func update(_ count: Int) -> Int
}
