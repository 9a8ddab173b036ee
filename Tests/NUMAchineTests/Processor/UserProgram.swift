import ELF
import Foundation
import Profiles
import TestSupport

@testable import NUMAchine

/// A program for Linux n64, run on a processor with just enough of a system around it, and on QEMU.
///
/// On the processor, 16 MB of user addresses from where the program wants to lie are mapped to as much
/// memory, and the general exception vector has a handler that hands system calls to the test by an uncached
/// store. What Debian's C library asks for before `main` it gets.
struct UserProgram {
  struct Result: Equatable {
    var output: [UInt8] = []
    var status: Int = -1
  }
  struct Problem: Error, CustomStringConvertible {
    var description: String
  }

  static let base: UInt64 = 0x1000_0000
  private static let memory: UInt64 = 16 << 20
  /// A static little-endian ELF64 executable.
  let elf: [UInt8]
  private let file: ELFFile
  /// The first user address that is mapped.
  private let first: UInt64
  /// Its name and what follows it.
  var arguments: [String] = []
  /// What it finds on its standard input.
  var input: [UInt8] = []

  init(elf: [UInt8]) {
    self.elf = elf
    file = try! ELFFile(elf)
    first = file.segments.filter(\.isLoaded).map(\.address).min()! & ~0x1FF_FFFF
  }

  /// An executable of one segment at `base + 0x10000`, entered at its first byte.
  init(image: [UInt8], bssBytes: Int = 1 << 20) {
    let file = TestELF(
      address: Self.base + 0x1_0000, segmentFlags: 7, content: image, offset: 0x1000,
      memoryBytes: UInt64(image.count + bssBytes))
    self.init(elf: file.bytes)
  }

