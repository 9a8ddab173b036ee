// Thread: the object that others know a thread by (paper, Section 3.2). It lets a thread go on, wherever that
// runs; and whoever has found it in a list can do so whatever becomes of it meanwhile, for the thread's page
// goes with the object.
//
// What a processor needs of its own threads, at a call, a switch or a trap, is in the record
// (`ThreadRecord`), which it has by its address: a protected procedure call passes from thread to thread in a
// few dozen instructions, which an object's call in between would double.

import CMachine

/// The interface of the clustered object.
open class Thread {
  init() {}
  /// Makes it ready to run, on its own processor.
  open func makeReady() { abstract() }
}

/// A thread with one representative.
final class SimpleThread: Thread {
  private let record: ThreadPointer

  init(_ record: ThreadPointer) {
    self.record = record
    super.init()
  }

  override func makeReady() { Dispatch.makeReady(record) }
}

/// Behind it: its miss handler. Made on the thread's processor, before anybody else knows the thread, so that
/// its end is that processor's affair alone unless others have woken it.
final class ThreadMissHandler: Clustered {
  private let record: ThreadPointer

  /// Makes a thread known. False when there is no memory, or there are too many objects.
  static func make(for record: ThreadPointer) -> Bool {
    if processor.pointee.programObjects >= ProcessPart.atMost || !KernelHeap.prepare(lineBytes, blocks: 2, for: .kernel)
    {
      return false
    }
    let shared = ThreadMissHandler(record)
    guard let reference = GlobalTable.add(shared, as: Thread.self) else {
      TornadoNode.destroy(shared)
      return false
    }
    processor.pointee.programObjects &+= 1
    shared.fill()
    record.pointee.reference = reference
    return true
  }

  private init(_ record: ThreadPointer) {
    self.record = record
    super.init(.shared)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(SimpleThread(record)).toOpaque()
  }

  /// Nobody can name the thread any more.
  override func destroyed() {
    super.destroyed()
    if isReplaced { return }
    processor.pointee.programObjects &-= 1
    record.freePage()
  }
}
