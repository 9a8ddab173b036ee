// File Cache Manager (FCM): which page frame has which page of a file (paper, Figure 3): it "checks if the
// file data is currently cached in memory", and else "requests a new physical page frame from the DRAM
// manager, and asks the Cached Object Representative (COR) to fill the page". The frames are its own: it
// alone gives them back.

import CMachine

/// What becomes of the question for a page: the page as it is mapped by who may write it, or why there is none.
/// One word, for it passes by each fault.
public struct PageAnswer {
  private let raw: UInt

  static let noMemory = PageAnswer(raw: 0)
  /// The file ends before it.
  static let beyondEnd = PageAnswer(raw: 1)

  @inline(__always) private init(raw: UInt) { self.raw = raw }
  @inline(__always) init(_ page: PageTableEntry) { raw = page.raw }

  /// Only a page has the valid bit.
  @inline(__always) var page: PageTableEntry? {
    let page = PageTableEntry(raw: raw)
    return page.isValid ? page : nil
  }
  /// Of a fault that needed it, where there is no page.
  var outcome: FaultOutcome { raw == PageAnswer.beyondEnd.raw ? .bus : .noMemory }
}

/// The interface of the clustered object. Offsets are in bytes from the file's beginning.
open class FileCacheManager {
  init() {}
  /// The page in which an offset lies, for an access to it.
  open func page(at offset: UInt, for access: Access) -> PageAnswer { abstract() }
  /// A region no longer has [start, end) mapped, and no processor can reach it there.
  open func release(_ start: UInt, _ end: UInt) { abstract() }
  /// One more that uses it: a region, or who has made it.
  open func attach() { abstract() }
  /// One less, to which the processors of a set have had calls. What nobody uses may go.
  open func detach(users: UInt) { abstract() }
}

/// The pages of a device's registers, for reading: they are there, and stay.
final class DevicePages: FileCacheManager {
  private let first: PhysicalAddress

  init(_ first: PhysicalAddress) {
    self.first = first
    super.init()
  }

  override func release(_ start: UInt, _ end: UInt) {}
  override func attach() {}
  override func detach(users: UInt) {}
  override func page(at offset: UInt, for access: Access) -> PageAnswer {
    PageAnswer(PageTableEntry(uncached: PhysicalAddress(raw: first.raw &+ pageBase(offset))))
  }
}

/// The monitor's page, for all programs.
@inline(__always) var monitorPages: Reference<FileCacheManager> { Reference(slot: 3) }
