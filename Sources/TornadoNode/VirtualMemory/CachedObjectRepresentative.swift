// Cached Object Representative (COR): the file behind a File Cache Manager (paper, Figure 3). It fills the
// pages that the FCM has frames for. The one here stands for no file at all: anonymous memory begins as
// zeros.

import CMachine

/// The interface of the clustered object.
open class CachedObjectRepresentative {
  init() {}
  /// Fills a frame with what the file has at an offset, a multiple of the page size. False if that is not to
  /// be had.
  open func fill(_ frame: PageFrame, from offset: UInt) -> Bool { abstract() }
}

/// Nothing but zeros, however long. One for the system, with one representative: it has no state.
final class ZeroFill: CachedObjectRepresentative {
  override func fill(_ frame: PageFrame, from offset: UInt) -> Bool {
    if !frame.isZero { zero_page(frame.address.pointer) }
    return true
  }
}

@inline(__always) var zeroFill: Reference<CachedObjectRepresentative> { Reference(slot: 2) }
