/// A station's processors, for the paths on which a reference count for each look would cost more than the
/// work: their states side by side, and the processors themselves without counting.
struct ProcessorBank {
  let count: Int
  private let processors: UnsafeMutablePointer<Unmanaged<Processor>>
  private let states: UnsafeMutablePointer<UnsafeMutablePointer<ProcessorState>>

  /// - Parameter processors: must outlive the bank.
  init(_ processors: [Processor]) {
    count = processors.count
    self.processors = .allocate(capacity: processors.count)
    states = .allocate(capacity: processors.count)
    for (index, processor) in processors.enumerated() {
      self.processors[index] = .passUnretained(processor)
      states[index] = processor.core
    }
  }

  @inline(__always) func status(_ local: Int) -> ProcessorStatus { states[local].pointee.status }
  @inline(__always) func time(_ local: Int) -> UInt64 { states[local].pointee.time }
  @inline(__always) func requestTime(_ local: Int) -> UInt64 { states[local].pointee.request.time }

  @inline(__always) func with<Result>(_ local: Int, _ body: (Processor) -> Result) -> Result {
    processors[local]._withUnsafeGuaranteedRef(body)
  }

  func deallocate() {
    processors.deallocate()
    states.deallocate()
  }
}
