/// One processor card: an R4400, or a `mips64r2`, with its primary caches and its secondary cache.
///
/// Everything beyond the secondary cache is its station's business: a processor that needs something from
/// there fills in `request`, waits, and goes on when one of the answering methods is called
/// (`Processor-answers.swift`).
///
/// Its state is `core`, the register file, the TLB, the caches with the words of the instruction cache, and
/// the miss history: what it asked its `StateSpace` for. Decoded lines and hit tables are derived from it.
/// All of it is memory behind pointers that never change, for the sake of the interpreter's inner loop.
public final class Processor {
  public let number: Int
  let model: ProcessorModel
  let cycle: UInt64
  /// 2^40 / `cycle`, and a little more: what a number below 2^20 is multiplied with instead of being divided.
  let cycleReciprocal: UInt64
  /// Stall in cycles of an access that misses the primary cache and hits the secondary.
  let secondaryStall: UInt64
  /// From issue of a load to the use of its value, in ticks.
  let loadLatency: UInt64
  let lineBytes: Int
  let lineInstructions: Int

  let state: StateSpace
  let core: UnsafeMutablePointer<ProcessorState>
  let frame: UnsafeMutablePointer<Frame>
  /// `$0` to `$31`, and in 32 what is written to `$0`.
  let registers: UnsafeMutablePointer<UInt64>
  let float: FloatUnit
  let counters: UnsafeMutablePointer<UInt64>

  let tlb: TLB
  let instructionCache: PrimaryCache
  let instructionWords: UnsafeMutablePointer<UInt32>
  let dataCache: PrimaryCache
  let secondary: SecondaryCache
  let history: MissHistory
  let sharing: SharingTable

  let decoder: InstructionDecoder
  let decoded: UnsafeMutablePointer<Instruction>
  /// For each decoded line, what its 64-bit instructions have been taken as.
  let wideUse: UnsafeMutablePointer<WideUse>
  /// A line of one instruction: the one in hand.
  let scratch: UnsafeMutablePointer<Instruction>
  let fetchTable: HitTable
  let loadTable: HitTable
  let storeTable: HitTable
  var contexts: AddressingContexts

  /// Who looks over its shoulder, and how far that is.
  var debugger: Debugger?
  var debugging = DebugProgress()

  /// - Parameters:
  ///   - number: global number, for debugging only; the guest reads it from its station.
  ///   - counters: one word for each `ProcessorCounter`, owned by the station.
  ///   - state: where it keeps everything.
  public init(
    profile: MachineProfile, number: Int, counters: UnsafeMutablePointer<UInt64>, state: StateSpace = StateSpace()
  ) {
    self.number = number
    model = profile.processor
    self.counters = counters
    cycle = UInt64(profile.processorCycle)
    cycleReciprocal = (1 << 40) / cycle + 1
    let stall = profile.secondaryHit - profile.loadDelayCycles * profile.processorCycle
    secondaryStall = UInt64((stall + profile.processorCycle - 1) / profile.processorCycle)
    loadLatency = UInt64(profile.loadDelayCycles * profile.processorCycle)
    lineBytes = profile.primaryLineBytes
    lineInstructions = lineBytes / 4

    self.state = state
    core = state.value("core", ProcessorState()).pointer
    frame = state.derived(count: 1).base
    frame.initialize(to: Frame())
    registers = state.buffer("registers", count: 33).base
    float = FloatUnit(state)
    tlb = TLB(state.within("TLB"))
    instructionCache = PrimaryCache(
      state.within("instruction cache"), bytes: profile.primaryInstructionBytes, lineBytes: lineBytes,
      ways: profile.primaryWays)
    instructionWords = state.buffer("instruction words", count: profile.primaryInstructionBytes / 4).base
    dataCache = PrimaryCache(
      state.within("data cache"), bytes: profile.primaryDataBytes, lineBytes: lineBytes, ways: profile.primaryWays)
    secondary = SecondaryCache(
      state.within("secondary cache"), bytes: profile.secondaryBytes, lineBytes: profile.secondaryLineBytes,
      ways: profile.secondaryWays)
    history = MissHistory(state, profile: profile)
    sharing = SharingTable(state, processor: number)

    decoder = InstructionDecoder(loadDelay: profile.loadDelayCycles, model: profile.processor)
    let stride = lineInstructions + 2
    decoded = state.derived(count: instructionCache.lines * stride).base
    wideUse = state.derived(count: instructionCache.lines).base
    scratch = state.derived(count: stride).base
    fetchTable = HitTable(state, lineBytes: lineBytes)
    loadTable = HitTable(state, lineBytes: lineBytes)
    storeTable = HitTable(state, lineBytes: lineBytes)
    contexts = AddressingContexts(count: lineBytes / 8)
    reset(entry: 0, arguments: (0, 0, 0, 0))
  }

  deinit { decoder.deallocate() }

  /// Puts the processor at `entry` at time 0, as after power-on, with the arguments in `$4` to `$7`.
  public func reset(entry: UInt64, arguments: (UInt64, UInt64, UInt64, UInt64)) {
    // Fresh memory is zero already; not to touch it keeps it from taking room on the host.
    if core.pointee.time != 0 {
      secondary.clear()
      history.clear()
      sharing.clear()
    }
    core.pointee = ProcessorState()
    core.pointee.pc = entry
    core.pointee.control.config = initialConfiguration
    registers.update(repeating: 0, count: 33)
    float.clear()
    (registers[4], registers[5], registers[6], registers[7]) = arguments
    tlb.clear()
    instructionCache.clear()
    dataCache.clear()
    fetchTable.clear()
    loadTable.clear()
    storeTable.clear()
    contexts.clear()
    updateContext()
    setTimer(0)
    counters.update(repeating: 0, count: ProcessorCounter.allCases.count)
  }

  /// Local time in ticks. While the processor waits: when the waiting instruction was issued.
  public var time: UInt64 { core.pointee.time }
  public var status: ProcessorStatus { core.pointee.status }
  /// What the processor waits for. Stays as it is until the next request.
  public var request: ExternalRequest { core.pointee.request }

  /// Copies the line of this address, which the secondary cache holds or has just given up, to a
  /// `LineRecord`.
  func copyLine(_ physicalAddress: UInt64, to record: UnsafeMutableRawPointer) {
    secondary.copy(physicalAddress, to: record)
  }

  /// The data of the slot of the secondary cache that this physical address maps to, whatever line it holds.
  public func lineData(_ physicalAddress: UInt64) -> UnsafeMutableRawPointer {
    secondary.pointer(secondary.line(physicalAddress))
  }

  func count(_ counter: ProcessorCounter) { counters[counter.rawValue] &+= 1 }

  /// Executes the instructions that start before `limit` (ticks), until one has to wait. The last may end
  /// after it.
  ///
  /// What happens does not depend on how the time is divided among calls. Interrupt lines and snoops act
  /// between calls.
  public func run(until limit: UInt64) {
    if let debugger { return run(until: limit, under: debugger) }
    while core.pointee.status == .running && core.pointee.time < limit {
      betweenExecutions()
      let bound = min(limit, core.pointee.timer)
      if core.pointee.time < bound { execute(until: bound) }
    }
  }

  /// What comes before the instruction at `core.pc`: the timer, and exceptions that are no instruction's.
  @inline(__always) func betweenExecutions() {
    if core.pointee.time >= core.pointee.timer { timerMatches() }
    if core.pointee.watchIsPending { takeDeferredWatch() }
    if interruptAdmitted { takeInterrupt() }
  }
}
