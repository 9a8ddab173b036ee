/// A frame of a network cache: what a station knows of a line of another station's memory, in NUMAchine's
/// protocol.
struct NetworkCacheEntry: BitwiseCopyable {
  enum State: UInt8, StateChoice, CaseIterable, BitwiseCopyable {
    case notIn
    /// GI: no copy in this station.
    case globalInvalid
    /// GV: the line here is valid and shared with other stations.
    case globalValid
    /// LV: this station owns the line; it is valid here, and processors may share it.
    case localValid
    /// LI: this station owns the line, and one of its processors has it to itself. If that has dropped it
    /// clean, the line here is valid.
    case localInvalid
  }

  /// What a locked frame waits for.
  enum Lock: UInt8, StateChoice, CaseIterable, BitwiseCopyable {
    case none
    /// The home has been asked.
    case readPending, readExclusivePending, upgradePending
    /// A transaction inside the station is under way.
    case localPending
  }

  var tag: UInt64 = 0
  var state = State.notIn
  /// Mask of this station's processors that may hold the line or a link to it.
  var processors: UInt8 = 0
  var lock = Lock.none
  // Of the request that has the frame locked:
  var kind = MessageKind.read
  /// The processor's number in the station.
  var requester: UInt8 = 0
  var retries: UInt8 = 0
  /// Its line has come, its own invalidation has not.
  var hasData = false
  /// Its own invalidation has come, its line has not.
  var hasInvalidation = false
  /// The copy that it was to upgrade has been taken away.
  var lostCopy = false
  /// The home has been told that the line is busy and will ask again: until then the station's processors get
  /// nothing new of it.
  var isAsked = false
  private var reservedToo: UInt16 = 0
  private var reservedAlso: UInt32 = 0
  /// When it was issued first.
  var issued: UInt64 = 0

  /// The home of the line has been asked.
  var isHomePending: Bool { lock == .readPending || lock == .readExclusivePending || lock == .upgradePending }
}

/// A station's network cache: direct-mapped, of lines of other stations' memory. It need not hold what the
/// station's processors hold.
struct NetworkCache {
  private let frames: FlatBuffer<NetworkCacheEntry>
  private let lines: FlatBuffer<UInt8>
  private let shift: UInt64
  private let recordBytes: Int
  /// Tick at which its memory is free.
  private let free: StateValue<UInt64>
  private let reserved: StateValue<Reservation>

  /// A profile without network caches has none of a frame.
  init(_ state: StateSpace, profile: MachineProfile) {
    let bytes = profile.coherence == .numachine ? max(profile.networkCacheBytes, profile.secondaryLineBytes) : 0
    recordBytes = LineRecord(lineBytes: profile.secondaryLineBytes).bytes
    shift = UInt64(profile.secondaryLineBytes.trailingZeroBitCount)
    frames = state.buffer("frames", count: bytes / profile.secondaryLineBytes)
    lines = state.buffer("lines", count: frames.count * recordBytes)
    free = state.value("free", 0)
    reserved = state.value("reservation", Reservation())
  }

  var reservation: Reservation {
    get { reserved.value }
    nonmutating set { reserved.value = newValue }
  }

  /// The number of the frame that this address's line can be in.
  func frame(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: address >> shift) & (frames.count &- 1)
  }

  func entry(_ frame: Int) -> UnsafeMutablePointer<NetworkCacheEntry> { frames.base + frame }

  /// The frame's entry if it holds this line.
  func held(_ address: UInt64) -> UnsafeMutablePointer<NetworkCacheEntry>? {
    let entry = frames.base + frame(address)
    return entry.pointee.state != .notIn && entry.pointee.tag == address ? entry : nil
  }

  /// The `LineRecord` in a frame.
  func line(_ frame: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(lines.base + frame &* recordBytes) }

  /// The `LineRecord` of an address that a frame holds.
  func line(of address: UInt64) -> UnsafeMutableRawPointer { line(frame(address)) }

  /// Takes the cache's memory for `ticks`, at `earliest` or as soon as it is free; returns its first tick.
  func occupy(earliest: UInt64, ticks: Int) -> UInt64 {
    let start = max(earliest, free.value)
    free.value = start &+ UInt64(ticks)
    return start
  }
}

extension NetworkCache {
  /// Whether what was restored is what a station's network cache can know of others' lines.
  func isSound(in station: Station) -> Bool {
    free.value < PacketCheck.lastTick
      && frames.touchedElements { index, entry in
        guard entry.state != .notIn || entry.lock != .none || entry.isAsked else { return true }
        return station.isLine(entry.tag) && station.home(of: entry.tag) != station.number && frame(entry.tag) == index
          && entry.processors & ~station.allProcessors == 0 && Int(entry.requester) < station.processors.count
          && (entry.state != .localInvalid || entry.processors.nonzeroBitCount == 1)
          && (entry.lock == .none || entry.kind.rawValue <= MessageKind.conditionalUpgrade.rawValue)
      }
  }
}
