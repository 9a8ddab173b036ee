// A process that another one starts, from a program file in its memory: a server, mostly.

import CMachine

extension ProcessRepresentative {
  /// The longest argument strings, and how much of the file is looked at for its headers.
  private static let argumentBytesAtMost: UInt = 2048
  private static let headerBytesAtMost: UInt = 2048

  /// The file and the strings are in this process's memory, at checked addresses. 0, or a negative error.
  func startProcess(_ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, on processor: UInt) -> Int
  {
    if stringBytes == 0 || stringBytes > Self.argumentBytesAtMost { return -Errno.invalid }
    guard dramManager.call({ $0.secure() }),
      let block = KernelHeap.allocate(Self.argumentBytesAtMost &+ Self.headerBytesAtMost)
    else { return -Errno.noMemory }
    defer { KernelHeap.free(block) }
    let headers = block + Int(bitPattern: Self.argumentBytesAtMost)
    let readable = bytes < Self.headerBytesAtMost ? bytes : Self.headerBytesAtMost
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

  /// Names the job's name server, if `word` is not 0 and there is none yet; what it is now, 0 for none.
  func exchangeNameServer(_ word: UInt) -> Int {
    let place = shared.firstOfJob.line(.nameServer)
    if word != 0 { _ = atomic_compare_exchange(place, 0, word & ~(1 << 63)) }
    return Int(bitPattern: atomic_load(place))
  }
}
