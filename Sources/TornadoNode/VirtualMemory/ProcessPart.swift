// What regions, the file cache managers of anonymous memory, and the HAT have in common: each is an object of
// its own, and belongs to a process, which stays until the last of them is gone. So when a program's end is
// told, all its memory has been given back. It is the object that counts, its entry in the global table, and
// not the miss handler that it has now: handlers can be replaced (`Existence.replace`).

import CMachine

class ProcessPart: Clustered {
  final let process: ProcessMissHandler

  init(_ process: ProcessMissHandler, _ placement: Placement) {
    self.process = process
    super.init(placement)
  }

  /// Entries of a processor's part of the global table that objects of programs may have, their threads
  /// included: some are left for processes, ports and what else the kernel needs.
  static var atMost: UInt { Objects.partEntries / 4 &* 3 }

  /// Whether there is room for a new object with one representative: each of the two in a block of a line.
  /// Where there is none, none has been made.
  static func prepare() -> Bool {
    processor.pointee.programObjects < atMost && KernelHeap.prepare(lineBytes, blocks: 2)
  }

  /// Becomes an object. Its slot, or 0 when the processor's part of the global table is full.
  final func enter() -> UInt {
    let slot = GlobalTable.addHandler(self, ObjectState.exists)
    if slot != 0 {
      processor.pointee.programObjects &+= 1
      process.addPart()
    }
    return slot
  }

  override func destroyed() {
    super.destroyed()
    if isReplaced { return }
    processor.pointee.programObjects &-= 1
    process.removePart()
  }
}
