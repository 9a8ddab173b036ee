// The devices of the own station (docs/machine.md, Local window), register by register with its access right.

import CMachine

/// A register that can be read.
struct ReadRegister {
  let offset: UInt
  @inline(__always) func read() -> UInt { device_read(LocalWindow.base &+ offset) }
}

/// A register that can be written.
struct WriteRegister {
  let offset: UInt
  @inline(__always) func write(_ value: UInt) { device_write(LocalWindow.base &+ offset, value) }
}

enum LocalWindow {
  /// kseg1: uncached.
  @inline(__always) static var base: UInt { 0xFFFF_FFFF_A000_0000 | UInt(MACHINE_WINDOW) }

  /// Reading clears it.
  @inline(__always) static var interrupts: ReadRegister { ReadRegister(offset: UInt(MACHINE_INTERRUPTS)) }
  /// Answers when an interrupt is pending that the mask admits.
  @inline(__always) static var idle: ReadRegister { ReadRegister(offset: UInt(MACHINE_IDLE)) }
  /// Processor cycles since reset.
  @inline(__always) static var memoryClock: ReadRegister { ReadRegister(offset: UInt(MACHINE_MEMORY_CLOCK)) }
  /// Processor cycles a second.
  @inline(__always) static var frequency: ReadRegister { ReadRegister(offset: UInt(MACHINE_FREQUENCY)) }

  @inline(__always) static var hostStatus: ReadRegister { ReadRegister(offset: UInt(MACHINE_HOST_STATUS)) }
  @inline(__always) static var hostLength: ReadRegister { ReadRegister(offset: UInt(MACHINE_HOST_LENGTH)) }
  @inline(__always) static var hostTransfer: WriteRegister { WriteRegister(offset: UInt(MACHINE_HOST_TRANSFER)) }
  @inline(__always) static var hostPop: WriteRegister { WriteRegister(offset: UInt(MACHINE_HOST_POP)) }
  @inline(__always) static var hostEvent: WriteRegister { WriteRegister(offset: UInt(MACHINE_HOST_EVENT)) }
  @inline(__always) static var hostStream: WriteRegister { WriteRegister(offset: UInt(MACHINE_HOST_STREAM)) }
  /// Takes the low `bytes` (1 … 8) bytes of what is written.
  @inline(__always) static func hostOut(bytes: UInt) -> WriteRegister {
    WriteRegister(offset: UInt(MACHINE_HOST_OUT1) &+ (bytes &- 1) &* 8)
  }

  @inline(__always) static func software(_ counter: SoftwareCounter) -> WriteRegister {
    WriteRegister(offset: UInt(MACHINE_SOFTWARE) &+ counter.rawValue &* 8)
  }
  /// To the processors in `processors` of each of the stations in `stations` (bit sets).
  @inline(__always) static func interruptSend(stations: UInt, processors: UInt) -> WriteRegister {
    WriteRegister(offset: UInt(MACHINE_INTERRUPT_SEND) &+ (stations &* 16 &+ processors) &* 8)
  }
  /// Physical address of the page with the monitor's registers, in which nothing can be written.
  @inline(__always) static var monitorPage: PhysicalAddress {
    PhysicalAddress(raw: UInt(MACHINE_WINDOW) &+ UInt(MACHINE_MONITOR))
  }
}

/// What the kernel counts for `tctl counters`.
enum SoftwareCounter: UInt {
  case programsStarted, programsKilled, threadsStarted, pageFaults, shootdowns, translationMisses, ppcCalls,
    objectsDestroyed

  @inline(__always) func add(_ amount: UInt = 1) { LocalWindow.software(self).write(amount) }
}

enum HostStatus {
  static let recordWaits = UInt(MACHINE_HOST_WAITS)
  static let transferRuns = UInt(MACHINE_HOST_RUNS)
  static let transferComplete = UInt(MACHINE_HOST_COMPLETE)
}

/// Interrupts as they stand in Cause and Status.
enum InterruptBits {
  static let crossProcessor = UInt(STATUS_IM2)
  static let host = UInt(STATUS_IM3)
  static let timer = UInt(STATUS_IM7)
  static let all: UInt = 0xFF00
}
