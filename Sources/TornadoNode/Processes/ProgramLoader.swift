// From a checked program file to a process with an address space: segments, initial stack (Linux n64), first
// thread.
//
// The program's memory is written through its frames' physical addresses, not through its address space,
// which is not active here.

import CMachine

/// Where a program's file is.
enum ProgramSource {
  case kernel(UnsafeRawPointer)
  /// In the memory of the process that runs.
  case user(Address)
}

struct ProgramLoader {
  let shared: ProcessMissHandler
  private let source: ProgramSource
  private let processor: UInt
  /// The memory that is being filled, and the address at which it begins.
  private var memory: Reference<FileCacheManager>?
  private var memoryStart: Address = 0

  static let stackEnd = Address(TORNADO_STACK_END)
  static let stackBytes = UInt(TORNADO_STACK_BYTES)

  private init(_ shared: ProcessMissHandler, _ source: ProgramSource, _ processor: UInt) {
    self.shared = shared
    self.source = source
    self.processor = processor
  }

  /// Loads a program and makes its first thread, for the caller to make ready, or says why not. On failure
  /// nothing is left behind but the process, which the caller ends.
  static func load(
    _ program: ELFProgram, from source: ProgramSource, _ arguments: ProgramArguments, into shared: ProcessMissHandler,
    processor: UInt
  ) -> Result<ThreadPointer, ProgramRejected> {
    var loader = ProgramLoader(shared, source, processor)
    let result = loader.fill(program, arguments)
    loader.finish()
    // What this processor stored may be in its instruction cache as something else; others' lines went by the
    // protocol.
    InstructionCache.invalidateAll()
    return result
  }

  private var initialStackPointer: Address = 0

  private func failed(_ reason: StaticString) -> Result<ThreadPointer, ProgramRejected> {
    .failure(ProgramRejected(reason: reason))
  }

  private mutating func fill(_ program: ELFProgram, _ arguments: ProgramArguments) -> Result<
    ThreadPointer, ProgramRejected
  > {
    if !loadImage(program) { return failed("no memory for the program") }
    let objects = UInt(TORNADO_GLOBAL_TABLE)
    guard beginRegion(objects, objects &+ UInt(TORNADO_SHARED_BYTES)),
      beginRegion(ProgramLoader.stackEnd &- ProgramLoader.stackBytes, ProgramLoader.stackEnd),
      buildStack(program, arguments)
    else { return failed("no memory for the program's stack") }
    _ = atomic_add(shared.line(.threads), 1)
    _ = atomic_add(shared.line(.threadNumbers), 1)
    guard
      let thread = ThreadRecord.make(
        process: shared.reference, number: 1, processor: processor, entry: program.entry, argument: 0,
        stack: initialStackPointer)
    else { return failed("no memory for the first thread") }
    thread.pointee.isArriving = true
    SoftwareCounter.programsStarted.add()
    return .success(thread)
  }

  // ---- Memory, and the regions that lead to it

  /// New memory for [start, end), to be filled.
  private mutating func begin(_ start: Address, _ end: Address) -> Bool {
    finish()
    memory = FileCacheManager.make(.anonymous, for: shared, start, end)
    memoryStart = start
    return memory != nil
  }

  /// As `begin`, with a region of its own.
  private mutating func beginRegion(_ start: Address, _ end: Address) -> Bool {
    begin(start, end) && addRegion(start, end, .readWrite)
  }

  /// The memory is its regions' alone now. Without any it goes.
  private mutating func finish() {
    memory?.call { $0.detach(users: 0) }
    memory = nil
  }

  /// A region for a part of the memory.
  private func addRegion(_ start: Address, _ end: Address, _ protection: Protection) -> Bool {
    guard let memory,
      let region = Region.make(.simple, for: shared, at: start, protection, memory, offset: start &- memoryStart)
    else { return false }
    // Nobody else has the process's list yet.
    if shared.regions.add(start, end, region) != nil { return true }
    region.call { $0.destroy() }
    return false
  }

