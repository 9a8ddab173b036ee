// The one small module of unsafe memory: how a physical address or a kernel address becomes a pointer.
//
// The kernel runs in physical memory (kseg0, xkphys), all of whose addresses are negative numbers: the
// runtime counts no references to objects there, so no reference count is ever shared between processors.

import CMachine

let pageShift = UInt(14)
let pageBytes = UInt(16384)
/// What two writers must not share: a line of the secondary cache, in bytes.
let lineBytes = UInt(128)

public typealias Address = UInt

/// An address on the bus: bits 35:32 the station, bits 31:0 an offset in its memory.
public struct PhysicalAddress: Equatable {
  var raw: UInt

  @inline(__always) init(raw: UInt) { self.raw = raw }
  @inline(__always) init(station: UInt, offset: UInt) { raw = station << 32 | offset }
  /// The physical address behind a pointer to cached physical memory (xkphys).
  @inline(__always) init(of pointer: UnsafeRawPointer) { raw = UInt(bitPattern: pointer) & 0xF_FFFF_FFFF }

  @inline(__always) var station: UInt { raw >> 32 }
  /// Cached, through xkphys.
  @inline(__always) var pointer: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: 0xA800_0000_0000_0000 | raw).unsafelyUnwrapped
  }
}

/// A pointer to what the kernel's layout has at a fixed address.
@inline(__always) func fixed<T>(_ address: Address, as type: T.Type) -> UnsafeMutablePointer<T> {
  UnsafeMutablePointer<T>(bitPattern: address).unsafelyUnwrapped
}

extension UnsafeMutableRawPointer {
  @inline(__always) func word(_ index: UInt) -> UnsafeMutablePointer<UInt> {
    (self + Int(bitPattern: index &* 8)).assumingMemoryBound(to: UInt.self)
  }
}

@inline(__always) func pageBase(_ address: Address) -> Address { address & ~(pageBytes &- 1) }
@inline(__always) func pageRoundedUp(_ bytes: UInt) -> UInt { (bytes &+ (pageBytes &- 1)) & ~(pageBytes &- 1) }
