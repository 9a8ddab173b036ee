/// The instruction at hand, as slow paths, exceptions and debugger see it: all that they know of its place in
/// the program, whoever executes it.
struct InstructionAtHand {
  /// Its address.
  var pc: UInt64
  var word: UInt32
  /// Whether it follows a branch.
  var delay: DelaySlot = .none
  /// Where the branch goes in whose delay slot it is, if that is taken.
  var target: UInt64 = 0
  /// Instructions completed before it, since reset.
  var completed: UInt64
  /// Cycles for which its issue waited for what its predecessors load. They are part of `Frame.cycles`.
  var stall: UInt64 = 0
  /// Where a jump has led to it: the cycles of stall in `Frame.cycles` that do not occur on arriving so and
  /// have been taken off beforehand. Else nil.
  var credit: UInt64?
  /// It has been issued before, and what it waited for has come.
  var isResumed = false
}

/// What passes between who executes instructions and the slow paths. Means nothing between instructions.
///
/// Most slow paths give what was wanted of them, and need the time alone. Who executes therefore describes an
/// instruction only when somebody asks for `Processor.atHand`: the interpreter from where it is in a decoded
/// line, everybody else by what he has put into `described`.
struct Frame {
  /// From `core.time` to the end of the instruction at hand, in cycles: one, what was before it, and all
  /// stalls. Slow paths add theirs.
  var cycles: UInt64 = 0
  /// The instruction at hand; nil while the interpreter runs.
  var described: InstructionAtHand?
  /// The interpreter's, and nobody else's.
  var position = InterpreterPosition()
}

extension Processor {
  var atHand: InstructionAtHand { frame.pointee.described ?? interpreted }

  /// When the instruction at hand is issued, in ticks.
  var issueTime: UInt64 { core.pointee.time &+ (frame.pointee.cycles &- 1) &* cycle }

  /// Saves the state before the instruction at hand, with the time at its end.
  func stopBeforeCurrent() { stop(before: atHand) }

  func stop(before instruction: InstructionAtHand) {
    core.pointee.pc = instruction.pc
    core.pointee.delay = instruction.delay
    core.pointee.target = instruction.target
    core.pointee.instructions = instruction.completed
    core.pointee.time &+= frame.pointee.cycles &* cycle
    core.pointee.jumped = false
    // It has been issued: what its line was run on to with has been counted, or was never asked for where a
    // table knew the line. Nothing stays behind that would tell where the last call to `run` ended.
    core.pointee.lastLoaded = Interlock.none
    core.pointee.lastButOneLoaded = Interlock.none
    frame.pointee.cycles = 0
  }
}
