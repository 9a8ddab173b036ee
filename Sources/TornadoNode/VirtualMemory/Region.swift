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
  /// What is mapped there has no such page: it lies behind the end of a file.
  case bus
}

/// The interface of the clustered object. The process sees to it that it is asked only for addresses that it
/// has there (`RegionList`).
open class Region {
  /// Which of them there are.
  public enum Kind {
    /// One representative.
    case simple
    /// One on each station, so that a fault reads what is at home there.
    case replicated
  }

  init() {}
  /// Serves a fault of the own processor.
  open func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { abstract() }
  /// [start, end) is no part of it any more: no processor can reach what was there.
  open func release(_ start: Address, _ end: Address) { abstract() }
  /// Changes its kind while it is in use. `holders`: the processors that can have a reference to it. False
  /// when there is no memory, or it is being changed or destroyed.
  open func become(_ kind: Kind, heldBy holders: UInt) -> Bool { abstract() }
  /// The process has nothing of it any more. First phase of its destruction, and of what only it referred to.
  open func destroy() { abstract() }
}

/// The region of all addresses that may not be touched: below a stack, or mapped without any right. It needs
/// nothing but to be there, so there is one for all (K42 has it under this name).
final class RedZone: Region {
  override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome { .refused }
  override func release(_ start: Address, _ end: Address) {}
  override func become(_ kind: Kind, heldBy holders: UInt) -> Bool { false }
  override func destroy() {}
}

@inline(__always) var redZone: Reference<Region> { Reference(slot: 4) }

/// What a region is. It never changes.
private struct Extent {
  /// Where it begins, and the offset that this is in what is behind it.
  let start: Address
  let offset: UInt
  let protection: Protection
  let cache: Reference<FileCacheManager>
  let hat: Reference<HAT>

  @inline(__always) func handleFault(_ address: Address, _ access: Access) -> FaultOutcome {
    if !protection.allows(access) { return .refused }
    let fileOffset = address &- start &+ offset
    let answer = cache.call { $0.page(at: fileOffset, for: access) }
    guard let page = answer.page else { return answer.outcome }
    let entry = protection.isWritable ? page : page.readOnly
    return hat.call { $0.map(address, entry) } ? .served : .noMemory
  }
}

/// A region with one representative.
private class SimpleRegion: Region {
  final let handler: RegionMissHandler

  init(_ handler: RegionMissHandler) {
    self.handler = handler
    super.init()
  }

  override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome {
    handler.extent.handleFault(address, access)
  }

  override func release(_ start: Address, _ end: Address) {
    let first = start &- handler.extent.start &+ handler.extent.offset
    handler.extent.cache.call { $0.release(first, first &+ (end &- start)) }
  }

  override func become(_ kind: Kind, heldBy holders: UInt) -> Bool {
    guard let new = RegionMissHandler.prepared(kind, handler.process, handler.extent) else { return false }
    if Existence.replace(Reference<Region>(slot: handler.slot), with: new, heldBy: holders) { return true }
    TornadoNode.destroy(new)
    return false
  }

  override func destroy() {
    let users = handler.isReplaced ? Objects.everyone : handler.users
    handler.extent.cache.callOnce { $0.detach(users: users) }
    // Who might have found it in the process's list has answered since it was taken out there, or is no
    // thread of the process.
    Existence.destroy(handler, heldBy: 0)
  }
}

/// A region with a representative on each station: a fault reads what is at home there.
private final class ReplicatedRegion: SimpleRegion {
  private let extent: Extent

  override init(_ handler: RegionMissHandler) {
    extent = handler.extent
    super.init(handler)
  }

  override func handleFault(_ address: Address, _ access: Access) -> FaultOutcome {
    extent.handleFault(address, access)
  }
}

extension Region {
  /// A region of a process from `start` on, with what `cache` has from `offset` on. Nil when there is no
  /// memory, or too many objects.
  static func make(
    _ kind: Kind, for process: ProcessMissHandler, at start: Address, _ protection: Protection,
    _ cache: Reference<FileCacheManager>, offset: UInt = 0
  ) -> Reference<Region>? {
    let extent = Extent(start: start, offset: offset, protection: protection, cache: cache, hat: process.hat)
    guard let handler = RegionMissHandler.prepared(kind, process, extent) else { return nil }
    let slot = handler.enter()
    if slot == 0 {
      TornadoNode.destroy(handler)
      return nil
    }
    handler.fill()
    cache.call { $0.attach() }
    return Reference(slot: slot)
  }
}

/// Behind a region: the miss handler of either kind.
private final class RegionMissHandler: ProcessPart {
  fileprivate let extent: Extent

  /// One that is not yet an object's. Nil when there is no memory, or there are too many objects.
  @inline(__always) static func prepared(_ kind: Region.Kind, _ process: ProcessMissHandler, _ extent: Extent)
    -> RegionMissHandler?
  {
    if !prepare() || kind == .replicated && !KernelHeap.prepare(Objects.processors &* 8) { return nil }
    return RegionMissHandler(kind, process, extent)
  }

  @inline(__always) private init(_ kind: Region.Kind, _ process: ProcessMissHandler, _ extent: Extent) {
    self.extent = extent
    super.init(process, kind == .simple ? .shared : .perStation)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(placement == .shared ? SimpleRegion(self) : ReplicatedRegion(self)).toOpaque()
  }
}
