// Jobs: programs that came from outside. Carried out at station 0's first processor; the list of the jobs
// that live is needed only to end one from outside. It has no lock: who comes takes a free place by
// compare-exchange.

import CMachine

private var jobs = Jobs()

struct Jobs {
  static let atMost = 64
  /// Pointers to `ProcessMissHandler` objects; 0: free.
  private var processes: InlineArray<64, UInt> = InlineArray(repeating: 0)

  static let statusRejected: UInt = 126
  static let statusKilled: UInt = 128 + 9

  private static func place(_ number: Int) -> UnsafeMutableRawPointer {
    withUnsafeMutablePointer(to: &jobs) { UnsafeMutableRawPointer($0) } + number * MemoryLayout<UInt>.stride
  }

  /// Does what a record from outside says.
  static func carryOut(_ record: UnsafeRawPointer, _ bytes: UInt) {
    switch JobRecord.read(record, bytes) {
    case .success(let record):
      switch record.kind {
      case .run: run(record)
      case .kill: kill(record.job)
      case .deadlock:
        // Behind the record there is room: the memory is for records of any length.
        let list = UnsafeMutableRawPointer(mutating: record.base) + Int(JobRecord.headerBytes &+ lineBytes)
        withFirst(ofJob: record.job) {
          Deadlock.look(at: $0, ends: record.isToEnd, list.assumingMemoryBound(to: WaitingList.self))
        }
      }
    case .failure(let rejected):
      switch rejected.failure {
      case .garbage:
        var text = Text(job: 0, stream: HostStream.errors)
        text.put("tornado: garbage from outside; dropped\n")
        text.flush()
      case .rejected(let job, let reason): reject(job, nil, reason)
      }
    }
  }

  private static func run(_ record: JobRecord) {
    let machine = local.pointee.processors
    if record.processors > machine { return reject(record.job, record, "more processors than the machine has") }
    let program: ELFProgram
    do throws(ProgramRejected) { program = try ELFProgram(record.program, record.programBytes) } catch {
      return reject(record.job, record, error.reason)
    }
    let name = record.programArguments.name
    guard
      let shared = ProcessMissHandler.make(
        job: record.job, processors: record.processors == 0 ? machine : record.processors, name: name.start,
        nameBytes: name.bytes)
    else { return reject(record.job, record, "no memory for a process") }
    if !add(shared) {
      shared.dissolve()
      return reject(record.job, record, "too many programs at once")
    }
    switch ProgramLoader.load(
      program, from: .kernel(record.program), record.programArguments, into: shared, processor: 0)
    {
    case .success(let thread):
      HostEvent.started.send(job: shared.job, value: 0)
      Dispatch.makeReady(thread)
    case .failure(let rejected):
      remove(shared)
      shared.dissolve()
      reject(record.job, record, rejected.reason)
    }
  }

  /// Ends a job from outside, if it still lives.
  private static func kill(_ job: UInt) {
    withFirst(ofJob: job) {
      if !$0.isEnding { SoftwareCounter.programsKilled.add() }
      $0.beginEnding(status: statusKilled)
    }
  }

  /// The job's first process, if it still lives. It is there until this operation ends, whatever happens to it
  /// meanwhile.
  private static func withFirst(ofJob job: UInt, _ body: (ProcessMissHandler) -> Void) {
    var i = 0
    while i < atMost {
      if let pointer = UnsafeMutableRawPointer(bitPattern: atomic_load(place(i))) {
        Unmanaged<ProcessMissHandler>.fromOpaque(pointer)._withUnsafeGuaranteedRef { if $0.job == job { body($0) } }
      }
      i &+= 1
    }
  }

  private static func add(_ shared: ProcessMissHandler) -> Bool {
    let pointer = UInt(bitPattern: Unmanaged.passUnretained(shared).toOpaque())
    var i = 0
    while i < atMost {
      if atomic_compare_exchange(place(i), 0, pointer) == 0 { return true }
      i &+= 1
    }
    return false
  }

  /// From now on the job cannot be ended from outside: it has ended.
  static func remove(_ shared: ProcessMissHandler) {
    let pointer = UInt(bitPattern: Unmanaged.passUnretained(shared).toOpaque())
    var i = 0
    while i < atMost {
      _ = atomic_compare_exchange(place(i), pointer, 0)
      i &+= 1
    }
  }

  /// `tornado: NAME: REASON` on the job's error stream, and its end.
  private static func reject(_ job: UInt, _ record: JobRecord?, _ reason: StaticString) {
    var text = Text(job: job, stream: HostStream.errors)
    text.put("tornado: ")
    if let record {
      let name = record.programArguments.name
      text.put(
        bytes: name.start, name.bytes < ProcessMissHandler.namesAtMost ? name.bytes : ProcessMissHandler.namesAtMost)
      text.put(": ")
    }
    text.put(reason)
    text.put("\n")
    text.flush()
    HostEvent.ended.send(job: job, value: statusRejected)
  }
}
