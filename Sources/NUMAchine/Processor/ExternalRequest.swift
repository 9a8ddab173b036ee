/// What a processor asks of its station when its own caches cannot serve an access.
///
/// The R4400's external agent: everything beyond the secondary cache is on the other side of this request. A
/// processor has at most one request outstanding and waits for its answer.
public struct ExternalRequest: BitwiseCopyable {
  public enum Kind: UInt8, BitwiseCopyable, StateChoice, CaseIterable {
    case none
    /// A line to read: the answer fills it shared or clean exclusive.
    case read
    /// A line to write: the answer fills it dirty exclusive.
    case readExclusive
    /// The line is held shared and is to be written; answered by a grant, or by a fill where the line was
    /// lost meanwhile.
    case upgrade
    /// As `upgrade`, for a store conditional: refused where the line was lost meanwhile, so that a failing SC
    /// disturbs nobody.
    case conditionalUpgrade
    /// A CACHE operation gives a dirty line up, which is written back where it is a victim, else lost.
    case giveUp
    /// An uncached load of 8 bytes.
    case uncachedRead
    /// An uncached store of 8 bytes.
    case uncachedWrite
  }

  public var kind: Kind = .none
  /// The access fetches an instruction.
  public var isInstruction = false
  /// The slot of the secondary cache that the line will take held a dirty line, which leaves the processor
  /// with this request.
  public var hasVictim = false
  /// With `giveUp`: a shared copy stays.
  public var keepsCopy = false
  /// Physical address: of the line, or of the uncached register.
  public var address: UInt64 = 0
  /// What an uncached store writes.
  public var value: UInt64 = 0
  /// When the instruction was issued, in ticks.
  public var time: UInt64 = 0
  /// Virtual address of the first byte of the access that asks for a line.
  public var virtualAddress: UInt64 = 0
  /// The words of the line that this access is to: the first, and how many.
  var firstWord: UInt8 = 0
  var words: UInt8 = 1
  /// Physical address of the victim line; its data stay in the slot of the secondary cache until the answer.
  public var victim: UInt64 = 0

  public init() {}
}

/// State of a line in a secondary cache (R4400 User's Manual, ch. 11; "dirty shared" does not occur in an
/// invalidation protocol).
public enum LineState: UInt8, CaseIterable {
  case invalid = 0
  case shared = 1
  case cleanExclusive = 2
  case dirtyExclusive = 3
}

/// Whether a processor can go on.
public enum ProcessorStatus: UInt8, BitwiseCopyable, StateChoice, CaseIterable {
  case running
  /// An `ExternalRequest` is outstanding.
  case waiting
}
