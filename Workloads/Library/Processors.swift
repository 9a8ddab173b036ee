/// The processors that the program may use, and the threads on them.
public enum Processors {
  /// How many: 1 or more. They are numbered from 0; the program starts on number 0.
  public static var count: Int { tornado_processors() }
  /// The number of the processor that runs the calling thread.
  public static var current: Int { tornado_processor() }
  /// The station of the n-th of them.
  public static func station(of n: Int) -> Int { tornado_station_of(n) }

  /// Runs `body` once on each of the first `count` processors at the same time, with the processor's number,
  /// and returns when all have finished. The calling thread, which must be on processor 0, does that one's
  /// part.
  public static func run(on count: Int, _ body: @escaping (Int) -> Void) {
    let threads = UnsafeMutableBufferPointer<Thread>.allocate(capacity: max(0, count - 1))
    for n in 1..<max(1, count) {
      guard let thread = Thread(on: n, { body(n) }) else {
        printError("cannot start a thread on processor \(n)")
        Program.exit(1)
      }
      threads.initializeElement(at: n - 1, to: thread)
    }
    body(0)
    for thread in threads { thread.join() }
    threads.deallocate()
  }
}

/// A thread on a processor of its own choice; it stays there.
public struct Thread {
  /// What starter and thread share. `done` is set by the thread's last step; whoever joins sleeps on it.
  fileprivate struct Record {
    var done: UInt32
    var body: () -> Void
  }
  fileprivate let record: UnsafeMutablePointer<Record>

  /// Starts `body` on the n-th processor; nil if the kernel does not (no such processor, no memory, or QEMU).
  public init?(on n: Int, _ body: @escaping () -> Void) {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, Int(TORNADO_LINE), Int(TORNADO_LINE)) == 0, let memory else { return nil }
    record = memory.bindMemory(to: Record.self, capacity: 1)
    record.initialize(to: Record(done: 0, body: body))
    if tornado_spawn(n, threadBody, record) < 0 {
      record.deinitialize(count: 1)
      free(record)
      return nil
    }
  }

  /// Waits until the thread has finished. Once for each thread: it frees what the thread was made of.
  public func join() {
    tornado_wait_while(&record.pointee.done, 0)
    record.deinitialize(count: 1)
    free(record)
  }
}

private func threadBody(_ argument: UnsafeMutableRawPointer?) {
  let record = argument!.assumingMemoryBound(to: Thread.Record.self)
  record.pointee.body()
  tornado_finish(&record.pointee.done)
}
