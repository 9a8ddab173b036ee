// Region: a part of a process's address space, and what is behind it (paper, Figure 3): it "translates the
// fault address into a file offset, and forwards the request to the File Cache Manager", checks what may be
// done there, and has the HAT enter the page.

import CMachine

public struct Protection: Equatable {
  let bits: UInt
  static let read = Protection(bits: 1)
  static let readWrite = Protection(bits: 3)
  static let none = Protection(bits: 0)

  @inline(__always) func allows(_ access: Access) -> Bool { bits & access.rawValue != 0 }
  @inline(__always) var isWritable: Bool { bits & 2 != 0 }
}

/// What an instruction did at an address.
public enum Access: UInt {
  case load = 1
  case store = 2
  case fetch = 4
}

/// What came of a page fault.
public enum FaultOutcome {
  case served
  /// No region there, or one that does not allow the access.
  case refused
  case noMemory
}

/// The interface of the clustered object. The process sees to it that it is asked only for addresses that it
/// has there (`RegionList`).
open class Region {
  init() {}
  /// Serves a fault of the own processor. `frames` grows by the frames taken for the process.
  open func handleFault(_ address: Address, _ access: Access, _ frames: inout UInt) -> FaultOutcome { .refused }
  /// [start, end) is no part of it any more: no processor can reach what was there. `frames` falls by the
  /// frames given back.
  open func cut(_ start: Address, _ end: Address, _ frames: inout UInt) {}
  /// The process has nothing of it any more. First phase of its destruction, and of what only it referred to.
  open func destroy() {}
}

/// The region of all addresses that may not be touched: below a stack, or mapped without any right. It needs
/// nothing but to be there, so there is one for all (K42 has it under this name).
final class RedZone: Region {}

@inline(__always) var redZone: Reference<Region> { Reference(slot: 4) }

/// A region with one representative.
final class SimpleRegion: Region {
  private let shared: SimpleRegionShared

  init(_ shared: SimpleRegionShared) {
    self.shared = shared
    super.init()
  }

  override func handleFault(_ address: Address, _ access: Access, _ frames: inout UInt) -> FaultOutcome {
    if !shared.protection.allows(access) { return .refused }
    let offset = address &- shared.start &+ shared.offset
    guard let page = shared.cache.call({ $0.page(at: offset, &frames) }) else { return .noMemory }
    let entry = shared.protection.isWritable ? page : page.readOnly
    return shared.hat.call { $0.map(address, entry, &frames) } ? .served : .noMemory
  }

  override func cut(_ start: Address, _ end: Address, _ frames: inout UInt) {
    let first = start &- shared.start &+ shared.offset
    shared.cache.call { $0.unmapped(first, first &+ (end &- start), &frames) }
  }

  override func destroy() {
    let users = shared.users
    shared.cache.callOnce { $0.detach(users: users) }
    // Who might have found it in the process's list has answered since it was taken out there, or is no
    // thread of the process.
    Existence.destroy(shared, heldBy: 0)
  }
}

/// Behind it: its miss handler, and what it is.
final class SimpleRegionShared: ProcessPart {
  /// Where it begins, and the offset that this is in what is behind it.
  let start: Address
  let offset: UInt
  let protection: Protection
  let cache: Reference<FileCacheManager>
  let hat: Reference<HAT>

  /// Nil when there is no memory, or too many objects.
  static func make(
    for process: ProcessShared, at start: Address, _ protection: Protection, _ cache: Reference<FileCacheManager>,
    offset: UInt = 0
  ) -> Reference<Region>? {
    if !prepare() { return nil }
    let shared = SimpleRegionShared(process, start, protection, cache, offset)
    let slot = shared.enter()
    if slot == 0 {
      TornadoNode.destroy(shared)
      return nil
    }
    shared.fill()
    cache.call { $0.attach() }
    return Reference(slot: slot)
  }

  private init(
    _ process: ProcessShared, _ start: Address, _ protection: Protection, _ cache: Reference<FileCacheManager>,
    _ offset: UInt
  ) {
    self.start = start
    self.offset = offset
    self.protection = protection
    self.cache = cache
    hat = process.hat
    super.init(process, .shared)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(SimpleRegion(self)).toOpaque()
  }
}
