/// One processor card: an R4400 with its primary caches and its secondary cache.
///
/// Everything beyond the secondary cache is its station's business: a processor that needs something from there fills in `request`,
/// waits, and goes on when one of the answering methods is called.
public final class Processor {
  public let number: Int
  public var time: UInt64 = 0
  public var status: ProcessorStatus = .running
  public var request = ExternalRequest()

  /// - Parameters:
  ///   - number: global number, for debugging only; the guest reads it from its station.
  ///   - counters: one word for each `ProcessorCounter`, owned by the station.
  public init(profile: MachineProfile, number: Int, counters: UnsafeMutablePointer<UInt64>) {
    self.number = number
  }

  /// Puts the processor at `entry` with everything as after power-on, and the arguments in `$4` to `$7`.
  public func reset(entry: UInt64, arguments: (UInt64, UInt64, UInt64, UInt64)) {}

  /// Executes the instructions that start before `limit` (ticks), until one has to wait.
  public func run(until limit: UInt64) {}

  public func lineData(_ physicalAddress: UInt64) -> UnsafeMutableRawPointer { fatalError() }
  public func fill(state: LineState, data: UnsafeRawPointer, resumeAt: UInt64) {}
  public func grant(resumeAt: UInt64) {}
  public func refuseConditional(resumeAt: UInt64) {}
  public func answerUncached(value: UInt64, resumeAt: UInt64) {}
  public func busError(resumeAt: UInt64) {}
  public func snoop(line: UInt64, invalidate: Bool) -> LineState { .invalid }
  public func setInterruptLine(_ ip: Int, _ level: Bool) {}
  public var interruptPending: Bool { false }
  public var nextTimer: UInt64 { .max }
  public func state(_ body: (UnsafeRawBufferPointer) -> Void) {}
}
