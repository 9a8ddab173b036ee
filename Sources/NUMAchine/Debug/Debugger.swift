/// What a debugger wants of the processors: where to stop, and whom to tell.
///
/// It stands outside the machine: to stop is to call `stopped` in the middle of a window and to go on when
/// that returns. Emulated time stands still meanwhile for every processor, and who only looks leaves no trace
/// in the state.
public final class Debugger {
  public enum Reason: Equatable, Sendable {
    case breakpoint
    /// One instruction is done.
    case step
    /// The instruction at hand will access a watched address.
    case watchpoint(address: UInt64, WatchKind)
    /// Somebody asked for it.
    case interrupt
  }

  public enum WatchKind: UInt8, Sendable { case write = 2, read = 3, access = 4 }

  public struct Watch: Equatable, Sendable {
    public var address: UInt64
    public var bytes: UInt64
    public var kind: WatchKind

    public init(address: UInt64, bytes: UInt64, kind: WatchKind) {
      self.address = address
      self.bytes = bytes
      self.kind = kind
    }
  }

  /// Virtual addresses, in whatever address space.
  public private(set) var breakpoints: Set<UInt64> = []
  public private(set) var watches: [Watch] = []
  /// Processors that stop after one instruction, by global number.
  public var stepping: Set<Int> = []
  /// Called on the thread that runs the stations; the machine goes on when it returns.
  public var stopped: (Processor, Reason) -> Void = { _, _ in }
  private var processors: [Processor] = []
  /// The breakpoints of lines of code, by the lines' addresses.
  private(set) var lines: [UInt64: [UInt64]] = [:]

  public init() {}

  /// Begins to look over the shoulders of these processors, which must not run.
  public func attach(_ stations: [Station]) {
    processors = stations.flatMap(\.processors)
    for processor in processors {
      processor.debugger = self
      processor.debugging = DebugProgress()
    }
  }

  public func setBreakpoint(_ address: UInt64, _ isSet: Bool) {
    if isSet { breakpoints.insert(address) } else { breakpoints.remove(address) }
    lines = Dictionary(grouping: breakpoints) { $0 & ~(Self.linePart - 1) }
    for processor in processors { processor.decodeAgain() }
  }

  public func setWatch(_ watch: Watch, _ isSet: Bool) {
    watches.removeAll { $0 == watch }
    if isSet { watches.append(watch) }
    for processor in processors { processor.clearTables() }
  }

  public func removeAll() {
    breakpoints = []
    lines = [:]
    watches = []
    stepping = []
    for processor in processors {
      processor.decodeAgain()
      processor.clearTables()
    }
  }

  /// The smallest line of a primary cache.
  static let linePart: UInt64 = 16
}

/// Where a processor is between two stops.
struct DebugProgress {
  /// The instruction at `pc` is to be executed although something stops there.
  var passes = false
  /// The interpreter has left before the instruction at `pc`, whose time had come: for the debugger's sake,
  /// or for nothing.
  var met: Debugger.Reason?
  var metNothing = false
  /// A step has begun here, when so many instructions were done.
  var stepFrom: (pc: UInt64, instructions: UInt64)?
}

extension Processor {
  /// As `run(until:)`, with an eye on what a debugger wants: instruction by instruction where it has to be,
  /// and otherwise until one is met whose decoded form says so. Both come to the same: what happens does not
  /// depend on how time is divided among calls of the interpreter.
  func run(until limit: UInt64, under debugger: Debugger) {
    while core.pointee.status == .running && core.pointee.time < limit {
      betweenExecutions()
      let bound = min(limit, core.pointee.timer)
      guard core.pointee.time < bound else { continue }
      followStep(debugger)
      if debugging.passes {
        pass()
      } else {
        // Time 0 is over after one instruction.
        execute(until: debugging.stepFrom == nil ? bound : 0)
      }
      if let reason = debugging.met {
        debugging.met = nil
        stop(reason, debugger)
        // Its time had come before; whether it would now is not the question.
        if debugging.passes { pass() }
      } else if debugging.metNothing {
        debugging.metNothing = false
        pass()
      }
    }
  }

