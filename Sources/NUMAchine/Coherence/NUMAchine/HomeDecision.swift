/// What a home of NUMAchine's protocol does with a request for a line that is not locked, as a function of
/// all that it decides by. The model has its table from here (`Tests/Protocol/numachine-decisions.pml`).
enum HomeDecision: CaseIterable {
  /// The copy that was to be written has gone, and the requester wants nothing else.
  case refuse
  /// The requester's station has a write-back of the line on its way: it asks again.
  case retry
  /// The requester, of this station, had the line to itself and has dropped it clean: memory is valid, and
  /// the home decides again.
  case forgetOwner
  /// A processor of this station has the line to itself, and is asked for it first.
  case askLocalOwner
  /// Another station owns the line, and is asked for it first; the requester's own, where that has forgotten
  /// that one of its processors owns the line (a false remote request).
  case askOwnersStation
  /// Memory's line goes to a reader.
  case share
  /// No other station has a copy, and the requester's own may be written.
  case grant
  /// Other stations' copies are invalidated by a broadcast, after which the requester's own may be written.
  case broadcast
  /// Other stations' copies are invalidated by a broadcast, and memory's line goes to the writer.
  case broadcastAndGive
  /// No other station has a copy, and memory's line goes to the writer.
  case giveToWriter
  /// No other station has a copy, and a device writes the line in memory.
  case storeDeviceLine

  /// What the directory knows of the requester's hold on the line: where memory is valid of its copy (`maybe`
  /// where the mask of stations names too many), else whether it is the owner, or its station is.
  enum Holding: CaseIterable { case no, maybe, yes }

  /// - Parameter hasOthers: the directory names other stations than the requester's and its own.
  @inline(__always)
  static func of(_ request: MessageKind, _ state: HomeEntry.State, _ holding: Holding, hasOthers: Bool) -> Self {
    switch (state, request) {
    case (.localInvalid, .conditionalUpgrade): .refuse
    case (.localInvalid, _): holding == .yes ? .forgetOwner : .askLocalOwner
    case (.globalInvalid, .upgrade) where holding == .yes: .retry
    case (.globalInvalid, .conditionalUpgrade): holding == .yes ? .retry : .refuse
    case (.globalInvalid, _): .askOwnersStation
    case (_, .read): .share
    case (_, .upgrade) where holding == .yes, (_, .conditionalUpgrade) where holding == .yes:
      hasOthers ? .broadcast : .grant
    case (_, .conditionalUpgrade) where holding == .no: .refuse
    case (_, _) where hasOthers: .broadcastAndGive
    case (_, .deviceWrite): .storeDeviceLine
    default: .giveToWriter
    }
  }
}
