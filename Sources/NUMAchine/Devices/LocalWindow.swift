import TornadoABI

/// The registers of the local window (`docs/machine.md`), by their offset in it.
enum LocalWindow {
  static let base = UInt64(MACHINE_WINDOW)
  static let bytes = UInt64(MACHINE_WINDOW_BYTES)

  static let processor = UInt64(MACHINE_PROCESSOR)
  static let station = UInt64(MACHINE_STATION)
  static let stations = UInt64(MACHINE_STATIONS)
  static let processorsPerStation = UInt64(MACHINE_PROCESSORS)
  static let memory = UInt64(MACHINE_MEMORY)
  static let interrupts = UInt64(MACHINE_INTERRUPTS)
  static let idle = UInt64(MACHINE_IDLE)
  static let clock = UInt64(MACHINE_MEMORY_CLOCK)
  static let frequency = UInt64(MACHINE_FREQUENCY)

  static let hostStatus = UInt64(MACHINE_HOST_STATUS)
  static let hostLength = UInt64(MACHINE_HOST_LENGTH)
  static let hostTransfer = UInt64(MACHINE_HOST_TRANSFER)
  static let hostPop = UInt64(MACHINE_HOST_POP)
  static let hostEvent = UInt64(MACHINE_HOST_EVENT)
  static let hostStream = UInt64(MACHINE_HOST_STREAM)
  static let hostOutput = UInt64(MACHINE_HOST_OUT1)...UInt64(MACHINE_HOST_OUT1 + 7 * 8)
  static let software = UInt64(MACHINE_SOFTWARE)..<UInt64(MACHINE_SOFTWARE + MACHINE_SOFTWARE_COUNTERS * 8)

  static let monitor = UInt64(MACHINE_MONITOR)..<UInt64(MACHINE_MONITOR + MACHINE_MONITOR_BYTES)
  static let monitorStation =
    UInt64(MACHINE_MONITOR_STATION)..<UInt64(MACHINE_MONITOR_STATION + MACHINE_MONITOR_BYTES)

  static let interruptSend = UInt64(MACHINE_INTERRUPT_SEND)..<bytes

  /// The interrupt lines that devices drive (Cause.IP).
  static let crossProcessorLine = Int(MACHINE_LINE_CROSS_PROCESSOR)
  static let hostLine = Int(MACHINE_LINE_HOST)
}
