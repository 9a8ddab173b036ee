// Interrupts, taken from user mode or found by the idle loop; the kernel itself runs with interrupts off.

import CMachine

enum Interrupts {
  /// Serves what is pending and admitted.
  static func serve() {
    let pending = cp0_cause() & cp0_status() & InterruptBits.all
    if pending & InterruptBits.crossProcessor != 0 { Mailbox.answer() }
    if pending & InterruptBits.timer != 0 { TimeSlice.end() }
    if pending & InterruptBits.host != 0 { HostPort.serve() }
  }

  /// Admits an interrupt from now on, in the kernel's Status (for the idle loop) and in the user's.
  static func admit(_ bits: UInt) {
    local.pointee.userStatus |= bits
    cp0_set_status(cp0_status() | bits)
  }

  static func refuse(_ bits: UInt) {
    local.pointee.userStatus &= ~bits
    cp0_set_status(cp0_status() & ~bits)
  }
}

/// The timer runs only while more than one thread wants the processor: an idle machine has nothing due, and a
/// thread alone is not disturbed.
enum TimeSlice {
  /// Of Count, which advances every second cycle: 10 ms at 150 MHz.
  static let counts: UInt = 750_000

  /// The timer comes once so many counts have passed from now on.
  static func begin(_ counts: UInt) {
    cp0_set_compare(cp0_count() &+ counts)
    if local.pointee.userStatus & InterruptBits.timer == 0 { Interrupts.admit(InterruptBits.timer) }
  }

  static func cancel() {
    if local.pointee.userStatus & InterruptBits.timer != 0 { Interrupts.refuse(InterruptBits.timer) }
  }

  /// The slice is over: the thread gives way before it goes back to user mode.
  static func end() {
    cp0_set_compare(cp0_count() &+ counts)
    Interrupts.refuse(InterruptBits.timer)
    local.pointee.attention = 1
    dispatcher.call { $0.sliceEnded() }
  }
}
