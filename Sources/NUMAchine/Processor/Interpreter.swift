/// The geometry of primary lines, as constants to the compiler: the interpreter is compiled once for each.
protocol LineGeometry {
  static var shift: UInt64 { get }
}

enum Line16: LineGeometry {
  @inline(__always) static var shift: UInt64 { 4 }
}

enum Line32: LineGeometry {
  @inline(__always) static var shift: UInt64 { 5 }
}

extension LineGeometry {
  @inline(__always) static var offsetMask: UInt64 { (1 << shift) &- 1 }
  @inline(__always) static var instructions: Int { 1 << Int(shift &- 2) }
  /// Entries of a decoded line (see `InstructionDecoder`).
  @inline(__always) static var stride: Int { instructions &+ 2 }
  @inline(__always) static func index(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address >> shift) & (HitTable.entries &- 1))
  }
}

extension Instruction {
  /// One of the first 256. (An enumeration of that many cases is their number, in two bytes.)
  @inline(__always)
  var operation: Operation {
    get { unsafeBitCast(UInt16(code), to: Operation.self) }
    set { code = UInt8(truncatingIfNeeded: newValue.rawValue) }
  }
  /// It is the instruction that compilers fill with: SLL of `$0` into `$0`.
  @inline(__always)
  var isIdle: Bool { unsafeBitCast(self, to: UInt64.self) == Self.idle }
  private static var idle: UInt64 {
    @inline(__always) get { UInt64(UInt8(truncatingIfNeeded: Operation.sll.rawValue)) | 1 << 8 | 32 << 32 }
  }
}

/// The instruction that is being executed. Each operation reads the operands that it has: to read them all
/// beforehand costs more than most operations do.
private struct InHand {
  let at: UnsafePointer<Instruction>
  @inline(__always) var operation: Operation { at.pointee.operation }
  @inline(__always) var cycles: UInt8 { at.pointee.cycles }
  @inline(__always) var a: UInt8 { at.pointee.a }
  @inline(__always) var b: UInt8 { at.pointee.b }
  @inline(__always) var immediate: Int32 { at.pointee.immediate }
  @inline(__always) var whole: Instruction { at.pointee }
}

/// The interpreter's inner loop.
///
/// One `switch` over decoded operations. What it needs on most instructions is in local variables; the rest
/// of the state is where the slow paths find it (`publish`). They answer with a host address, or with
/// nothing: then they have saved the state, and the loop returns.
///
/// What it is made of stands in this file, for the sake of builds that optimise file by file.
extension Processor {
  func execute(until bound: UInt64) {
    if lineBytes == 32 {
      execute(Line32.self, until: bound)
    } else {
      execute(Line16.self, until: bound)
    }
  }

