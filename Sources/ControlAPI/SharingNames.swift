import GuestCompiler
import NUMAchine
import TornadoABI

/// What is at an address: of the kernel, or of the one program that is looked at.
public struct SharingNames: Sendable {
  private let kernel: SymbolTable
  private let program: SymbolTable?
  private let memory: MemoryMap

  /// - Parameter program: nil where a program's addresses may be those of several.
  public init(kernel: SymbolTable, program: SymbolTable?, profile: MachineProfile) {
    self.kernel = kernel
    self.program = program
    memory = MemoryMap(profile)
  }

  /// Kernel addresses of all physical memory, cached: the lowest of them have a second name, by which the
  /// kernel is linked.
  private static let allMemory: UInt64 = 0xA800_0000_0000_0000
  private static let lowMemory: UInt64 = 0xFFFF_FFFF_8000_0000
  private static let lowBytes: UInt64 = 1 << 29

  private func isProgram(_ address: UInt64) -> Bool { address >> 62 == 0 }

  func symbol(_ address: UInt64) -> (name: String, offset: UInt64)? {
    if isProgram(address) { return program?[address] }
    let offset = address &- Self.allMemory
    return kernel[offset < Self.lowBytes ? Self.lowMemory + offset : address]
  }

  /// In words, whose memory it is.
  ///
  /// - Parameters:
  ///   - address: virtual.
  ///   - physical: where that led.
  func place(_ address: UInt64, physical: UInt64, asid: UInt16) -> String {
    guard isProgram(address) else {
      return symbol(address) != nil ? "the kernel's data" : memory.kernelPlace(address, physical: physical)
    }
    if let program, program.holds(address) { return "the program's data" }
    let place = memory.programPlace(address, isBelowMappings: program == nil ? "data or heap" : "heap")
    return program == nil ? "\(place) of the program in address space \(asid)" : "the program's \(place)"
  }
}

/// What lies where in memory, as `docs/tornado.md` and `docs/programs.md` say.
struct MemoryMap {
  private let processorsPerStation: UInt64
  private let memoryBytes: UInt64

  init(_ profile: MachineProfile) {
    processorsPerStation = UInt64(profile.processorsPerStation)
    memoryBytes = UInt64(profile.memoryBytes)
  }

  /// The ranges of a program's virtual addresses above its file and heap, without gaps, by their first
  /// addresses.
  static let program: [(start: UInt64, name: String)] = [
    (UInt64(TORNADO_MAPPINGS), "mapped memory or a thread's stack"),
    (UInt64(TORNADO_TABLE), "translation table"),
    (UInt64(TORNADO_OWN), "processor's own data"),
    (UInt64(TORNADO_POOLS), "library heap, a processor's pools"),
    (UInt64(TORNADO_POOLS) + pageBytes, "processor's own data"),
    (UInt64(TORNADO_WORKER_PAGES), "worker's stack or its caller's data"),
    (UInt64(TORNADO_GLOBAL_TABLE), "global miss-handling table"),
    (UInt64(TORNADO_BLOCKS), "processors' blocks of clustered objects"),
    (UInt64(TORNADO_GLOBAL_TABLE + TORNADO_SHARED_BYTES), "mapped memory"),
    (UInt64(TORNADO_MONITOR), "monitor"),
    (UInt64(TORNADO_STACK_END) - UInt64(TORNADO_STACK_BYTES), "first thread's stack"),
  ]

  /// The ranges of a station's memory, by their first offsets.
  static let station: [(start: UInt64, name: String)] = [
    (0, "exception vectors"), (0x4000, "boot code"), (0x8000, "the station's data"), (0xC000, "the page of zeros"),
    (0x4_0000, "the kernel's global miss-handling table"), (0x10_0000, "the kernel's text"),
    (0x18_0000, "the kernel's data"),
    (Self.frames, "page frames: the kernel's heap, threads, page tables, programs' pages"),
  ]
  /// Each processor's own four pages lie at the end of a megabyte: from `ownPages` on in the first one's, and
  /// so on.
  static let ownPages: UInt64 = 0xF_0000
  static let own = ["own pages", "own pages", "idle thread", "lines for calls from others"]
  static let frames: UInt64 = 0x20_0000
  /// The kernel's translation tables, 1 MB.
  static let kernelTable: UInt64 = 0xFFFF_FFFF_D000_0000
  static let pageBytes: UInt64 = 16384

  /// - Parameter isBelowMappings: the name of what is below all ranges.
  func programPlace(_ address: UInt64, isBelowMappings low: String) -> String {
    address >= UInt64(TORNADO_PLACED_END) ? low : Self.program.last { $0.start <= address }?.name ?? low
  }

  func kernelPlace(_ address: UInt64, physical: UInt64) -> String {
    if address >> 20 == Self.kernelTable >> 20 { return "the kernel's translation table" }
    let (station, offset) = (physical >> 32, physical & 0xFFFF_FFFF)
    if station == 0, offset >= memoryBytes - memoryBytes / 8 { return "records from outside" }
    if offset >> 20 < processorsPerStation, offset & 0xF_FFFF >= Self.ownPages {
      return
        "processor \(station * processorsPerStation + offset >> 20)'s \(Self.own[Int((offset & 0xF_FFFF - Self.ownPages) / Self.pageBytes)])"
    }
    return Self.station.last { $0.start <= offset }!.name
  }
}
