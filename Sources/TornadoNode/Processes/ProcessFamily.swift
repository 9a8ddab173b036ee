// A process's place in its job: the job's processes are a family (`Jobs/JobFamily.swift`), of which each one
// starts others, from program files in its memory: servers, mostly.

import CMachine

class ProcessFamily: ProcessCalls {
  /// The longest argument strings, and how much of the file is looked at for its headers.
  private static let argumentBytesAtMost: UInt = 2048
  private static let headerBytesAtMost: UInt = 2048

  final override func job() -> UInt { shared.job }
  final override func processors() -> UInt { shared.processors }

  final override func start(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt)
    -> Int
  {
    if stringBytes == 0 || stringBytes > ProcessFamily.argumentBytesAtMost { return -Errno.invalid }
    guard dramManager.call({ $0.secure() }),
      let block = KernelHeap.allocate(ProcessFamily.argumentBytesAtMost &+ ProcessFamily.headerBytesAtMost)
    else { return -Errno.noMemory }
    defer { KernelHeap.free(block) }
    let headers = block + Int(bitPattern: ProcessFamily.argumentBytesAtMost)
    let readable = bytes < ProcessFamily.headerBytesAtMost ? bytes : ProcessFamily.headerBytesAtMost
    guard let from = UnsafeRawPointer(bitPattern: strings), let fileStart = UnsafeRawPointer(bitPattern: file) else {
      return -Errno.fault
    }
    if copy_user(block, from, stringBytes) != 0 || copy_user(headers, fileStart, readable) != 0 { return -Errno.fault }
    let arguments = ProgramArguments(
      strings: block, bytes: stringBytes, count: ProgramArguments.count(block, stringBytes))
    if arguments.count == 0 { return -Errno.invalid }
    let program: ELFProgram
    do throws(ProgramRejected) { program = try ELFProgram(headers, bytes, readable: readable) } catch {
      return -Errno.notExecutable
    }
    let name = arguments.name
    let first = shared.firstOfJob
    guard
      let child = ProcessMissHandler.make(
        job: shared.job, processors: shared.processors, name: name.start, nameBytes: name.bytes, first: first)
    else { return -Errno.noMemory }
    switch ProgramLoader.load(program, from: .user(file), arguments, into: child, processor: processor) {
    case .failure:
      child.dissolve()
      return -Errno.noMemory
    case .success(let thread):
      if first.join(child) {
        Dispatch.makeReady(thread)
        return 0
      }
      ThreadRecord.free(thread)
      child.dissolve()
      return -Errno.again
    }
  }

  final override func nameServer(_ word: UInt) -> Int {
    let place = shared.firstOfJob.line(.nameServer)
    if word != 0 { _ = atomic_compare_exchange(place, 0, word & ~(1 << 63)) }
    return Int(bitPattern: atomic_load(place))
  }
}