  // ---- The program's segments

  /// Segments that are near each other: they have one memory, for two may share a page. A memory has a word for
  /// each of its pages, so there is another one for those that are far away.
  private struct Group {
    let first: UInt
    var end: UInt
    let startAddress: Address
    var endAddress: Address
    static let distance: UInt = 1 << PageTable.leafShift

    /// The group that begins with a program header or a later one; nil if none does. Segments are in order.
    init?(_ program: ELFProgram, from first: UInt) {
      var number = first
      while number < program.headers && program.segment(number) == nil { number &+= 1 }
      guard number < program.headers, let segment = program.segment(number) else { return nil }
      self.first = number
      startAddress = pageBase(segment.address)
      endAddress = pageRoundedUp(segment.end)
      end = number &+ 1
      while end < program.headers {
        if let segment = program.segment(end) {
          if segment.address > endAddress &+ Self.distance { return }
          endAddress = pageRoundedUp(segment.end)
        }
        end &+= 1
      }
    }

    func forEach(_ program: ELFProgram, _ body: (ELFProgram.Segment) -> Bool) -> Bool {
      var number = first
      while number < end {
        if let segment = program.segment(number), !body(segment) { return false }
        number &+= 1
      }
      return true
    }
  }

  private mutating func loadImage(_ program: ELFProgram) -> Bool {
    var next: UInt = 0
    while let group = Group(program, from: next) {
      next = group.end
      shared.breakStart = group.endAddress
      shared.breakEnd = group.endAddress
      guard begin(group.startAddress, group.endAddress), addRegions(program, group),
        group.forEach(program, { copySegment($0) })
      else { return false }
    }
    return true
  }

  /// A region for each segment, of whole pages. A page in which one segment ends and the next begins is a
  /// region of its own, which allows what either does.
  private func addRegions(_ program: ELFProgram, _ group: Group) -> Bool {
    var start: Address = 0
    var end: Address = 0
    var bits: UInt = 0
    let isAdded = group.forEach(program) { segment in
      var own = pageBase(segment.address)
      let ownBits: UInt = 1 | (segment.isWritable ? 2 : 0) | (segment.isExecutable ? 4 : 0)
      if own < end {
        if start < own && !addRegion(start, own, Protection(bits: bits)) { return false }
        start = own
        bits |= ownBits
        own = end
        // Of a segment that ends in that page too, nothing is left.
        if pageRoundedUp(segment.end) <= end { return true }
      }
      if start < end && !addRegion(start, end, Protection(bits: bits)) { return false }
      start = own
      end = pageRoundedUp(segment.end)
      bits = ownBits
      return true
    }
    return isAdded && addRegion(start, end, Protection(bits: bits))
  }

  /// Copies what the file has of a segment. The rest is zeros, made when touched.
  private mutating func copySegment(_ segment: ELFProgram.Segment) -> Bool {
    switch source {
    case .kernel(let file): return write(segment.address, file + Int(bitPattern: segment.offset), segment.fileBytes)
    case .user(let file): return write(segment.address, user: file &+ segment.offset, segment.fileBytes)
    }
  }

  /// Writes to the memory. False when there are no frames for it.
  private mutating func write(_ address: Address, _ from: UnsafeRawPointer, _ bytes: UInt) -> Bool {
    write(address, bytes) { to, offset, piece in
      _ = memcpy(to, from + Int(bitPattern: offset), piece)
      return true
    }
  }

  /// As the other, from memory of the process that runs. False also where that has none.
  private mutating func write(_ address: Address, user from: Address, _ bytes: UInt) -> Bool {
    write(address, bytes) { to, offset, piece in
      guard let pointer = UnsafeRawPointer(bitPattern: from &+ offset) else { return false }
      return copy_user(to, pointer, piece) == 0
    }
  }

