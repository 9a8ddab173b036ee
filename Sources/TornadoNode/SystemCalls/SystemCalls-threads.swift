// System calls of threads: making them, and waiting for an address.

extension SystemCalls {
  static let futexWait: Int32 = 0
  static let futexWake: Int32 = 1
  static let futexPrivate: Int32 = 128

  static func futex(
    _ process: Reference<Process>, _ address: Address, _ operation: Int32, _ value: Int32, _ timeout: UInt
  ) -> Int {
    let operation = operation & ~futexPrivate
    if operation != futexWake && (operation != futexWait || timeout != 0) { return -Errno.noSystemCall }
    if address & 3 != 0 { return -Errno.invalid }
    if !isUserRange(address, 4) { return -Errno.fault }
    if operation == futexWait { return process.call { $0.wait(address, UInt(bitPattern: Int(value))) } }
    // Linux looks whether it has woken enough when it has woken one.
    return process.call { $0.wake(address, value < 1 ? 1 : UInt(value.magnitude)) }
  }

  static func spawn(_ process: Reference<Process>, entry: Address, argument: UInt, index: UInt, stack: Address) -> Int {
    if index >= process.call({ $0.processors() }) || entry & 3 != 0 || entry >= PageTable.end || stack > PageTable.end
      || stack & 15 != 0
    {
      return -Errno.invalid
    }
    return process.call { $0.spawn(entry: entry, argument: argument, on: index, stack: stack) }
  }
}
