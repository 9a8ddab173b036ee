/// The registers of the local window (`docs/machine.md`), by their offset in it.
enum LocalWindow {
  static let base: UInt64 = 0x1F00_0000
  static let bytes: UInt64 = 0x0100_0000

  static let processor: UInt64 = 0x0000
  static let station: UInt64 = 0x0008
  static let stations: UInt64 = 0x0010
  static let processorsPerStation: UInt64 = 0x0018
  static let memory: UInt64 = 0x0020
  static let interrupts: UInt64 = 0x0028
  static let idle: UInt64 = 0x0030
  static let clock: UInt64 = 0x0038
  static let frequency: UInt64 = 0x0040

  static let hostStatus: UInt64 = 0x4000
  static let hostLength: UInt64 = 0x4008
  static let hostTransfer: UInt64 = 0x4010
  static let hostPop: UInt64 = 0x4018
  static let hostEvent: UInt64 = 0x4020
  static let hostStream: UInt64 = 0x4028
  static let hostOutput: ClosedRange<UInt64> = 0x4048...0x4080
  static let software: Range<UInt64> = 0x4100..<0x4140

  static let monitor: Range<UInt64> = 0x8000..<0xA000
  static let monitorStation: Range<UInt64> = 0xA000..<0xC000

  static let interruptSend: Range<UInt64> = 0x80_0000..<0x100_0000

  /// The interrupt lines that devices drive (Cause.IP).
  static let crossProcessorLine = 2
  static let hostLine = 3
}
