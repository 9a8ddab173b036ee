/// What a processor is at an instant, apart from register file, TLB and caches: plain values, allocated once
/// and zeroed.
///
/// Together with those it is all that a checkpoint has to keep; everything else in a `Processor` can be
/// rebuilt from it.
struct ProcessorState: BitwiseCopyable {
  /// Local time in ticks: when the instruction at `pc` may start.
  var time: UInt64 = 0
  var status: ProcessorStatus = .running
  var request = ExternalRequest()

  /// The next instruction, or the one that waits.
  var pc: UInt64 = 0
  var delay: DelaySlot = .none
  /// Where a taken branch goes after the instruction at `pc`.
  var target: UInt64 = 0

  /// The instruction at `pc` in hand, which may no longer be in any cache.
  var held: HeldInstruction = .none
  var heldWord: UInt32 = 0
  /// What has come for the instruction that waited; true only while it is executed.
  var answer: Answer = .none
  var uncachedValue: UInt64 = 0

  /// The jump that led to `pc` broke the sequence in which stalls are counted at decoding.
  var jumped = false
  /// Registers loaded by the last two instructions when `pc` is the first of a line and was run on to.
  var lastLoaded = Interlock.none
  var lastButOneLoaded = Interlock.none

  var hi: UInt64 = 0
  var lo: UInt64 = 0
  /// When the multiplier is free and HI and LO can be read, in ticks.
  var multiplierReady: UInt64 = 0

  /// Instructions completed since reset.
  var instructions: UInt64 = 0
  /// Of them, those before Random was last set to 47.
  var randomBase: UInt64 = 0
  /// Count is cycles / 2 plus this.
  var countOffset: UInt32 = 0
  /// When Count next equals Compare, in ticks.
  var timer: UInt64 = .max

  /// LL has set a link that nothing has broken.
  var linked = false
  /// Physical address of the secondary line that the link is on.
  var linkLine: UInt64 = 0

  var control = ControlRegisters()
  /// An access that Watch names was made while Status.EXL or ERL was set: the exception comes when they are
  /// clear.
  var watchIsPending = false
}

/// Whether the instruction at `pc` follows a branch.
enum DelaySlot: UInt8, StateChoice, CaseIterable {
  case none
  /// It is in the delay slot of a branch that was not taken: it goes on in sequence, but an exception belongs
  /// to the branch.
  case untaken
  case taken
}

enum HeldInstruction: UInt8, StateChoice, CaseIterable {
  case none
  /// It was issued and waits for its data.
  case issued
  /// It was fetched from beyond the secondary cache, to be used once even if another processor has taken the
  /// line away by then.
  case fetched
}

enum Answer: UInt8, StateChoice, CaseIterable {
  case none
  /// The line is in the secondary cache.
  case line
  /// The line that was given up has gone.
  case gone
  /// The uncached access is done.
  case uncached
  /// The store conditional failed at the directory.
  case refused
}

/// The registers of the system control coprocessor that hold something of their own (R4400 User's Manual, ch.
/// 4 and 5).
struct ControlRegisters: BitwiseCopyable {
  var index: UInt32 = 0
  var wired: UInt32 = 0
  var entryLo0: UInt64 = 0
  var entryLo1: UInt64 = 0
  var pageMask: UInt64 = 0
  var entryHi: UInt64 = 0
  var context: UInt64 = 0
  var xContext: UInt64 = 0
  var badVAddr: UInt64 = 0
  var compare: UInt32 = 0
  var status: UInt32 = 0
  var cause: UInt32 = 0
  var epc: UInt64 = 0
  var errorEPC: UInt64 = 0
  var config: UInt32 = 0
  var llAddr: UInt32 = 0
  var watchLo: UInt32 = 0
  var watchHi: UInt32 = 0
  var ecc: UInt32 = 0
  var cacheError: UInt32 = 0
  var tagLo: UInt32 = 0
  var tagHi: UInt32 = 0
  // Of `mips64r2`; on the R4400 they stay as they are.
  /// Where exceptions go while Status.BEV = 0.
  var exceptionBase: UInt32 = 0x8000_0000
  /// HWREna: the registers that RDHWR reads in user mode.
  var hardwareEnable: UInt32 = 0
  var userLocal: UInt64 = 0
}

/// Numbers of the control registers, as MFC0 and MTC0 name them.
public enum ControlRegister: UInt8, CaseIterable, Sendable {
  case index = 0
  case random, entryLo0, entryLo1, context, pageMask, wired
  case badVAddr = 8
  case count, entryHi, compare, status, cause, epc, processorId, config, llAddr, watchLo, watchHi, xContext
  case ecc = 26
  case cacheError, tagLo, tagHi, errorEPC
}

/// Bits of Status.
enum Status {
  static let ie: UInt32 = 1
  static let exl: UInt32 = 1 << 1
  static let erl: UInt32 = 1 << 2
  static let ksuShift: UInt32 = 3
  static let ux: UInt32 = 1 << 5
  static let sx: UInt32 = 1 << 6
  static let kx: UInt32 = 1 << 7
  static let interruptMask: UInt32 = 0xFF00
  /// The last CACHE operation on the secondary cache that asks for an address has found it.
  static let ch: UInt32 = 1 << 18
  /// Two entries of the TLB have matched one address: it matches nothing any more, until reset.
  static let ts: UInt32 = 1 << 21
  static let bev: UInt32 = 1 << 22
  /// 32 floating-point registers of 64 bits, not 16.
  /// 64-bit instructions in user mode whatever the addresses; `mips64r2` only.
  static let px: UInt32 = 1 << 23
  static let fr: UInt32 = 1 << 26
  static let cu0: UInt32 = 1 << 28
  static let cu1: UInt32 = 1 << 29
  /// CU3:0, RP, FR, BEV, SR, CH, CE, DE, IM, KX, SX, UX, KSU, ERL, EXL, IE. RE stays 0: this machine has one
  /// byte order.
  static let writable: UInt32 = 0xFC57_FFFF
  /// Everything that bears on how an address is translated.
  static let addressing: UInt32 = 0xFE
}

/// Bits of Cause.
enum Cause {
  static let branchDelay: UInt32 = 1 << 31
  static let coprocessorShift: UInt32 = 28
  static let interrupts: UInt32 = 0xFF00
  static let software: UInt32 = 0x0300
  static let timer: UInt32 = 1 << 15
  /// Interrupts have a vector of their own, at 0x200; `mips64r2` only.
  static let specialVector: UInt32 = 1 << 23
  /// The timer is what interrupts; `mips64r2` only.
  static let timerInterrupt: UInt32 = 1 << 30
  static let exceptionMask: UInt32 = 0x7C
}
