/// What a home's directory knows of a line, in NUMAchine's protocol: the first of its two levels.
struct HomeEntry: BitwiseCopyable {
  enum State: UInt8, StateChoice, CaseIterable, BitwiseCopyable {
    /// LV: memory is valid; copies, if any, are in this station.
    case localValid
    /// LI: one processor of this station has the line to itself, or has dropped it clean.
    case localInvalid
    /// GV: memory is valid; the stations of `stations` may have copies.
    case globalValid
    /// GI: the one station of `stations` owns the line.
    case globalInvalid
  }
  var state = State.localValid
  /// Mask of this station's processors that may hold the line or a link to it.
  var processors: UInt8 = 0
  /// Routing mask of other stations; it may name too many (`RingTopology.routingMask`).
  var stations: UInt16 = 0
  /// 1 + index of the transaction that has the line locked, 0 where none has.
  var lock: UInt8 = 0
  private var reserved: UInt8 = 0
  private var reservedToo: UInt16 = 0
}

/// What a locked line of a home waits for.
enum HomeLock: UInt8, StateChoice, CaseIterable, BitwiseCopyable {
  case none
  /// The home's own broadcast has not come back from the ring.
  case awaitsInvalidation
  /// A station has been asked for the line.
  case awaitsOwner
  /// A processor of this station has been asked for the line.
  case awaitsLocal
}

/// A request as its home, or the network cache of the requester's station, keeps it.
struct HomeRequest: BitwiseCopyable {
  var address: UInt64 = 0
  /// When it was issued first, in ticks: its age counts where it is refused.
  var issued: UInt64 = 0
  var kind = MessageKind.read
  /// Global number of the processor, or `Station.deviceRequester`.
  var requester: UInt8 = 0
  /// How often it has been refused.
  var retries: UInt8 = 0
  /// The message that holds the line of a `deviceWrite`, -1 for others.
  var message: Int32 = -1
}

/// A line that a home has locked, until an answer comes.
struct LockedLine: BitwiseCopyable {
  var request = HomeRequest()
  var lock = HomeLock.none
  /// The owner's write-back has come in front of its `notFound`.
  var hasWriteBack = false
  /// The owner's station may hold shared copies on.
  var stillShared = false
  /// The station, or the local processor, that was asked.
  var owner: UInt8 = 0
}

/// Who is served next, where refused requests could otherwise overtake each other for ever: one for each bank
/// of a home and one for each network cache. The oldest goes first.
struct Reservation: BitwiseCopyable {
  /// A line of the home, or the number of a network cache's frame.
  var address: UInt64 = 0
  /// When the holder's request was issued first.
  var issued: UInt64 = 0
  var requester: UInt8 = 0
  var isHeld = false

  /// Refusals after which a request asks for the reservation: before that, keeping the line for it would cost
  /// the others more than it brings.
  static let threshold: UInt8 = 4

  /// Whether the line is kept for somebody else.
  func excludes(_ request: HomeRequest) -> Bool {
    isHeld && address == request.address && requester != request.requester
  }

  /// A request has been refused: it takes the reservation if it is older than the holder.
  mutating func refuse(_ request: HomeRequest) {
    guard request.retries >= Self.threshold else { return }
    if isHeld, (issued, requester) <= (request.issued, request.requester) { return }
    address = request.address
    issued = request.issued
    requester = request.requester
    isHeld = true
  }

  /// A request is served.
  mutating func serve(_ request: HomeRequest) {
    if isHeld, address == request.address, requester == request.requester { self = Reservation() }
  }
}
