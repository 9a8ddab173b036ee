// The kernel's operations (paper, Section 5.3: "the kernel and system servers are event driven and … the
// service times for those events are relatively short"): from a processor's entry into the kernel to its
// return to user mode or to its rest. So no more than one is active on a processor. A thread that blocks in
// the kernel ends no operation and holds none up: it may keep a reference to its own process alone, which
// lives as long as it has threads.

import CMachine

enum Operation {
  /// First thing on the way in.
  @inline(__always) static func begin() { local.pointee.operation = Existence.begin() }

  /// Last thing on the way out.
  @inline(__always) static func end() { Existence.end(local.pointee.operation) }
}
