// The floating-point unit goes to the thread that uses it. A thread begins without it; its first instruction
// of the unit faults, and so does the first after another thread of the processor has taken it. Only then are
// registers moved: a thread that computes alone, or beside threads that compute with integers, pays nothing
// at a switch. The kernel itself has no floating point.

import CMachine

@_silgen_name("float_save") private func saveFloat(_ registers: UnsafeMutablePointer<FloatRegisters>)
@_silgen_name("float_load") private func loadFloat(_ registers: UnsafeMutablePointer<FloatRegisters>)

enum FloatingPoint {
  /// Gives the unit to the current thread, which has asked for it by using it.
  static func give() {
    let thread = currentThread
    cp0_set_status(cp0_status() | UInt(STATUS_FLOAT))
    if let owner = local.pointee.floatOwner {
      saveFloat(&owner.assumingMemoryBound(to: ThreadRecord.self).pointee.float)
    }
    loadFloat(&thread.pointee.float)
    local.pointee.floatOwner = UnsafeMutableRawPointer(thread)
    local.pointee.userStatus |= UInt(STATUS_FLOAT)
  }

  /// Before a switch: the unit is usable in user mode by its owner alone.
  @inline(__always) static func willRun(_ thread: ThreadPointer) {
    if local.pointee.floatOwner == UnsafeMutableRawPointer(thread) {
      local.pointee.userStatus |= UInt(STATUS_FLOAT)
    } else {
      local.pointee.userStatus &= ~UInt(STATUS_FLOAT)
    }
  }

  /// A thread that has ended needs its registers no more, and its page may become another's.
  @inline(__always) static func forget(_ thread: UnsafeMutableRawPointer) {
    if local.pointee.floatOwner == thread { local.pointee.floatOwner = nil }
  }
}
