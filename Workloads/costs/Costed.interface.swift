import Tornado

/// What the costs of calls between processes are measured with.
protocol Costed: AnyObject {
  func nothing(_ word: UInt64) -> UInt64
  /// The server's ports, by `PPCCosts.Port`.
  func port(_ kind: Int) -> UInt64
  /// The instructions that the processor has executed on which this is called.
  func instructions() -> UInt64
}