  private func followStep(_ debugger: Debugger) {
    guard debugger.stepping.contains(number) else { return debugging.stepFrom = nil }
    if let from = debugging.stepFrom, from.pc != core.pointee.pc || from.instructions != core.pointee.instructions {
      stop(.step, debugger)
    }
    if debugger.stepping.contains(number), debugging.stepFrom == nil {
      debugging.stepFrom = (core.pointee.pc, core.pointee.instructions)
    }
  }

  private func stop(_ reason: Debugger.Reason, _ debugger: Debugger) {
    debugging.stepFrom = nil
    debugger.stepping.remove(number)
    let place = core.pointee.pc
    debugger.stopped(self, reason)
    // Who stands on a breakpoint goes on by executing what is there.
    debugging.passes = core.pointee.pc == place && (reason != .step || debugger.breakpoints.contains(place))
    if debugger.stepping.contains(number) { debugging.stepFrom = (core.pointee.pc, core.pointee.instructions) }
  }

  /// Executes the instruction at `pc`, whatever stops there.
  private func pass() {
    let before = (core.pointee.pc, core.pointee.instructions)
    debugging.passes = true
    decodeAgain()
    clearTables()
    execute(until: 0)
    // The first call may have come no further than to find the line.
    if core.pointee.status == .running, before == (core.pointee.pc, core.pointee.instructions) { execute(until: 0) }
    debugging.passes = false
    decodeAgain()
    clearTables()
  }

  /// Decodes the instruction cache again, as the breakpoints are now, and makes every fetch look at it.
  func decodeAgain() {
    fetchTable.clear()
    for index in 0..<instructionCache.lines where instructionCache.tag[index] != PrimaryCache.invalid { decode(index) }
  }

  /// The interpreter has come to an instruction with a breakpoint and published where it is. The line may be
  /// known by more than one address.
  func meetsBreakpoint() {
    stopBeforeIssue(of: atHand)
    if debugger?.breakpoints.contains(core.pointee.pc) == true {
      debugging.met = .breakpoint
    } else {
      debugging.metNothing = true
    }
  }

  /// Whether an access must not get past the slow path, because something in its line is watched.
  func isWatched(lineOf address: UInt64) -> Bool {
    guard let debugger, !debugger.watches.isEmpty else { return false }
    let line = address & ~UInt64(lineBytes - 1)
    return debugger.watches.contains { $0.address < line &+ UInt64(lineBytes) && line < $0.address &+ $0.bytes }
  }

  /// Whether a byte that the instruction at hand accesses is watched: then the state has been saved as it was
  /// before it, and the interpreter must be left.
  @inline(never)
  func meetsWatchpoint(_ address: UInt64, _ access: Access) -> Bool {
    guard let debugger, !debugger.watches.isEmpty, !debugging.passes, core.pointee.answer == .none else { return false }
    let instruction = atHand
    guard !instruction.isResumed, let bytes = accessedBytes(of: instruction, at: address) else { return false }
    guard
      let watch = debugger.watches.first(where: {
        // So that it does not matter where the address space ends.
        ($0.address &- bytes.first < bytes.count || bytes.first &- $0.address < $0.bytes)
          && ($0.kind == .access || ($0.kind == .write) == (access == .store))
      })
    else { return false }
    stopBeforeIssue(of: instruction)
    debugging.met = .watchpoint(address: max(bytes.first, watch.address), watch.kind)
    return true
  }

  /// Saves the state as it was before an instruction was issued: as if the time had been up after its
  /// predecessor.
  private func stopBeforeIssue(of instruction: InstructionAtHand) {
    frame.pointee.cycles &-= 1 &+ instruction.stall
    if let credit = instruction.credit { frame.pointee.cycles &+= credit }
    stop(before: instruction)
    core.pointee.jumped = instruction.credit != nil
  }
}
