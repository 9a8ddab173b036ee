// The File Cache Manager of memory that is in no file: what `mmap`, `brk` and `spawn` give a program, its
// stack, and the image that its loader has put there. One representative; its pages are added by
// compare-exchange, so it needs no lock.

import CMachine

private final class AnonymousMemory: FileCacheManager {
  private let shared: AnonymousMemoryMissHandler

  init(_ shared: AnonymousMemoryMissHandler) {
    self.shared = shared
    super.init()
  }

  override func page(at offset: UInt, for access: Access) -> PageAnswer {
    guard let place = shared.pages.makePlace(offset >> pageShift) else { return .noMemory }
    let known = atomic_load(place)
    return known != 0 ? PageAnswer(PageTableEntry(raw: known)) : fill(place, offset)
  }

  /// A page that is not there yet.
  private func fill(_ place: UnsafeMutablePointer<UInt>, _ offset: UInt) -> PageAnswer {
    let station = shared.station
    let colour = PageFrame.colour(of: shared.start &+ offset)
    guard
      let frame = dramManager.call({
        station == AnonymousMemoryMissHandler.anyStation
          ? $0.allocate(colour: colour) : $0.allocate(station: station, colour: colour)
      }
      )
    else { return .noMemory }
    let page = PageTableEntry(cached: frame.address, writable: true)
    // Another processor may have been faster.
    if !shared.source.call({ $0.fill(frame, from: pageBase(offset)) })
      || atomic_compare_exchange(place, 0, page.raw) != 0
    {
      dramManager.call { $0.free(frame.address) }
      let other = atomic_load(place)
      return other == 0 ? .noMemory : PageAnswer(PageTableEntry(raw: other))
    }
    shared.process.count(frames: 1)
    return PageAnswer(page)
  }

  /// What is not mapped can never be again: the memory goes at once.
  override func release(_ start: UInt, _ end: UInt) {
    shared.process.count(frames: 0 &- shared.pages.free(from: start >> pageShift, to: end >> pageShift))
  }

  override func attach() { shared.attach() }
  override func detach(users: UInt) { shared.detach(users) }
}

extension FileCacheManager {
  /// Which of them there are.
  enum Kind {
    /// Memory that is in no file, from where it is touched first, or all from one station.
    case anonymous
    case placed(station: UInt)
  }

  /// One for the addresses [start, end); the caller is the first that uses it. Nil when there is no memory, or
  /// too many objects.
  static func make(_ kind: Kind, for process: ProcessMissHandler, _ start: Address, _ end: Address)
    -> Reference<FileCacheManager>?
  {
    let station =
      switch kind {
      case .anonymous: AnonymousMemoryMissHandler.anyStation
      case .placed(let station): station
      }
    return AnonymousMemoryMissHandler.make(for: process, start, end, station: station)
  }
}

/// Behind it: its miss handler, and its pages.
private final class AnonymousMemoryMissHandler: ProcessPart {
  static let anyStation = ~UInt(0)

  let pages: CachedPages
  /// Where its frames come from; `anyStation`: from where they are touched first.
  let station: UInt
  let source: Reference<CachedObjectRepresentative>
  /// Where it was first mapped: its frames have the colours that go with addresses from here on.
  let start: Address
  private var attached: UInt = 1

  static func make(for process: ProcessMissHandler, _ start: Address, _ end: Address, station: UInt)
    -> Reference<FileCacheManager>?
  {
    guard let pages = CachedPages((end &- start) >> pageShift) else { return nil }
    if prepare() {
      let shared = AnonymousMemoryMissHandler(process, pages, station, start)
      let slot = shared.enter()
      if slot != 0 {
        shared.fill()
        return Reference(slot: slot)
      }
      TornadoNode.destroy(shared)
    }
    _ = pages.destroy()
    return nil
  }

  private init(_ process: ProcessMissHandler, _ pages: CachedPages, _ station: UInt, _ start: Address) {
    self.pages = pages
    self.start = start
    self.station = station
    source = zeroFill
    super.init(process, .shared)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(AnonymousMemory(self)).toOpaque()
  }

  func attach() { _ = atomic_add(&attached, 1) }
  func detach(_ users: UInt) { if atomic_add(&attached, ~0) == 0 { Existence.destroy(self, heldBy: users) } }

  override func destroyed() {
    if !isReplaced { process.count(frames: 0 &- pages.destroy()) }
    super.destroyed()
  }
}
