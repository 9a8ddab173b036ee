/// The machine's memory as all its processors together see it, for debuggers: the newest copy of a line is
/// found wherever it is, and a write reaches every copy. To read changes nothing. Only while the stations
/// stand still.
public struct MachineView {
  private let stations: [Station]
  private let lineBytes: Int

  /// - Parameter stations: all of the machine.
  public init(_ stations: [Station]) {
    self.stations = stations
    lineBytes = stations[0].profile.secondaryLineBytes
  }

  public var processors: [Processor] { stations.flatMap(\.processors) }

  /// Reads from a processor's virtual address as far as it leads anywhere: through its own TLB, in its
  /// present address space; the kernel's unmapped segments always.
  public func read(_ address: UInt64, count: Int, by processor: Processor) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next = address &+ UInt64(bytes.count)
      guard let physical = processor.inspect(next), let copy = copies(of: physical).first else { break }
      let offset = Int(physical) & (lineBytes - 1)
      bytes.append(
        contentsOf: UnsafeRawBufferPointer(start: copy + offset, count: min(lineBytes - offset, count - bytes.count)))
    }
    return bytes
  }

  /// Writes to a processor's virtual address.
  ///
  /// - Returns: false where some byte of it leads nowhere; then nothing was written.
  public func write(_ bytes: [UInt8], to address: UInt64, by processor: Processor) -> Bool {
    var done = 0
    var parts: [(physical: UInt64, range: Range<Int>)] = []
    while done < bytes.count {
      guard let physical = processor.inspect(address &+ UInt64(done)), !copies(of: physical).isEmpty else {
        return false
      }
      let count = min(lineBytes - Int(physical) & (lineBytes - 1), bytes.count - done)
      parts.append((physical, done..<done + count))
      done += count
    }
    for (physical, range) in parts {
      for copy in copies(of: physical) {
        bytes[range].withUnsafeBytes {
          (copy + Int(physical) & (lineBytes - 1)).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
      }
      for processor in processors { processor.takeCode(physical, Array(bytes[range])) }
    }
    return true
  }

  private func station(of processor: Processor) -> Station {
    stations[processor.number / stations[0].profile.processorsPerStation]
  }

  /// All places that hold the line of a physical address, the newest first; none where there is no memory.
  private func copies(of physical: UInt64) -> [UnsafeMutableRawPointer] {
    let home = Int(physical >> 32)
    guard home < stations.count, stations[home].isMemory(physical) else { return [] }
    let line = physical & ~UInt64(lineBytes - 1)
    var newest: [UnsafeMutableRawPointer] = []
    var others: [UnsafeMutableRawPointer] = []
    for processor in processors {
      switch processor.lineState(line) {
      case .dirtyExclusive: newest.append(processor.lineData(line))
      case .shared, .cleanExclusive: others.append(processor.lineData(line))
      case .invalid:
        // A victim stays in its slot until its write-back is made.
        let request = processor.request
        let isGivenUp = station(of: processor).isIssued(processor)
        if processor.status == .waiting, request.hasVictim, request.victim == line, !isGivenUp {
          newest.append(processor.lineData(line))
        }
      }
    }
    var travelling: [UnsafeMutableRawPointer] = []
    for station in stations {
      station.travellingCopies(of: line) { copy, isNewest in
        if isNewest { travelling.append(copy) } else { others.append(copy) }
      }
    }
    return newest + travelling + [stations[home].memory.pointer(line)] + others
  }
}

extension Station {
  /// The processor's request has been taken, and with it its victim.
  fileprivate func isIssued(_ processor: Processor) -> Bool { cards[processor.number - firstProcessor].isIssued }

