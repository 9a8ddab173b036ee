// Exceptions by their cause: interrupts, page faults, and what ends a program. System calls have an entry of
// their own (`entry.S`).

import CMachine

enum ExceptionCode: UInt {
  case interrupt = 0
  case modified = 1
  case translationLoad = 2
  case translationStore = 3
  case addressLoad = 4
  case addressStore = 5
  case busInstruction = 6
  case busData = 7
  case systemCall = 8
  case breakpoint = 9
  case reserved = 10
  case coprocessor = 11
  case overflow = 12
  case trap = 13
  case floatingPoint = 15
}

extension TrapFrame {
  @inline(__always) var code: ExceptionCode? { ExceptionCode(rawValue: cause >> 2 & 31) }
  /// The instruction that raised the exception: in a delay slot, the one after the branch that EPC names.
  var programCounter: Address { cause & 0x8000_0000 != 0 ? epc &+ 4 : epc }
  /// Which coprocessor was not usable.
  var coprocessor: UInt { cause >> 28 & 3 }
  var isFromUser: Bool { status & UInt(STATUS_USER) != 0 }
}

/// From `exception_entry`, with interrupts off, on the thread's kernel stack.
@_silgen_name("exception_dispatch")
public func exceptionDispatch(_ frame: UnsafeMutablePointer<TrapFrame>, _ cause: UInt, _ address: Address) {
  if frame.pointee.isFromUser {
    Operation.begin()
    switch frame.pointee.code {
    case .interrupt: Interrupts.serve()
    case .translationLoad:
      programPageFault(frame, address, isFetch(frame, address) ? .fetch : .load)
    case .translationStore, .modified: programPageFault(frame, address, .store)
    case .coprocessor where frame.pointee.coprocessor == 1: FloatingPoint.give()
    case .reserved where readsUserLocal(frame): break
    default: endProgram(frame, address)
    }
    beforeUserMode()
  } else {
    kernelFault(frame, address)
  }
}

/// RDHWR of register 29, done here as Linux does it for processors that lack the instruction. A `mips64r2`
/// has it, but the kernel does not let programs read the register (HWREna stays 0): it would have to be set
/// at every switch, protected procedure calls among them, and few threads ever ask. In a branch delay slot,
/// where no compiler puts it, it stays reserved.
private func readsUserLocal(_ frame: UnsafeMutablePointer<TrapFrame>) -> Bool {
  var instruction: UInt = 0
  if frame.pointee.programCounter != frame.pointee.epc || load_user_word(frame.pointee.epc, &instruction) != 0 {
    return false
  }
  if instruction & 0xFFE0_FFFF != 0x7C00_E83B { return false }
  let target = instruction >> 16 & 31
  if target != 0 { UnsafeMutableRawPointer(frame).word(target).pointee = currentThread.pointee.userLocal }
  frame.pointee.epc &+= 4
  return true
}

private func isFetch(_ frame: UnsafeMutablePointer<TrapFrame>, _ address: Address) -> Bool {
  address == frame.pointee.programCounter
}

private func programPageFault(_ frame: UnsafeMutablePointer<TrapFrame>, _ address: Address, _ access: Access) {
  let process = currentThread.process
  switch process.call({ $0.handleFault(address, access) }) {
  case .served: return
  case .refused: fault(frame, .segmentation, words(access), address)
  case .noMemory: fault(frame, .kill, "no memory for a page at", address)
  case .bus: fault(frame, .bus, "no page of the file at", address)
  }
}

private func words(_ access: Access) -> StaticString {
  switch access {
  case .load: "load from"
  case .store: "store to"
  case .fetch: "jump to"
  }
}

private func fault(
  _ frame: UnsafeMutablePointer<TrapFrame>, _ signal: Signal, _ what: StaticString, _ address: Address? = nil
) {
  let fault = ProgramFault(signal: signal, what: what, address: address, programCounter: frame.pointee.programCounter)
  // A server's fault while it serves a call is that call's affair.
  if currentThread.isWorker { return Completion.fail(fault, frame) }
  currentThread.process.call { $0.endProgram(by: fault) }
}

/// What no handler serves.
private func endProgram(_ frame: UnsafeMutablePointer<TrapFrame>, _ address: Address) {
  switch frame.pointee.code {
  case .addressLoad:
    let access: Access = isFetch(frame, address) ? .fetch : .load
    fault(frame, address < PageTable.end ? .bus : .segmentation, words(access), address)
  case .addressStore: fault(frame, address < PageTable.end ? .bus : .segmentation, "store to", address)
  case .busInstruction: fault(frame, .bus, "bus error at a fetch")
  case .busData: fault(frame, .bus, "bus error")
  case .systemCall: fault(frame, .illegalInstruction, "system call in a branch delay slot")
  case .breakpoint:
    let code = breakCode(frame, shift: 16, bits: 10)
    if code == 7 { return fault(frame, .floatingPoint, "division by zero") }
    if code == 6 { return fault(frame, .floatingPoint, "integer overflow") }
    fault(frame, .trap, "breakpoint")
  case .trap:
    let code = breakCode(frame, shift: 6, bits: 10)
    if code == 7 { return fault(frame, .floatingPoint, "division by zero") }
    if code == 6 { return fault(frame, .floatingPoint, "integer overflow") }
    fault(frame, .trap, "trap")
  case .overflow: fault(frame, .floatingPoint, "integer overflow")
  case .floatingPoint: fault(frame, .floatingPoint, "floating-point exception")
  case .coprocessor: fault(frame, .illegalInstruction, "coprocessor unusable")
  case .reserved: fault(frame, .illegalInstruction, "reserved instruction")
  case .interrupt, .modified, .translationLoad, .translationStore, nil:
    fault(frame, .illegalInstruction, "an exception that nothing serves")
  }
}

/// The code field of a BREAK or TRAP instruction.
private func breakCode(_ frame: UnsafeMutablePointer<TrapFrame>, shift: UInt, bits: UInt) -> UInt {
  var instruction: UInt = 0
  if load_user_word(frame.pointee.programCounter, &instruction) != 0 { return 0 }
  return instruction >> shift & ((1 << bits) &- 1)
}

/// The kernel's own faults: a page of the translation table that is not there yet, and programs' addresses.
private func kernelFault(_ frame: UnsafeMutablePointer<TrapFrame>, _ address: Address) {
  switch frame.pointee.code {
  case .translationLoad, .translationStore, .modified:
    if TranslationTable.contains(address) { return TranslationTable.makePage(address) }
    if isUserAccess(frame) {
      let access: Access = frame.pointee.code == .translationLoad ? .load : .store
      processor.pointee.isMending = true
      let isServed =
        address < PageTable.end && currentThread.process.call { $0.handleFault(address, access) } == .served
      processor.pointee.isMending = false
      if isServed { return }
      frame.pointee.epc = address_of_user_access_failed()
      return
    }
  case .addressLoad, .addressStore, .busData:
    if isUserAccess(frame) {
      frame.pointee.epc = address_of_user_access_failed()
      return
    }
  default: break
  }
  panic("a fault in the kernel", address, frame: frame)
}

private func isUserAccess(_ frame: UnsafeMutablePointer<TrapFrame>) -> Bool {
  let pc = frame.pointee.programCounter
  return pc >= address_of_user_access_begin() && pc < address_of_user_access_end()
}