  @inline(__always) private mutating func write(
    _ address: Address, _ bytes: UInt, _ copy: (UnsafeMutableRawPointer, UInt, UInt) -> Bool
  ) -> Bool {
    var done: UInt = 0
    while done < bytes {
      let to = address &+ done
      guard let page = page(to) else { return false }
      let room = pageBytes &- to & (pageBytes &- 1)
      let left = bytes &- done
      let piece = left < room ? left : room
      if !copy(page + Int(bitPattern: to & (pageBytes &- 1)), done, piece) { return false }
      done &+= piece
    }
    return true
  }

  /// The frame behind an address.
  private mutating func page(_ address: Address) -> UnsafeMutableRawPointer? {
    let offset = address &- memoryStart
    return memory?.call { $0.page(at: offset, for: .store) }.page?.frame.pointer
  }

  // ---- The initial stack: argc, argv, envp, auxv from the stack pointer upwards, and the strings above
  // (System V ABI, MIPS n64)

  private enum Auxiliary {
    static let null: UInt = 0
    static let programHeaders: UInt = 3
    static let programHeaderBytes: UInt = 4
    static let programHeaderCount: UInt = 5
    static let pageBytes: UInt = 6
    static let entry: UInt = 9
    static let userIdentifiers: ClosedRange<UInt> = 11...14
    static let clockTick: UInt = 17
    static let secure: UInt = 23
    static let random: UInt = 25
  }

  private mutating func buildStack(_ program: ELFProgram, _ arguments: ProgramArguments) -> Bool {
    let top = ProgramLoader.stackEnd
    let random = top &- 32
    let strings = (random &- arguments.bytes) & ~15
    // 12 pairs at most, argc, argv and envp with their ends.
    let words = 1 &+ arguments.count &+ 1 &+ 1 &+ 2 &* 13
    var pointer = (strings &- words &* 8) & ~15
    initialStackPointer = pointer

    // AT_RANDOM: the machine has no chance in it, so these bytes are the same for every program.
    guard put(random, 0x9E37_79B9_7F4A_7C15), put(random &+ 8, 0xBF58_476D_1CE4_E5B9) else { return false }
    guard write(strings, arguments.strings, arguments.bytes) else { return false }
    guard push(&pointer, arguments.count) else { return false }
    var isStart = true
    var i: UInt = 0
    while i < arguments.bytes {
      if isStart, !push(&pointer, strings &+ i) { return false }
      isStart = arguments.strings.load(fromByteOffset: Int(bitPattern: i), as: UInt8.self) == 0
      i &+= 1
    }
    guard push(&pointer, 0), push(&pointer, 0) else { return false }
    guard auxiliary(&pointer, Auxiliary.pageBytes, pageBytes), auxiliary(&pointer, Auxiliary.random, random),
      auxiliary(&pointer, Auxiliary.programHeaders, program.headerAddress),
      auxiliary(&pointer, Auxiliary.programHeaderBytes, 56),
      auxiliary(&pointer, Auxiliary.programHeaderCount, program.headers),
      auxiliary(&pointer, Auxiliary.entry, program.entry),
      auxiliary(&pointer, Auxiliary.clockTick, 100), auxiliary(&pointer, Auxiliary.secure, 0)
    else { return false }
    var identifier = Auxiliary.userIdentifiers.lowerBound
    while identifier <= Auxiliary.userIdentifiers.upperBound {
      if !auxiliary(&pointer, identifier, 0) { return false }
      identifier &+= 1
    }
    return auxiliary(&pointer, Auxiliary.null, 0)
  }

  private mutating func auxiliary(_ pointer: inout Address, _ type: UInt, _ value: UInt) -> Bool {
    push(&pointer, type) && push(&pointer, value)
  }

  private mutating func push(_ pointer: inout Address, _ value: UInt) -> Bool {
    pointer &+= 8
    return put(pointer &- 8, value)
  }

  private mutating func put(_ address: Address, _ value: UInt) -> Bool {
    var value = value
    return write(address, &value, 8)
  }
}