  /// Lines in messages and packets: newer than memory are those on the way from an owner.
  fileprivate func travellingCopies(of line: UInt64, _ body: (UnsafeMutableRawPointer, _ isNewest: Bool) -> Void) {
    func isNewest(_ packet: Packet) -> Bool { packet.kind == .writeBack || packet.kind == .ownerData }
    for index in 0..<messages.count
    where messages[index].isUsed && messages[index].packet.dataBytes > 0 && messages[index].packet.address == line {
      body(self.line(index), isNewest(messages[index].packet))
    }
    if let networkCache, let entry = networkCache.held(line) {
      // Newer than memory where the station owns the line.
      body(networkCache.line(of: line), entry.pointee.state == .localValid || entry.pointee.state == .localInvalid)
    }
    network.forEachWaiting { packet, data in
      if packet.address == line && packet.dataBytes > 0 { body(data, isNewest(packet)) }
    }
    sent.withUnsafeMutableBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let packet = bytes.loadUnaligned(fromByteOffset: offset, as: Packet.self)
        offset += MemoryLayout<Packet>.size
        if packet.address == line && packet.dataBytes > 0 { body(bytes.baseAddress! + offset, isNewest(packet)) }
        offset += packet.recordBytes
      }
    }
  }
}

extension Processor {
  /// The registers as GDB numbers those of MIPS: 32 general ones, Status, LO, HI, BadVAddr, Cause, PC, 32 of
  /// floating point, FCR31, FCR0.
  public static let debugRegisters = 72

  public func debugRegister(_ number: Int) -> UInt64 {
    switch number {
    case 0..<32: return registers[number]
    case 32: return UInt64(core.pointee.control.status)
    case 33: return core.pointee.lo
    case 34: return core.pointee.hi
    case 35: return core.pointee.control.badVAddr
    case 36: return UInt64(core.pointee.control.cause)
    case 37: return core.pointee.pc
    case 38..<70: return float.register[number - 38]
    case 70: return UInt64(floatControl)
    default: return UInt64(model.floatImplementation)
    }
  }

  /// - Returns: false for a register that cannot be written.
  public func setDebugRegister(_ number: Int, _ value: UInt64) -> Bool {
    guard value != debugRegister(number) else { return true }
    switch number {
    case 1..<32: self[number] = value
    case 32: self[control: .status] = value
    case 33: lo = value
    case 34: hi = value
    case 36: self[control: .cause] = value
    case 37:
      // An instruction that waits for its data cannot be left.
      guard core.pointee.status == .running else { return false }
      pc = value
    case 38..<70: self[float: number - 38] = value
    case 70: floatControl = UInt32(truncatingIfNeeded: value)
    default: return false
    }
    return true
  }

  /// Where a virtual address leads, in whatever mode; changes nothing, not even the order in which the TLB is
  /// searched.
  func inspect(_ address: UInt64) -> UInt64? {
    if address >= 0xFFFF_FFFF_8000_0000, address < 0xFFFF_FFFF_C000_0000 { return address & 0x1FFF_FFFF }
    if address >> 62 == 2 { return address & 0xF_FFFF_FFFF }
    let index = tlb.peek(address, asid: core.pointee.control.entryHi & 0xFF)
    guard index >= 0 else { return nil }
    let entry = tlb.entry[index]
    let page = (entry.pageMask | 0x1FFF) >> 1
    let low = address & (page &+ 1) == 0 ? entry.low0 : entry.low1
    return low & 2 != 0 ? ((low >> 6) << 12) & ~page & 0xF_FFFF_FFFF | address & page : nil
  }

  /// The instruction cache does not see stores; a debugger's writes it does.
  func takeCode(_ physical: UInt64, _ bytes: [UInt8]) {
    for (offset, byte) in bytes.enumerated() {
      let address = physical &+ UInt64(offset)
      guard instructionCache.holds(address) else { continue }
      let index = instructionCache.index(address)
      UnsafeMutableRawPointer(instructionWords + index * lineInstructions).storeBytes(
        of: byte, toByteOffset: Int(address) & (lineBytes - 1), as: UInt8.self)
      decode(index)
    }
  }
}
