// A setting for tests, which only their kernel has: from the n-th request on, the own processor is refused
// memory, as if there were none. What an operation does then, wherever in it that happens, can so be tried
// for n = 1, 2, 3 … until the operation goes through.
//
// Requests that count are those that may be refused: frames and blocks that are not `.kernel`. While it is
// on, nothing is at hand, so each request comes by the uncommon way, and the common one stays what it is.

import CMachine

struct FailingRequests {
  fileprivate(set) var isOn = false
  fileprivate var seen: UInt = 0
  fileprivate var first: UInt = 0
}

enum FailingMemory {
  #if TEST_KERNEL
    @inline(__always) static var isOn: Bool { processor.pointee.failing.isOn }
  #else
    @inline(__always) static var isOn: Bool { false }
  #endif

  /// Requests from the n-th on are refused.
  static func begin(from n: UInt) {
    if isOn { _ = end() }
    dramManager.call { $0.giveAll() }
    KernelHeap.setAside()
    processor.pointee.failing = FailingRequests(isOn: true, seen: 0, first: n)
  }

  /// Returns how many have been refused.
  static func end() -> Int {
    let requests = processor.pointee.failing
    if !requests.isOn { return 0 }
    processor.pointee.failing.isOn = false
    KernelHeap.takeBackAside()
    return requests.seen >= requests.first ? Int(bitPattern: requests.seen &- requests.first &+ 1) : 0
  }

  /// Whether this request is refused.
  static func refuses(_ use: FrameUse) -> Bool {
    if use == .kernel { return false }
    processor.pointee.failing.seen &+= 1
    return processor.pointee.failing.seen >= processor.pointee.failing.first
  }
}
