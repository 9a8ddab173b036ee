// Bytes to the host port (docs/machine.md, HOST_STREAM and HOST_OUT), eight to a store.

import CMachine

enum HostStream {
  static let errors: UInt = 2
  /// What is for the error stream, but the host puts names beside the addresses in it.
  static let named: UInt = 3

  /// Sends `bytes` of kernel memory to a stream of a job (0: the kernel's console). What one call sends is
  /// not interleaved with other processors' of the station: `StationData.console` is held.
  static func send(job: UInt, stream: UInt, _ from: UnsafeRawPointer, _ bytes: UInt, locked: Bool = true) {
    let station = StationData.of(station: local.pointee.station)
    if locked { SpinLock.acquire(&station.pointee.console.lock) }
    LocalWindow.hostStream.write(job << 8 | stream)
    var position = 0
    var left = bytes
    let out8 = LocalWindow.hostOut(bytes: 8)
    while left >= 8 {
      out8.write(from.loadUnaligned(fromByteOffset: position, as: UInt.self))
      position &+= 8
      left &-= 8
    }
    if left > 0 {
      var value: UInt = 0
      var i: UInt = 0
      while i < left {
        value |= UInt(from.load(fromByteOffset: position, as: UInt8.self)) << (i &* 8)
        position &+= 1
        i &+= 1
      }
      LocalWindow.hostOut(bytes: left).write(value)
    }
    if locked { SpinLock.release(&station.pointee.console.lock) }
  }
}

/// What the host is told (docs/machine.md, Events).
struct HostEvent {
  private let kind: UInt

  @inline(__always) static var processorReady: HostEvent { HostEvent(kind: UInt(MACHINE_EVENT_READY)) }
  @inline(__always) static var started: HostEvent { HostEvent(kind: UInt(MACHINE_EVENT_STARTED)) }
  @inline(__always) static var ended: HostEvent { HostEvent(kind: UInt(MACHINE_EVENT_ENDED)) }
  @inline(__always) static var panicked: HostEvent { HostEvent(kind: UInt(MACHINE_EVENT_PANIC)) }

  func send(job: UInt, value: UInt) { LocalWindow.hostEvent.write(kind << 56 | job << 32 | value & 0xFFFF_FFFF) }
}

/// A line of text on its way to a job's stream, put together in the processor's output buffer.
struct Text {
  private let job: UInt
  private let stream: UInt
  private let buffer: UnsafeMutableRawPointer
  private var count = 0

  init(job: UInt, stream: UInt) {
    self.job = job
    self.stream = stream
    buffer = PublicPage.own.output
  }

  /// A line that begins with `tornado: NAME: `, for people.
  init(of process: ProcessMissHandler, stream: UInt = HostStream.errors) {
    self.init(job: process.job, stream: stream)
    put("tornado: ")
    put(bytes: process.name, process.nameBytes)
    put(": ")
  }

  mutating func put(byte: UInt8) {
    if count < Int(PUBLIC_OUTPUT_BYTES) {
      buffer.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
      count &+= 1
    }
  }

  mutating func put(_ text: StaticString) {
    put(bytes: UnsafeRawPointer(text.utf8Start), UInt(bitPattern: text.utf8CodeUnitCount))
  }

  mutating func put(bytes: UnsafeRawPointer, _ length: UInt) {
    var i = 0
    while i < Int(bitPattern: length) {
      put(byte: bytes.load(fromByteOffset: i, as: UInt8.self))
      i &+= 1
    }
  }

  /// As `0x` and 16 digits.
  mutating func put(hexadecimal value: UInt) {
    put("0x")
    var shift: UInt = 64
    while shift > 0 {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: value >> shift) & 15
      put(byte: digit < 10 ? 48 &+ digit : 87 &+ digit)
    }
  }

  mutating func put(decimal value: UInt) {
    var power: UInt = 1
    while value / power >= 10 { power = power &* 10 }
    while power > 0 {
      put(byte: 48 &+ UInt8(truncatingIfNeeded: value / power % 10))
      power /= 10
    }
  }

  mutating func flush(locked: Bool = true) {
    HostStream.send(job: job, stream: stream, buffer, UInt(bitPattern: count), locked: locked)
    count = 0
  }
}