  /// - Throws: `Problem` where QEMU is missing or does not end in time.
  func runOnQEMU(model: String = "R4000") throws -> Result {
    guard let qemu = Self.tool("qemu-mips64el") else {
      throw Problem(description: "qemu-mips64el not found: install qemu-user")
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("processor-test-\(UUID().uuidString).elf")
    try Data(elf).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    defer { try? FileManager.default.removeItem(at: file) }
    let name = arguments.first.map { ["-0", $0] } ?? []
    return try Self.run(qemu, ["-cpu", model] + name + [file.path] + arguments.dropFirst(), input: input)
  }

  static func tool(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func run(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws -> Result {
    let given = FileManager.default.temporaryDirectory.appendingPathComponent(
      "processor-test-\(UUID().uuidString).input")
    try Data(input).write(to: given)
    defer { try? FileManager.default.removeItem(at: given) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardInput = try FileHandle(forReadingFrom: given)
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(output: [UInt8](output), status: Int(process.terminationStatus))
  }

  /// - Throws: `Problem` for an exception that is no system call.
  func runOnProcessor(profile: MachineProfile? = nil, cycles: UInt64 = 400_000_000) throws -> Result {
    let harness = ProcessorHarness(profile: profile, memoryBytes: 32 << 20)
    harness.keepsRequests = false
    harness.latency = 400
    let processor = harness.processor
    load(into: harness)
    var result = Result()
    var problem: Problem?
    var left = input[...]
    var library = LibraryCalls(heap: first + 6 << 20, mappings: first + 9 << 20)
    harness.beforeAnswer = { request in
      guard request.kind == .uncachedWrite, result.status < 0 else { return }
      let cause = processor[control: .cause]
      guard cause >> 2 & 31 == 8 else {
        problem = Problem(
          description: "exception \(cause >> 2 & 31) at \(String(processor[control: .epc], radix: 16)), "
            + "bad address \(String(processor[control: .badVAddr], radix: 16))")
        return
      }
      switch processor[2] {
      case 5000 where processor[4] == 0:
        let bytes = left.prefix(Int(processor[6]))
        left = left.dropFirst(bytes.count)
        store(bytes, at: processor[5], harness)
        processor[2] = UInt64(bytes.count)
        processor[7] = 0
      case 5326:  // statx: a pipe, to be read and written 4096 bytes at a time
        var status = [UInt8](repeating: 0, count: 256)
        (status[5], status[28], status[29]) = (0x10, 0x80, 0x11)
        store(status[...], at: processor[8], harness)
        processor[2] = 0
        processor[7] = 0
      case 5001 where processor[4] != 1:
        processor[2] = processor[6]
        processor[7] = 0
      case 5001:
        for index in 0..<processor[6] { result.output.append(byte(harness, processor[5] &+ index)) }
        processor[2] = processor[6]
        processor[7] = 0
      case 5058, 5205: result.status = Int(processor[4] & 0xFF)
      default: library.call(processor)
      }
    }
    let limit = cycles * harness.profile.ticks
    while result.status < 0 && problem == nil && processor.time < limit { harness.run(until: processor.time + 10_000) }
    if let problem { throw problem }
    if result.status < 0 { throw Problem(description: "does not end; at \(String(processor.pc, radix: 16))") }
    return result
  }

  private func physical(_ address: UInt64) -> UInt64 { address &- first &+ Self.memory }

  private func byte(_ harness: ProcessorHarness, _ address: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: harness.read(physical(address) & ~7) >> ((address & 7) * 8))
  }

  /// Into memory, and into the cache where it holds the line.
  private func store(_ bytes: ArraySlice<UInt8>, at address: UInt64, _ harness: ProcessorHarness) {
    for (index, byte) in bytes.enumerated() {
      let place = physical(address &+ UInt64(index))
      harness.memory.storeBytes(of: byte, toByteOffset: Int(place), as: UInt8.self)
      guard harness.processor.lineState(place) != .invalid else { continue }
      let offset = Int(place) & (harness.profile.secondaryLineBytes - 1)
      harness.processor.lineData(place).storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }

  private var segments: [ELFFile.Segment] { file.segments.filter(\.isLoaded) }

  /// Puts the program and its handler into memory and the processor at its entry, in user mode.
  func load(into harness: ProcessorHarness) {
    for segment in segments {
      elf[segment.bytes].withUnsafeBytes {
        guard let bytes = $0.baseAddress else { return }
        (harness.memory + Int(physical(segment.address))).copyMemory(from: bytes, byteCount: $0.count)
      }
    }
    // Arguments and no environment; where the program headers are, for thread-local storage, and sixteen
    // bytes said to be random.
    let stack = first + Self.memory - 0x1000
    let headers = segments[0].address + file.integer(32, 8)
    var start = [UInt64(arguments.count)]
    var strings = stack + 0x400
    for argument in arguments {
      start.append(strings)
      for byte in argument.utf8 + [0] {
        harness.memory.storeBytes(of: byte, toByteOffset: Int(physical(strings)), as: UInt8.self)
        strings += 1
      }
    }
    start += [0, 0, 3, headers, 4, 56, 5, UInt64(file.segments.count), 6, 4096, 25, stack + 0x200, 0, 0]
    for (index, word) in start.enumerated() {
      (harness.memory + Int(physical(stack)) + index * 8).storeBytes(of: word, as: UInt64.self)
    }
    var handler = Assembler()
    handler.emit(.lui, 26, 0xBF00)
    handler.emit(.sd, 2, 0, 26)
    handler.emit(.dmfc0, 26, Int(ControlRegister.epc.rawValue))
    handler.emit(.daddiu, 26, 26, 4)
    handler.emit(.dmtc0, 26, Int(ControlRegister.epc.rawValue))
    handler.emit(.eret)
    harness.put(handler.words, at: 0x180)
    let processor = harness.processor
    processor.reset(entry: file.entry, arguments: (0, 0, 0, 0))
    processor[29] = stack
    processor.map(first, to: Self.memory, pageMask: TLB.pageMaskBits)
    processor[control: .status] = UInt64(2 << Status.ksuShift | Status.ux | Status.kx | Status.cu1 | Status.fr)
    processor.set(.hardwareEnable, UInt64(HardwareRegister.all))
  }
}

/// System calls of Linux n64 that a C library makes on its own.
struct LibraryCalls {
  private var heap: UInt64
  private var mappings: UInt64
  private let firstMapping: UInt64

  init(heap: UInt64, mappings: UInt64) {
    (self.heap, self.mappings) = (heap, mappings)
    firstMapping = mappings
  }

  mutating func call(_ processor: Processor) {
    var result: UInt64?
    switch processor[2] {
    case 5012:  // brk
      if processor[4] >= heap && processor[4] <= firstMapping { heap = processor[4] }
      result = heap
    case 5009:  // mmap, of memory only
      result = mappings
      mappings += (processor[5] + 0xFFFF) & ~0xFFFF
    case 5003, 5010, 5011: result = 0  // close, mprotect, munmap
    case 5070: result = 2  // fcntl, of flags: for reading and writing
    case 5100: result = 0  // getuid
    case 5212: result = 1  // set_tid_address
    case 5242:  // set_thread_area
      processor.set(.userLocal, processor[4])
      result = 0
    case 5313: result = processor[5]  // getrandom
    default: break
    }
    processor[2] = result ?? 89
    processor[7] = result == nil ? 1 : 0
  }
}

extension Processor {
  /// Writes a register that only `mips64r2` has; does nothing on the R4400.
  func set(_ register: Release2Register, _ value: UInt64) {
    if isRelease2 { _ = setRelease2Register(register.rawValue, value) }
  }
}

extension MachineProfile {
  static func numachine(_ model: ProcessorModel) -> MachineProfile {
    var profile = try! Profiles.named("numachine")!
    profile.processor = model
    return profile
  }

  var ticks: UInt64 { UInt64(processorCycle) }
}

extension Processor {
  /// Writes a TLB entry that maps a pair of pages, valid, dirty and global.
  func map(
    _ address: UInt64, to physical: UInt64, pageMask: UInt64 = 0, index: Int = 0, flags: UInt64 = 0x1F, asid: UInt64 = 0
  ) {
    let page = (pageMask | 0x1FFF) >> 1 + 1
    self[control: .pageMask] = pageMask
    self[control: .entryHi] = address & TLB.pageNumberBits | asid
    self[control: .entryLo0] = physical >> 6 | flags
    self[control: .entryLo1] = (physical + page) >> 6 | flags
    self[control: .index] = UInt64(index)
    writeIndexedEntry()
  }
}