  /// Executes the instructions that start before `bound` (ticks), until one waits, faults, or changes what
  /// this loop relies on.
  private func execute<Geometry: LineGeometry>(_ geometry: Geometry.Type, until bound: UInt64) {
    let core = self.core
    let frame = self.frame
    let r = registers
    let fetches = fetchTable.entry
    let loads = loadTable.entry
    let stores = storeTable.entry
    let context = contexts.current
    let markBias = secondary.markBias

    frame.pointee.described = nil

    // Enter at core.pc.
    let entry = core.pointee.pc
    var ip: UnsafePointer<Instruction>
    if core.pointee.held == .issued {
      ip = heldInstruction()
    } else {
      let found = fetches[Geometry.index(entry)]
      if found.tag == Self.key(entry, 3, geometry) ^ context {
        ip = Self.instruction(found.base, entry, geometry)
      } else {
        frame.pointee.cycles = 0
        guard let fetched = fetch(entry) else { return }
        core.pointee.time &+= frame.pointee.cycles &* cycle
        if core.pointee.time >= bound { return }
        ip = fetched
      }
      if core.pointee.jumped {
        core.pointee.time &-= Self.credit(ip, entry, geometry) &* cycle
      } else if entry & Geometry.offsetMask == 0
        && core.pointee.lastLoaded & core.pointee.lastButOneLoaded != Interlock.none
      {
        core.pointee.time &+=
          decoder.crossingStall(
            core.pointee.lastLoaded, core.pointee.lastButOneLoaded, into: ip, count: Geometry.instructions) &* cycle
      }
    }
    /// In cycles from `core.time`: now, and when to stop.
    var n: UInt64 = 0
    var limit = bound > core.pointee.time ? cyclesRoundedUp(min(bound &- core.pointee.time, 1 << 48)) : 1
    /// `limit`, or 0 while the instruction is in the delay slot of a taken branch.
    var stop = core.pointee.delay == .taken ? 0 : limit
    var target = core.pointee.target
    /// Where the sequence began that `ip` is in, within its line.
    var start = ip
    /// Address of the first instruction that is not counted yet.
    var origin = entry
    var bias = entry &- UInt64(UInt(bitPattern: ip)) >> 1
    core.pointee.held = .none
    frame.pointee.position.landed = core.pointee.jumped ? ip : nil
    frame.pointee.position.afterBranch = core.pointee.delay == .untaken

    /// Lets the slow paths see where the interpreter is.
    @inline(__always) func publish() {
      frame.pointee.cycles = n
      frame.pointee.position.next = ip
      frame.pointee.position.start = start
      frame.pointee.position.bias = bias
      frame.pointee.position.stop = stop
      frame.pointee.position.origin = origin
      frame.pointee.position.target = target
    }
    /// Host address of what a load reads, or 0 to return.
    @inline(__always) func loaded(_ address: UInt64, _ alignment: UInt64) -> UInt64 {
      let found = loads[Geometry.index(address)]
      if found.tag == Self.key(address, alignment, geometry) ^ context { return found.base &+ address }
      publish()
      let slow = data(address, .load, alignment: alignment)
      n = frame.pointee.cycles
      return slow
    }
    /// Host address of what a store writes, or 0 to return.
    @inline(__always) func stored(_ address: UInt64, _ alignment: UInt64) -> UInt64 {
      let found = stores[Geometry.index(address)]
      if found.tag == Self.key(address, alignment, geometry) ^ context {
        let host = found.base &+ address
        // The words that it writes bear a mark (`SecondaryCache.mark`).
        if alignment == 7 {
          write(markBias &+ host >> 2, UInt16(0x0101))
        } else {
          write(markBias &+ host >> 2, UInt8(1))
        }
        return host
      }
      publish()
      let slow = data(address, .store, alignment: alignment)
      n = frame.pointee.cycles
      return slow
    }
    @inline(__always) func fault(_ code: ExceptionCode) {
      publish()
      raise(code)
    }
    /// Address of the instruction after the current one: of its delay slot.
    @inline(__always) func following() -> UInt64 { bias &+ UInt64(UInt(bitPattern: ip)) >> 1 }
    @inline(__always) func afterSlot() -> UInt64 { bias &+ UInt64(UInt(bitPattern: ip + 1)) >> 1 }
    /// A comparison is most often followed by the branch on it, which then needs no round of its own. Whether
    /// that is taken.
    @inline(__always) func branchFollows() -> Bool {
      let next = InHand(at: ip)
      guard n < stop, next.operation == .bne || next.operation == .beq else { return false }
      ip += 1
      n &+= UInt64(next.cycles)
      guard (r[Int(next.a)] == r[Int(next.b)]) == (next.operation == .beq) else { return false }
      target = relative(next)
      return true
    }
    @inline(__always) func countInstructions() { core.pointee.instructions &+= (following() &- origin) >> 2 }
    @inline(__always) func relative(_ i: InHand) -> UInt64 { following() &+ constant(i) }
    @inline(__always) func region() -> UInt64 { following() & ~0xFFF_FFFF }
    @inline(__always) func effective(_ i: InHand) -> UInt64 { r[Int(i.a)] &+ constant(i) }

    loop: while true {
      let i = InHand(at: ip)
      ip += 1
      n &+= UInt64(i.cycles)
      jump: do {
        branch: do {
          nullification: do {
            switch i.operation {
            case .j:
              target = region() | UInt64(UInt32(bitPattern: i.immediate))
              break branch
            case .jal:
              target = region() | UInt64(UInt32(bitPattern: i.immediate))
              r[31] = afterSlot()
              break branch
            case .jr:
              target = r[Int(i.a)]
              break branch
            case .jalr:
              target = r[Int(i.a)]
              r[Int(i.immediate)] = afterSlot()
              break branch
            case .beq:
              guard r[Int(i.a)] == r[Int(i.b)] else { break }
              target = relative(i)
              break branch
            case .bne:
              guard r[Int(i.a)] != r[Int(i.b)] else { break }
              target = relative(i)
              break branch
            case .blez:
              guard Int64(bitPattern: r[Int(i.a)]) <= 0 else { break }
              target = relative(i)
              break branch
            case .bgtz:
              guard Int64(bitPattern: r[Int(i.a)]) > 0 else { break }
              target = relative(i)
              break branch
            case .bltz:
              guard Int64(bitPattern: r[Int(i.a)]) < 0 else { break }
              target = relative(i)
              break branch
            case .bgez:
              guard Int64(bitPattern: r[Int(i.a)]) >= 0 else { break }
              target = relative(i)
              break branch
            case .bltzal:
              let condition = Int64(bitPattern: r[Int(i.a)]) < 0
              r[31] = afterSlot()
              guard condition else { break }
              target = relative(i)
              break branch
            case .bgezal:
              let condition = Int64(bitPattern: r[Int(i.a)]) >= 0
              r[31] = afterSlot()
              guard condition else { break }
              target = relative(i)
              break branch
            case .beql:
              guard r[Int(i.a)] == r[Int(i.b)] else { break nullification }
              target = relative(i)
              break branch
            case .bnel:
              guard r[Int(i.a)] != r[Int(i.b)] else { break nullification }
              target = relative(i)
              break branch
            case .blezl:
              guard Int64(bitPattern: r[Int(i.a)]) <= 0 else { break nullification }
              target = relative(i)
              break branch
            case .bgtzl:
              guard Int64(bitPattern: r[Int(i.a)]) > 0 else { break nullification }
              target = relative(i)
              break branch
            case .bltzl:
              guard Int64(bitPattern: r[Int(i.a)]) < 0 else { break nullification }
              target = relative(i)
              break branch
            case .bgezl:
              guard Int64(bitPattern: r[Int(i.a)]) >= 0 else { break nullification }
              target = relative(i)
              break branch
            case .bltzall:
              let condition = Int64(bitPattern: r[Int(i.a)]) < 0
              r[31] = afterSlot()
              guard condition else { break nullification }
              target = relative(i)
              break branch
            case .bgezall:
              let condition = Int64(bitPattern: r[Int(i.a)]) >= 0
              r[31] = afterSlot()
              guard condition else { break nullification }
              target = relative(i)
              break branch

            case .bc1f, .bc1t:
              publish()
              guard let isTaken = floatBranch(i.whole) else { return }
              n = frame.pointee.cycles
              guard isTaken else { break }
              target = relative(i)
              break branch
            case .bc1fl, .bc1tl:
              publish()
              guard let isTaken = floatBranch(i.whole) else { return }
              n = frame.pointee.cycles
              guard isTaken else { break nullification }
              target = relative(i)
              break branch

            case .add:
              let (value, overflow) = Int32(truncatingIfNeeded: r[Int(i.a)]).addingReportingOverflow(
                Int32(truncatingIfNeeded: r[Int(i.b)]))
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.immediate)] = extended(value)
            case .sub:
              let (value, overflow) = Int32(truncatingIfNeeded: r[Int(i.a)]).subtractingReportingOverflow(
                Int32(truncatingIfNeeded: r[Int(i.b)]))
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.immediate)] = extended(value)
            case .addi:
              let (value, overflow) = Int32(truncatingIfNeeded: r[Int(i.a)]).addingReportingOverflow(i.immediate)
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.b)] = extended(value)
            case .dadd:
              let (value, overflow) = Int64(bitPattern: r[Int(i.a)]).addingReportingOverflow(
                Int64(bitPattern: r[Int(i.b)]))
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.immediate)] = UInt64(bitPattern: value)
            case .dsub:
              let (value, overflow) = Int64(bitPattern: r[Int(i.a)]).subtractingReportingOverflow(
                Int64(bitPattern: r[Int(i.b)]))
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.immediate)] = UInt64(bitPattern: value)
            case .daddi:
              let (value, overflow) = Int64(bitPattern: r[Int(i.a)]).addingReportingOverflow(Int64(i.immediate))
              if overflow {
                fault(.overflow)
                return
              }
              r[Int(i.b)] = UInt64(bitPattern: value)
            case .addu: r[Int(i.immediate)] = extended(Int32(truncatingIfNeeded: r[Int(i.a)] &+ r[Int(i.b)]))
            case .addiu: r[Int(i.b)] = extended(Int32(truncatingIfNeeded: r[Int(i.a)]) &+ i.immediate)
            case .subu: r[Int(i.immediate)] = extended(Int32(truncatingIfNeeded: r[Int(i.a)] &- r[Int(i.b)]))
            case .daddu: r[Int(i.immediate)] = r[Int(i.a)] &+ r[Int(i.b)]
            case .daddiu: r[Int(i.b)] = effective(i)
            case .dsubu: r[Int(i.immediate)] = r[Int(i.a)] &- r[Int(i.b)]

            case .and: r[Int(i.immediate)] = r[Int(i.a)] & r[Int(i.b)]
            case .or: r[Int(i.immediate)] = r[Int(i.a)] | r[Int(i.b)]
            case .xor: r[Int(i.immediate)] = r[Int(i.a)] ^ r[Int(i.b)]
            case .nor: r[Int(i.immediate)] = ~(r[Int(i.a)] | r[Int(i.b)])
            case .andi: r[Int(i.b)] = r[Int(i.a)] & constant(i)
            case .ori: r[Int(i.b)] = r[Int(i.a)] | constant(i)
            case .xori: r[Int(i.b)] = r[Int(i.a)] ^ constant(i)
            case .lui: r[Int(i.b)] = constant(i)
            case .slt:
              r[Int(i.immediate)] = Int64(bitPattern: r[Int(i.a)]) < Int64(bitPattern: r[Int(i.b)]) ? 1 : 0
              if branchFollows() { break branch }
            case .sltu:
              r[Int(i.immediate)] = r[Int(i.a)] < r[Int(i.b)] ? 1 : 0
              if branchFollows() { break branch }
            case .slti:
              r[Int(i.b)] = Int64(bitPattern: r[Int(i.a)]) < Int64(i.immediate) ? 1 : 0
              if branchFollows() { break branch }
            case .sltiu:
              r[Int(i.b)] = r[Int(i.a)] < constant(i) ? 1 : 0
              if branchFollows() { break branch }

            case .sll: r[Int(i.immediate)] = extended(Int32(truncatingIfNeeded: r[Int(i.b)]) &<< Int32(i.a))
            case .srl:
              r[Int(i.immediate)] = extended(Int32(bitPattern: UInt32(truncatingIfNeeded: r[Int(i.b)]) &>> UInt32(i.a)))
            case .sra:
              r[Int(i.immediate)] = extended(Int32(truncatingIfNeeded: Int64(bitPattern: r[Int(i.b)]) &>> Int64(i.a)))
            case .sllv:
              r[Int(i.immediate)] = extended(
                Int32(truncatingIfNeeded: r[Int(i.b)]) &<< Int32(truncatingIfNeeded: r[Int(i.a)]))
            case .srlv:
              r[Int(i.immediate)] = extended(
                Int32(bitPattern: UInt32(truncatingIfNeeded: r[Int(i.b)]) &>> UInt32(truncatingIfNeeded: r[Int(i.a)])))
            case .srav:
              r[Int(i.immediate)] = extended(
                Int32(truncatingIfNeeded: Int64(bitPattern: r[Int(i.b)]) &>> Int64(r[Int(i.a)] & 31)))
            case .dsll: r[Int(i.immediate)] = r[Int(i.b)] &<< UInt64(i.a)
            case .dsrl: r[Int(i.immediate)] = r[Int(i.b)] &>> UInt64(i.a)
            case .dsra: r[Int(i.immediate)] = UInt64(bitPattern: Int64(bitPattern: r[Int(i.b)]) &>> Int64(i.a))
            case .dsll32: r[Int(i.immediate)] = r[Int(i.b)] &<< (UInt64(i.a) &+ 32)
            case .dsrl32: r[Int(i.immediate)] = r[Int(i.b)] &>> (UInt64(i.a) &+ 32)
            case .dsra32:
              r[Int(i.immediate)] = UInt64(bitPattern: Int64(bitPattern: r[Int(i.b)]) &>> (Int64(i.a) &+ 32))
            case .dsllv: r[Int(i.immediate)] = r[Int(i.b)] &<< r[Int(i.a)]
            case .dsrlv: r[Int(i.immediate)] = r[Int(i.b)] &>> r[Int(i.a)]
            case .dsrav:
              r[Int(i.immediate)] = UInt64(
                bitPattern: Int64(bitPattern: r[Int(i.b)]) &>> Int64(bitPattern: r[Int(i.a)]))

            case .movz: if r[Int(i.b)] == 0 { r[Int(i.immediate)] = r[Int(i.a)] }
            case .movn: if r[Int(i.b)] != 0 { r[Int(i.immediate)] = r[Int(i.a)] }
            case .clz: r[Int(i.immediate)] = UInt64(UInt32(truncatingIfNeeded: r[Int(i.a)]).leadingZeroBitCount)
            case .clo: r[Int(i.immediate)] = UInt64((~UInt32(truncatingIfNeeded: r[Int(i.a)])).leadingZeroBitCount)
            case .dclz: r[Int(i.immediate)] = UInt64(r[Int(i.a)].leadingZeroBitCount)
            case .dclo: r[Int(i.immediate)] = UInt64((~r[Int(i.a)]).leadingZeroBitCount)
            case .seb: r[Int(i.immediate)] = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: r[Int(i.b)])))
            case .seh: r[Int(i.immediate)] = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: r[Int(i.b)])))
            case .wsbh: r[Int(i.immediate)] = extended(Int32(truncatingIfNeeded: Self.bytesSwapped(r[Int(i.b)])))
            case .dsbh: r[Int(i.immediate)] = Self.bytesSwapped(r[Int(i.b)])
            case .dshd: r[Int(i.immediate)] = Self.bytesSwapped(r[Int(i.b)].byteSwapped)
            case .rotr: r[Int(i.immediate)] = Self.rotated32(r[Int(i.b)], UInt64(i.a))
            case .rotrv: r[Int(i.immediate)] = Self.rotated32(r[Int(i.b)], r[Int(i.a)])
            case .drotr: r[Int(i.immediate)] = Self.rotated(r[Int(i.b)], UInt64(i.a))
            case .drotr32: r[Int(i.immediate)] = Self.rotated(r[Int(i.b)], UInt64(i.a) &+ 32)
            case .drotrv: r[Int(i.immediate)] = Self.rotated(r[Int(i.b)], r[Int(i.a)])
            case .ext: r[Int(i.b)] = extended(Int32(truncatingIfNeeded: Self.extracted(r[Int(i.a)], i.immediate)))
            case .dext, .dextm, .dextu: r[Int(i.b)] = Self.extracted(r[Int(i.a)], i.immediate)
            case .ins:
              r[Int(i.b)] = extended(
                Int32(truncatingIfNeeded: Self.inserted(r[Int(i.a)], into: r[Int(i.b)], i.immediate)))
            case .dins, .dinsm, .dinsu: r[Int(i.b)] = Self.inserted(r[Int(i.a)], into: r[Int(i.b)], i.immediate)
            case .pref: break
            case .synci:
              publish()
              guard synchronizeInstructions(effective(i)) else { return }
              limit = n
              if stop != 0 { stop = n }
            case .rdhwr:
              publish()
              guard readHardwareRegister(i.whole) else { return }

            case .mult, .multu, .div, .divu, .dmult, .dmultu, .ddiv, .ddivu, .mul, .madd, .maddu, .msub, .msubu:
              n = multiply(i.whole, cycles: n)
            case .mfhi:
              if core.pointee.time &+ n &* cycle < core.pointee.multiplierReady &+ cycle { n = waitForMultiplier(n) }
              r[Int(i.immediate)] = core.pointee.hi
            case .mflo:
              if core.pointee.time &+ n &* cycle < core.pointee.multiplierReady &+ cycle { n = waitForMultiplier(n) }
              r[Int(i.immediate)] = core.pointee.lo
            case .mthi:
              n = waitForMultiplier(n)
              core.pointee.hi = r[Int(i.a)]
            case .mtlo:
              n = waitForMultiplier(n)
              core.pointee.lo = r[Int(i.a)]

            case .lb:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = UInt64(bitPattern: Int64(read(address, Int8.self)))
            case .lbu:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = UInt64(read(address, UInt8.self))
            case .lh:
              let address = loaded(effective(i), 1)
              if address == 0 { return }
              r[Int(i.b)] = UInt64(bitPattern: Int64(read(address, Int16.self)))
            case .lhu:
              let address = loaded(effective(i), 1)
              if address == 0 { return }
              r[Int(i.b)] = UInt64(read(address, UInt16.self))
            case .lw:
              let address = loaded(effective(i), 3)
              if address == 0 { return }
              r[Int(i.b)] = extended(read(address, Int32.self))
            case .lwu:
              let address = loaded(effective(i), 3)
              if address == 0 { return }
              r[Int(i.b)] = UInt64(read(address, UInt32.self))
            case .ld:
              let address = loaded(effective(i), 7)
              if address == 0 { return }
              r[Int(i.b)] = read(address, UInt64.self)
            case .lwl:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = Self.merged(left: read(address & ~3, UInt32.self), address, into: r[Int(i.b)])
            case .lwr:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = Self.merged(right: read(address & ~3, UInt32.self), address, into: r[Int(i.b)])
            case .ldl:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = Self.merged(left: read(address & ~7, UInt64.self), address, into: r[Int(i.b)])
            case .ldr:
              let address = loaded(effective(i), 0)
              if address == 0 { return }
              r[Int(i.b)] = Self.merged(right: read(address & ~7, UInt64.self), address, into: r[Int(i.b)])
            case .ll:
              publish()
              let address = linkedData(effective(i), alignment: 3)
              if address == 0 { return }
              n = frame.pointee.cycles
              r[Int(i.b)] = extended(read(address, Int32.self))
            case .lld:
              publish()
              let address = linkedData(effective(i), alignment: 7)
              if address == 0 { return }
              n = frame.pointee.cycles
              r[Int(i.b)] = read(address, UInt64.self)

            case .sb:
              let address = stored(effective(i), 0)
              if address == 0 { return }
              write(address, UInt8(truncatingIfNeeded: r[Int(i.b)]))
            case .sh:
              let address = stored(effective(i), 1)
              if address == 0 { return }
              write(address, UInt16(truncatingIfNeeded: r[Int(i.b)]))
            case .sw:
              let address = stored(effective(i), 3)
              if address == 0 { return }
              write(address, UInt32(truncatingIfNeeded: r[Int(i.b)]))
            case .sd:
              let address = stored(effective(i), 7)
              if address == 0 { return }
              write(address, r[Int(i.b)])
            case .swl:
              let address = stored(effective(i), 0)
              if address == 0 { return }
              write(address & ~3, Self.merged(left: r[Int(i.b)], address, over: read(address & ~3, UInt32.self)))
            case .swr:
              let address = stored(effective(i), 0)
              if address == 0 { return }
              write(address & ~3, Self.merged(right: r[Int(i.b)], address, over: read(address & ~3, UInt32.self)))
            case .sdl:
              let address = stored(effective(i), 0)
              if address == 0 { return }
              write(address & ~7, Self.merged(left: r[Int(i.b)], address, over: read(address & ~7, UInt64.self)))
              secondary.mark(host: address & ~7, doubleword: false)
            case .sdr:
              let address = stored(effective(i), 0)
              if address == 0 { return }
              write(address & ~7, Self.merged(right: r[Int(i.b)], address, over: read(address & ~7, UInt64.self)))
              secondary.mark(host: address | 4, doubleword: false)
            case .sc:
              publish()
              guard storeConditional(effective(i), register: Int(i.b), doubleword: false) else { return }
              n = frame.pointee.cycles
            case .scd:
              publish()
              guard storeConditional(effective(i), register: Int(i.b), doubleword: true) else { return }
              n = frame.pointee.cycles

            case .tge:
              guard Int64(bitPattern: r[Int(i.a)]) >= Int64(bitPattern: r[Int(i.b)]) else { break }
              fault(.trap)
              return
            case .tgeu:
              guard r[Int(i.a)] >= r[Int(i.b)] else { break }
              fault(.trap)
              return
            case .tlt:
              guard Int64(bitPattern: r[Int(i.a)]) < Int64(bitPattern: r[Int(i.b)]) else { break }
              fault(.trap)
              return
            case .tltu:
              guard r[Int(i.a)] < r[Int(i.b)] else { break }
              fault(.trap)
              return
            case .teq:
              guard r[Int(i.a)] == r[Int(i.b)] else { break }
              fault(.trap)
              return
            case .tne:
              guard r[Int(i.a)] != r[Int(i.b)] else { break }
              fault(.trap)
              return
            case .tgei:
              guard Int64(bitPattern: r[Int(i.a)]) >= Int64(i.immediate) else { break }
              fault(.trap)
              return
            case .tgeiu:
              guard r[Int(i.a)] >= constant(i) else { break }
              fault(.trap)
              return
            case .tlti:
              guard Int64(bitPattern: r[Int(i.a)]) < Int64(i.immediate) else { break }
              fault(.trap)
              return
            case .tltiu:
              guard r[Int(i.a)] < constant(i) else { break }
              fault(.trap)
              return
            case .teqi:
              guard r[Int(i.a)] == constant(i) else { break }
              fault(.trap)
              return
            case .tnei:
              guard r[Int(i.a)] != constant(i) else { break }
              fault(.trap)
              return

            case .syscall:
              fault(.systemCall)
              return
            case .break:
              fault(.breakpoint)
              return
            case .sync: break
            case .mfc0, .dmfc0:
              publish()
              guard control(i.whole) else { return }
            case .mtc0, .dmtc0, .tlbr, .tlbwi, .tlbwr, .tlbp, .cache, .di, .ei, .wait, .rdpgpr, .wrpgpr:
              publish()
              guard control(i.whole) else { return }
              n = frame.pointee.cycles
              // Translation or interrupts may have changed.
              limit = n
              if stop != 0 { stop = n }
            case .eret:
              publish()
              exceptionReturn()
              return
            case .reserved:
              publish()
              reserved(i.whole)
              return
            case .coprocessor:
              publish()
              coprocessor(UInt32(bitPattern: i.immediate))
              return

            case .nextLine:
              let address = bias &+ UInt64(UInt(bitPattern: i.at)) >> 1
              let found = fetches[Geometry.index(address)]
              if found.tag == Self.key(address, 3, geometry) ^ context {
                ip = Self.instruction(found.base, address, geometry)
              } else {
                core.pointee.instructions &+= (address &- origin) >> 2
                origin = address
                frame.pointee.position.next = ip
                setPlace(address, delay: stop == 0 ? .taken : i.a == Interlock.branch ? .untaken : .none, target)
                (core.pointee.lastLoaded, core.pointee.lastButOneLoaded) = stillLoading(i.at)
                frame.pointee.cycles = n
                guard let fetched = fetch(address) else { return }
                n = frame.pointee.cycles
                if n >= limit {
                  core.pointee.time &+= n &* cycle
                  return
                }
                ip = fetched
              }
              if i.a & i.b != Interlock.none && address & Geometry.offsetMask == 0
                && Self.areRead(i.a, i.b, ip[Geometry.instructions])
              {
                let loading = stillLoading(i.at)
                n &+= decoder.crossingStall(loading.0, loading.1, into: ip, count: Geometry.instructions)
              }
              start = ip
              bias = address &- UInt64(UInt(bitPattern: ip)) >> 1
              frame.pointee.position.landed = nil
              frame.pointee.position.afterBranch = i.a == Interlock.branch
              continue loop

            case .debugStop:
              publish()
              meetsBreakpoint()
              return

            case .mfc1, .dmfc1, .cfc1, .mtc1, .dmtc1, .ctc1, .lwc1, .ldc1, .swc1, .sdc1, .movf, .movt, .mfhc1, .mthc1,
              .lwxc1, .ldxc1, .luxc1,
              .swxc1, .sdxc1, .suxc1, .prefx, .alnvPS, .floatArithmetic, .laterFloatArithmetic, .multiplyAdd:
              publish()
              guard floatingPoint(i.whole) else { return }
              n = frame.pointee.cycles

            default:
              // Not among the first 256, and known to the compiler as such: the loop does not look.
              preconditionFailure("an operation that the decoder does not make")
            }
            if n < stop { continue loop }
            if stop != 0 { break loop }
            break jump
          }

          // A branch likely is not taken: its slot is passed over, in a cycle.
          countInstructions()
          let after = following() &+ 4
          n &+= 1
          guard n < limit, ip.pointee.operation != .nextLine, (ip + 1).pointee.operation != .nextLine else {
            arrive(after, n)
            return
          }
          ip += 1
          n &-= Self.credit(ip, after, geometry)
          start = ip
          origin = after
          stop = limit
          frame.pointee.position.landed = ip
          continue loop
        }

        // A branch is taken, after the instruction in its delay slot. There is nothing to do for one that
        // does nothing.
        stop = 0
        if n >= limit { break loop }
        guard ip.pointee.isIdle else { continue loop }
        ip += 1
        n &+= 1
      }

      // The delay slot is done: jump. What has been executed so far is counted as if it led up to the target.
      origin &+= target &- following()
      n &+= Self.jumpCycles
      stop = limit
      guard n < limit else {
        core.pointee.instructions &+= (target &- origin) >> 2
        arrive(target, n)
        return
      }
      let found = fetches[Geometry.index(target)]
      if found.tag == Self.key(target, 3, geometry) ^ context {
        ip = Self.instruction(found.base, target, geometry)
      } else {
        core.pointee.instructions &+= (target &- origin) >> 2
        origin = target
        arrive(target, 0)
        frame.pointee.cycles = n
        guard let fetched = fetch(target) else { return }
        n = frame.pointee.cycles
        if n >= limit {
          core.pointee.time &+= n &* cycle
          return
        }
        ip = fetched
      }
      n &-= Self.credit(ip, target, geometry)
      start = ip
      bias = target &- UInt64(UInt(bitPattern: ip)) >> 1
      frame.pointee.position.landed = ip
    }

    // The time is up.
    countInstructions()
    setPlace(following(), delay: delaySlot(ip, start: start, delayed: stop == 0), target)
    if ip.pointee.operation == .nextLine { (core.pointee.lastLoaded, core.pointee.lastButOneLoaded) = stillLoading(ip) }
    core.pointee.time &+= n &* cycle
  }

  /// Saves where to go on in sequence.
  private func setPlace(_ address: UInt64, delay: DelaySlot, _ target: UInt64) {
    core.pointee.pc = address
    core.pointee.delay = delay
    core.pointee.target = target
    core.pointee.jumped = false
    core.pointee.lastLoaded = Interlock.none
    core.pointee.lastButOneLoaded = Interlock.none
  }

  /// Saves that a jump has come to `address`, `cycles` from `core.time`.
  private func arrive(_ address: UInt64, _ cycles: UInt64) {
    setPlace(address, delay: .none, 0)
    core.pointee.jumped = true
    core.pointee.time &+= cycles &* cycle
  }

  /// The registers being loaded at the end of a line, by those of its last two instructions that were
  /// executed.
  private func stillLoading(_ end: UnsafePointer<Instruction>) -> (UInt8, UInt8) {
    let landed = frame.pointee.position.landed
    if landed == end { return (Interlock.none, Interlock.none) }
    return (end.pointee.a, landed == end - 1 ? Interlock.none : end.pointee.b)
  }

  /// Whether the head of a line, whose last entry this is, reads one of two registers that are being loaded:
  /// seldom, and only then it can stall.
  @inline(__always)
  private static func areRead(_ last: UInt8, _ lastButOne: UInt8, _ nextLine: Instruction) -> Bool {
    let ones: UInt32 = 0x0101_0101
    let heads = UInt32(bitPattern: nextLine.immediate)
    // A byte that is zero borrows from its uppermost bit.
    let a = heads ^ UInt32(last) &* ones
    let b = heads ^ UInt32(lastButOne) &* ones
    return ((a &- ones) & ~a | (b &- ones) & ~b) & 0x8080_8080 != 0
  }

  @inline(__always)
  func cyclesRoundedUp(_ ticks: UInt64) -> UInt64 {
    let sum = ticks &+ cycle &- 1
    return sum < 1 << 20 ? (sum &* cycleReciprocal) >> 40 : sum / cycle
  }

  @inline(__always)
  private static func key<G: LineGeometry>(_ address: UInt64, _ alignment: UInt64, _ geometry: G.Type) -> UInt64 {
    address & ~(G.offsetMask & ~alignment)
  }

  @inline(__always)
  private static func instruction<G: LineGeometry>(_ line: UInt64, _ address: UInt64, _ geometry: G.Type)
    -> UnsafePointer<Instruction>
  {
    UnsafePointer(bitPattern: UInt(line &+ (address & G.offsetMask) &<< 1)).unsafelyUnwrapped
  }

  /// The stall that `InstructionDecoder` counted for an instruction and its successor and that does not occur
  /// on arriving by a jump.
  @inline(__always)
  private static func credit<G: LineGeometry>(
    _ instruction: UnsafePointer<Instruction>, _ address: UInt64, _ geometry: G.Type
  ) -> UInt64 {
    let index = Int(truncatingIfNeeded: (address & G.offsetMask) >> 2)
    let credits = UnsafeRawPointer(instruction + (G.instructions &+ 1 &- index))
    return UInt64(credits.load(fromByteOffset: index, as: UInt8.self))
  }
}

@inline(__always)
private func extended(_ value: Int32) -> UInt64 { UInt64(bitPattern: Int64(value)) }

@inline(__always)
private func constant(_ i: InHand) -> UInt64 { UInt64(bitPattern: Int64(i.immediate)) }

@inline(__always)
private func read<T>(_ address: UInt64, _ type: T.Type) -> T {
  UnsafePointer<T>(bitPattern: UInt(address)).unsafelyUnwrapped.pointee
}

@inline(__always)
private func write<T>(_ address: UInt64, _ value: T) {
  UnsafeMutablePointer<T>(bitPattern: UInt(address)).unsafelyUnwrapped.pointee = value
}
