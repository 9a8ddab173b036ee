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
  @inline(__always) static var base: UInt { 0xFFFF_FFFF_BF00_0000 }

  /// Reading clears it.
  @inline(__always) static var interrupts: ReadRegister { ReadRegister(offset: 0x28) }
  /// Answers when an interrupt is pending that the mask admits.
  @inline(__always) static var idle: ReadRegister { ReadRegister(offset: 0x30) }
  /// Processor cycles since reset.
  @inline(__always) static var memoryClock: ReadRegister { ReadRegister(offset: 0x38) }
  /// Processor cycles a second.
  @inline(__always) static var frequency: ReadRegister { ReadRegister(offset: 0x40) }

  @inline(__always) static var hostStatus: ReadRegister { ReadRegister(offset: 0x4000) }
  @inline(__always) static var hostLength: ReadRegister { ReadRegister(offset: 0x4008) }
  @inline(__always) static var hostTransfer: WriteRegister { WriteRegister(offset: 0x4010) }
  @inline(__always) static var hostPop: WriteRegister { WriteRegister(offset: 0x4018) }
  @inline(__always) static var hostEvent: WriteRegister { WriteRegister(offset: 0x4020) }
  @inline(__always) static var hostStream: WriteRegister { WriteRegister(offset: 0x4028) }
  /// Takes the low `bytes` (1 … 8) bytes of what is written.
  @inline(__always) static func hostOut(bytes: UInt) -> WriteRegister { WriteRegister(offset: 0x4040 &+ bytes &* 8) }

  @inline(__always) static func software(_ counter: SoftwareCounter) -> WriteRegister {
    WriteRegister(offset: 0x4100 &+ counter.rawValue &* 8)
  }
  /// To the processors in `processors` of each of the stations in `stations` (bit sets).
  @inline(__always) static func interruptSend(stations: UInt, processors: UInt) -> WriteRegister {
    WriteRegister(offset: 0x80_0000 &+ (stations &* 16 &+ processors) &* 8)
  }
  /// Physical address of the page with the monitor's registers, in which nothing can be written.
  @inline(__always) static var monitorPage: PhysicalAddress { PhysicalAddress(raw: 0x1F00_8000) }
}

/// What the kernel counts for `tctl counters`.
enum SoftwareCounter: UInt {
  case programsStarted, programsKilled, threadsStarted, pageFaults, shootdowns, translationMisses, ppcCalls,
    objectsDestroyed

  @inline(__always) func add(_ amount: UInt = 1) { LocalWindow.software(self).write(amount) }
}

enum HostStatus {
  static let recordWaits: UInt = 1
  static let transferRuns: UInt = 2
  static let transferComplete: UInt = 4
}

/// Interrupts as they stand in Cause and Status.
enum InterruptBits {
  static let crossProcessor: UInt = 0x400
  static let host: UInt = 0x800
  static let timer: UInt = 0x8000
  static let all: UInt = 0xFF00
}
