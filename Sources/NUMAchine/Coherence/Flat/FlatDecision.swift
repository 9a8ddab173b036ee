/// What a home of the flat protocol does with a request for a line that is not locked, as a function of all
/// that it decides by. The model has its table from here (`Tests/Protocol/flat-decisions.pml`).
enum FlatDecision: CaseIterable {
  /// The requester's copy is the only one: it may be written.
  case grant
  /// The copy that was to be written has gone, and the requester wants nothing else.
  case refuse
  /// The other copies are invalidated first.
  case invalidateCopies
  /// Another processor has the line to itself, and is asked for it first.
  case askOwner
  /// Memory's line goes to one reader more.
  case share
  /// Memory's line goes to a reader, and nobody else has it.
  case giveToReader
  /// Memory's line goes to a writer, and nobody else has it.
  case giveToWriter
  /// A device writes the line in memory.
  case storeDeviceLine

  /// - Parameters:
  ///   - isHolder: the directory names the requester.
  ///   - hasOthers: the directory names other processors.
  @inline(__always)
  static func of(_ request: MessageKind, _ state: DirectoryEntry.State, isHolder: Bool, hasOthers: Bool) -> Self {
    switch (request, state) {
    case (.upgrade, .shared) where isHolder, (.conditionalUpgrade, .shared) where isHolder:
      hasOthers ? .invalidateCopies : .grant
    case (.conditionalUpgrade, _): .refuse
    case (_, .exclusive) where hasOthers: .askOwner
    case (.read, .shared): .share
    case (.read, _): .giveToReader
    case (_, .shared) where hasOthers: .invalidateCopies
    case (.deviceWrite, _): .storeDeviceLine
    default: .giveToWriter
    }
  }
}
