/// What a network cache does with a request of its station, for a frame that is not locked, as a function of
/// all that it decides by. The model has its table from here (`Tests/Protocol/numachine-decisions.pml`).
enum NetworkCacheDecision: CaseIterable {
  /// The frame's line goes to one reader more.
  case hit
  /// The reader had the line to itself and has dropped it clean: the frame's line is valid.
  case hitOfOwner
  /// Another processor of the station has the line to itself, and is asked for it.
  case askProcessor
  /// The station owns the line: the requester's copy may be written.
  case grantLocally
  /// The station owns the line: the frame's goes to the writer.
  case giveLocally
  /// The line's home is asked.
  case askHome
  /// No processor can ask for that.
  case impossible

  /// - Parameter isOnly: the frame names the requester and no other processor.
  @inline(__always)
  static func of(_ request: MessageKind, _ state: NetworkCacheEntry.State, isOnly: Bool) -> Self {
    switch (state, request) {
    case (.globalValid, .read), (.localValid, .read): .hit
    case (.localInvalid, .read): isOnly ? .hitOfOwner : .askProcessor
    case (.localInvalid, .readExclusive): isOnly ? .giveLocally : .askProcessor
    case (.localInvalid, _): .impossible
    case (.localValid, .upgrade), (.localValid, .conditionalUpgrade): .grantLocally
    case (.localValid, _): .giveLocally
    default: .askHome
    }
  }
}
