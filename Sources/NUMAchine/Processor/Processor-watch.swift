/// Watch (R4400 User's Manual, ch. 5): an exception on loads or stores of one doubleword of physical memory.
///
/// Costs nothing while it is not used, and then only where its line is: that line stays out of the hit
/// tables, so that its accesses take the slow path.
extension Processor {
  private static var loads: UInt32 { 2 }
  private static var stores: UInt32 { 1 }

  /// Physical address of the doubleword that WatchHi and WatchLo name.
  private var watched: UInt64 {
    UInt64(core.pointee.control.watchHi & 15) << 32 | UInt64(core.pointee.control.watchLo & ~7)
  }

  private var isWatching: Bool { core.pointee.control.watchLo & (Self.loads | Self.stores) != 0 }

  func isWatchedLine(_ physical: UInt64) -> Bool { isWatching && (physical ^ watched) & ~UInt64(lineBytes - 1) == 0 }

  /// - Parameter physical: of any of the bytes accessed, which all lie in one doubleword (`Extent`).
  func isWatched(_ physical: UInt64, _ access: Access) -> Bool {
    core.pointee.control.watchLo & (access == .store ? Self.stores : Self.loads) != 0 && physical & ~7 == watched
  }

  /// The instruction at hand accesses what is watched, and would do so without another exception.
  ///
  /// - Returns: whether it goes on: in a handler, the exception is put off until after it.
  func watchAdmits() -> Bool {
    if core.pointee.control.status & (Status.exl | Status.erl) != 0 {
      core.pointee.watchIsPending = true
      return true
    }
    raise(.watch)
    return false
  }

  /// Between instructions: the exception that was put off comes before the instruction at `core.pc`, when
  /// nothing puts it off any longer.
  func takeDeferredWatch() {
    guard core.pointee.control.status & (Status.exl | Status.erl) == 0 else { return }
    core.pointee.watchIsPending = false
    exception(.watch)
  }

  /// Must be called after every change to WatchLo and WatchHi: what was put off is forgotten, and the new
  /// line must not be in the hit tables.
  func watchChanged() {
    core.pointee.watchIsPending = false
    if isWatching { clearTables() }
  }
}
