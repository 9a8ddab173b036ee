// Where a call lies that passes from one processor to another. Every pair of processors has a line of its
// own, in memory of the station of the one that is called: who calls writes it and interrupts, who serves
// reads it and writes the results, and the caller reads those. No other line moves.
//
// A line has room for one call at a time. For more (another thread of the caller's processor calls meanwhile,
// or what was called calls back and that calls again) there are blocks of the caller's heap, which are put
// into a list of the called processor.

import CMachine

enum CallLines {
  /// The own processor's.
  @inline(__always) private static var own: UnsafeMutableRawPointer {
    ProcessorPages.page(CALL_LINES_PAGE, station: local.pointee.station, index: local.pointee.index)
  }

  /// To the own processor.
  @inline(__always) static func line(from caller: UInt) -> RemoteCallPointer {
    (own + Int(bitPattern: caller &* lineBytes)).assumingMemoryBound(to: RemoteCall.self)
  }

  static func line(from caller: UInt, to called: UInt) -> RemoteCallPointer {
    (ProcessorPages.page(CALL_LINES_PAGE, of: called) + Int(bitPattern: caller &* lineBytes)).assumingMemoryBound(
      to: RemoteCall.self)
  }

  /// Whose line a call to the own processor is in; nil for one of the list.
  static func caller(_ call: RemoteCallPointer) -> UInt? {
    let offset = UInt(bitPattern: call) &- UInt(bitPattern: own)
    return offset < pageBytes ? offset / lineBytes : nil
  }
}
