/// The time that memory and directory take, whatever the protocol.
extension Station {
  /// Looks the directory up; returns when its answer is at the memory's output.
  func lookUp(_ address: UInt64, at time: UInt64) -> UInt64 {
    let start = occupyBank(address, at: time, ticks: profile.directory)
    return start &+ UInt64(profile.directory + profile.memoryOutput)
  }

  /// Reads the line and its directory entry at once; returns when what the directory says, and the line, are
  /// at the memory's output.
  func readMemory(_ address: UInt64, at time: UInt64) -> (directory: UInt64, data: UInt64) {
    count(.memoryReads)
    let looked =
      occupyBank(address, at: time, ticks: profile.directory + profile.dram)
      &+ UInt64(profile.directory + profile.memoryOutput)
    return (looked, looked &+ UInt64(profile.dram))
  }

  func occupyBank(_ address: UInt64, at time: UInt64, ticks: Int) -> UInt64 {
    count(.memoryBusyTicks, UInt64(ticks))
    let start = memory.occupy(address, earliest: time &+ commandTicks, length: UInt64(ticks))
    count(.memoryWaitTicks, start &- time &- commandTicks)
    return start
  }

  func occupyForWrite(_ address: UInt64, at time: UInt64) {
    count(.memoryWrites)
    _ = occupyBank(address, at: time, ticks: profile.directory + profile.dram)
  }

  func writeLine(_ address: UInt64, _ record: UnsafeRawPointer, at time: UInt64) {
    occupyForWrite(address, at: time)
    memory.storeLine(address, from: record)
  }
}
