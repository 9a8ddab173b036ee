// System calls that make processes.

extension SystemCalls {
  static func start(
    _ process: Reference<Process>, _ file: Address, _ bytes: UInt, _ strings: Address, _ stringBytes: UInt, index: UInt
  ) -> Int {
    if index >= process.call({ $0.processors() }) { return -Errno.invalid }
    if !isUserRange(file, bytes) || !isUserRange(strings, stringBytes) { return -Errno.fault }
    return process.call { $0.start(file, bytes, strings, stringBytes, on: index) }
  }
}
