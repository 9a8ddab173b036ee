// A program file, checked before anything of it is used: a static little-endian ELF64 executable for MIPS III
// (docs/programs.md). All sums are made so that they cannot overflow, whatever the file says.

import TornadoABI

struct ProgramRejected: Error {
  let reason: StaticString
}

struct ELFProgram {
  /// Whether a segment may be there (`abi/memory.h`).
  private static func isOpen(_ address: UInt, _ bytes: UInt) -> Bool {
    let isLow = address < UInt(TORNADO_PRIVATE)
    let start = isLow ? UInt(TORNADO_LOWEST) : UInt(TORNADO_PLACED_END)
    let end = isLow ? UInt(TORNADO_PRIVATE) : UInt(TORNADO_END)
    return address >= start && address <= end && bytes <= end - address
  }

  struct Segment: Equatable {
    let offset: UInt
    let address: UInt
    let fileBytes: UInt
    let memoryBytes: UInt
    let isWritable: Bool
    let isExecutable: Bool
    var end: UInt { address &+ memoryBytes }
  }

  let base: UnsafeRawPointer
  let bytes: UInt
  let entry: UInt
  let headerOffset: UInt
  let headers: UInt

  private static let headerBytes: UInt = 56
  private static let load: UInt32 = 1
  private static let dynamic: UInt32 = 2
  private static let interpreter: UInt32 = 3

  /// Checks all of it. `readable` are the bytes that can be read at `base`, if that is only the beginning of
  /// the file.
  init(_ base: UnsafeRawPointer, _ bytes: UInt, readable: UInt? = nil) throws(ProgramRejected) {
    if bytes < 4 || base.load(as: UInt32.self) != 0x464C_457F { throw ProgramRejected(reason: "not an ELF file") }
    if bytes < 64 { throw ProgramRejected(reason: "the ELF file is cut short") }
    if base.load(fromByteOffset: 4, as: UInt8.self) != 2 { throw ProgramRejected(reason: "not a 64-bit ELF file") }
    if base.load(fromByteOffset: 5, as: UInt8.self) != 1 {
      throw ProgramRejected(reason: "not a little-endian ELF file")
    }
    if base.load(fromByteOffset: 18, as: UInt16.self) != 8 { throw ProgramRejected(reason: "not a program for MIPS") }
    if base.load(fromByteOffset: 16, as: UInt16.self) != 2 { throw ProgramRejected(reason: "not a static executable") }
    // Who hands the program over has compared it with the processor; this is what any of them could execute.
    if base.load(fromByteOffset: 48, as: UInt32.self) >> 28 > 8 {
      throw ProgramRejected(reason: "compiled for a later processor than MIPS64 release 2")
    }
    self.base = base
    self.bytes = bytes
    entry = base.load(fromByteOffset: 24, as: UInt.self)
    headerOffset = base.load(fromByteOffset: 32, as: UInt.self)
    headers = UInt(base.load(fromByteOffset: 56, as: UInt16.self))
    if UInt(base.load(fromByteOffset: 54, as: UInt16.self)) != ELFProgram.headerBytes || headers == 0 {
      throw ProgramRejected(reason: "the ELF file has no program headers")
    }
    if headerOffset & 7 != 0 || headerOffset > bytes || headers * ELFProgram.headerBytes > bytes - headerOffset {
      throw ProgramRejected(reason: "the ELF file is cut short in its program headers")
    }
    if let readable, headerOffset + headers * ELFProgram.headerBytes > readable {
      throw ProgramRejected(reason: "the ELF file's program headers are not at its beginning")
    }
    try checkSegments()
  }

  private func checkSegments() throws(ProgramRejected) {
    var end = UInt(TORNADO_LOWEST)
    var isEntryInside = false
    var isFirst = true
    var number: UInt = 0
    while number < headers {
      let header = base + Int(bitPattern: headerOffset &+ number &* ELFProgram.headerBytes)
      let type = header.load(as: UInt32.self)
      if type == ELFProgram.dynamic || type == ELFProgram.interpreter {
        throw ProgramRejected(reason: "a dynamically linked program")
      }
      if let segment = segment(number) {
        // A segment without bytes has no place in the file, whatever stands there.
        if segment.fileBytes > 0 && (segment.offset > bytes || segment.fileBytes > bytes - segment.offset) {
          throw ProgramRejected(reason: "the ELF file is cut short in a segment")
        }
        if segment.fileBytes > segment.memoryBytes {
          throw ProgramRejected(reason: "a segment is longer in the file than in memory")
        }
        if !ELFProgram.isOpen(segment.address, segment.memoryBytes) {
          throw ProgramRejected(reason: "a segment lies at addresses that belong to the kernel")
        }
        if segment.address < end && !isFirst {
          throw ProgramRejected(reason: "the segments overlap, or are not in order")
        }
        isFirst = false
        end = segment.end
        if segment.isExecutable && entry >= segment.address && entry < segment.end { isEntryInside = true }
      }
      number &+= 1
    }
    if isFirst { throw ProgramRejected(reason: "the program has no segment to load") }
    if !isEntryInside || entry & 3 != 0 {
      throw ProgramRejected(reason: "the entry is not inside of an executable segment")
    }
  }

  /// The segment of a program header; nil if there is nothing to load.
  func segment(_ number: UInt) -> Segment? {
    let header = base + Int(bitPattern: headerOffset &+ number &* ELFProgram.headerBytes)
    if header.load(as: UInt32.self) != ELFProgram.load { return nil }
    let flags = header.load(fromByteOffset: 4, as: UInt32.self)
    let segment = Segment(
      offset: header.load(fromByteOffset: 8, as: UInt.self), address: header.load(fromByteOffset: 16, as: UInt.self),
      fileBytes: header.load(fromByteOffset: 32, as: UInt.self),
      memoryBytes: header.load(fromByteOffset: 40, as: UInt.self),
      isWritable: flags & 2 != 0, isExecutable: flags & 1 != 0)
    return segment.memoryBytes == 0 ? nil : segment
  }

  /// The address at which the program finds its own program headers (AT_PHDR), 0 if they are not loaded.
  var headerAddress: UInt {
    var number: UInt = 0
    while number < headers {
      if let segment = segment(number), headerOffset >= segment.offset,
        headerOffset &- segment.offset < segment.fileBytes
      {
        return segment.address &+ (headerOffset &- segment.offset)
      }
      number &+= 1
    }
    return 0
  }
}
