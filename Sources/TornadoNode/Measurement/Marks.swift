// Counting the instructions of an operation where it is carried out. The paper gives its costs in executed
// MIPS instructions; these are counted, never charged: the code reads the machine's instruction counter
// before and after.

import CMachine

struct Marks {
  private var start: UInt = 0
  /// Instructions between `begin` and `end`, summed, the marks' own among them: two for each pair, as the
  /// operation `nothing` shows.
  private(set) var instructions: UInt = 0

  @inline(__always) mutating func begin() { start = instruction_mark() }
  @inline(__always) mutating func end() { instructions &+= instruction_mark() &- start }
}
