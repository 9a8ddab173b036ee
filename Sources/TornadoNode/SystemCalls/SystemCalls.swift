// System calls: numbers, arguments and results as Linux n64 has them, and Tornado's own from 9000 on
// (docs/programs.md). A call is served on the processor on which it is made, by the local representative of
// the process.

import CMachine

/// Numbers come from a C header, all the register counts.
@inline(__always) private func ~= (call: Int32, number: UInt) -> Bool { number == UInt(bitPattern: Int(call)) }

/// From `system_call_entry`: arguments and number as they are in the registers; the frame takes the result.
@_silgen_name("system_call")
public func systemCall(
  _ a0: UInt, _ a1: UInt, _ a2: UInt, _ a3: UInt, _ a4: UInt, _ a5: UInt, _ number: UInt,
  _ frame: UnsafeMutablePointer<TrapFrame>
) {
  Operation.begin()
  let process = currentThread.process
  let result: Int
  switch number {
  // ---- Memory (SystemCalls-memory.swift)
  case TORNADO_CALL_MMAP: result = SystemCalls.mmap(process, a1, a2, a3, SystemCalls.int(a4), offset: a5)
  case TORNADO_CALL_MUNMAP: result = SystemCalls.munmap(process, a0, a1)
  case TORNADO_CALL_BRK: result = Int(bitPattern: process.call { $0.setBreak(a0) })
  case TORNADO_CALL_MONITOR: result = process.call { $0.mapMonitor() }
  case TORNADO_CALL_MAP_AT: result = SystemCalls.mapAt(process, a0, a1)

  // ---- Files (SystemCalls-files.swift)
  case TORNADO_CALL_WRITE: result = SystemCalls.write(process, SystemCalls.int(a0), a1, a2)

  // ---- Threads and processors (SystemCalls-threads.swift)
  case TORNADO_CALL_SCHED_YIELD:
    dispatcher.call { $0.yield() }
    result = 0
  case TORNADO_CALL_EXIT: process.call { $0.endThread(status: a0 & 0xFF) }
  case TORNADO_CALL_FUTEX: result = SystemCalls.futex(process, a0, SystemCalls.int(a1), SystemCalls.int(a2), a3)
  case TORNADO_CALL_SET_THREAD_AREA:
    currentThread.pointee.userLocal = a0
    result = 0
  case TORNADO_CALL_PROCESSORS: result = Int(bitPattern: process.call { $0.processors() })
  case TORNADO_CALL_SPAWN: result = SystemCalls.spawn(process, entry: a0, argument: a1, index: a2, stack: a3)
  case TORNADO_CALL_PROCESSOR: result = Int(bitPattern: local.pointee.number)
  case TORNADO_CALL_STATION_OF:
    result = a0 < process.call({ $0.processors() }) ? Int(bitPattern: local.pointee.station(of: a0)) : -Errno.invalid

  // ---- Processes, their calls and objects (SystemCalls-family.swift)
  case TORNADO_CALL_GETPID: result = Int(bitPattern: process.call { $0.job() })
  case TORNADO_CALL_EXIT_GROUP: process.call { $0.endProgram(status: a0 & 0xFF) }
  case TORNADO_CALL_MAKE_PORT:
    result =
      a1 > 1 || a3 > 1
      ? -Errno.invalid
      : process.call { $0.makePort(entry: a0, mapsStacks: a1 == 1, faultEntry: a2, everyone: a3 == 1) }
  case TORNADO_CALL_START: result = SystemCalls.start(process, a0, a1, a2, a3, index: a4)
  case TORNADO_CALL_NAME_SERVER: result = process.call { $0.nameServer(a0) }
  case TORNADO_CALL_DISCARD_TABLE: result = process.call { $0.discardTable() }
  case TORNADO_CALL_OBJECTS: result = process.call { $0.hat() }.call { $0.beginObjects(missRecord: a0) }

  // ---- Time and measurement
  case TORNADO_CALL_CLOCK_GETTIME: result = SystemCalls.clockGetTime(SystemCalls.int(a0), a1)
  case TORNADO_CALL_CYCLES: result = Int(bitPattern: LocalWindow.memoryClock.read())
  case TORNADO_CALL_MEASURE: result = Measurement.measure(a0, times: a1)

  default: result = -Errno.noSystemCall
  }
  let isError = result < 0 && result >= -4095
  let registers = UnsafeMutableRawPointer(frame)
  registers.word(2).pointee = UInt(bitPattern: isError ? 0 &- result : result)
  registers.word(7).pointee = isError ? 1 : 0
  beforeUserMode()
}

enum SystemCalls {
  /// An argument that Linux declares as an `int`, or as a descriptor: what is in the register above it does
  /// not count.
  @inline(__always) static func int(_ argument: UInt) -> Int32 { Int32(truncatingIfNeeded: argument) }

  /// Whether [address, address + bytes) lies among programs' addresses.
  static func isUserRange(_ address: Address, _ bytes: UInt) -> Bool {
    bytes <= PageTable.end && address <= PageTable.end &- bytes
  }

  /// The clocks that Linux has on every machine, from CLOCK_REALTIME to CLOCK_BOOTTIME, and CLOCK_TAI.
  static func isClock(_ clock: Int32) -> Bool { clock >= 0 && clock <= 7 || clock == 11 }

  /// Every clock is the machine's: emulated time since reset.
  static func clockGetTime(_ clock: Int32, _ address: Address) -> Int {
    if !isClock(clock) { return -Errno.invalid }
    if !isUserRange(address, 16) { return -Errno.fault }
    let frequency = LocalWindow.frequency.read()
    let cycles = LocalWindow.memoryClock.read()
    var time = (cycles / frequency, cycles % frequency &* 1_000_000_000 / frequency)
    guard let to = UnsafeMutableRawPointer(bitPattern: address) else { return -Errno.fault }
    return copy_user(to, &time, 16) == 0 ? 0 : -Errno.fault
  }
}
