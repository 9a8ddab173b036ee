// A clustered object that exists to be called: one representative, which does nothing.

import CMachine

open class MeasuredObject {
  private let miss: MissHandler
  init(_ miss: MissHandler) { self.miss = miss }
  open func nothing() {}
}

final class MeasuredMissHandler: MissHandler {
  private(set) var representative = UnsafeMutableRawPointer(bitPattern: 8).unsafelyUnwrapped
  private(set) var reference = Reference<MeasuredObject>(raw: 0)

  /// Nil when the own part of the global table is full.
  static func make() -> MeasuredMissHandler? {
    let handler = MeasuredMissHandler()
    guard let reference = GlobalTable.add(handler, as: MeasuredObject.self) else {
      TornadoNode.destroy(handler)
      return nil
    }
    handler.reference = reference
    handler.representative = Unmanaged.passRetained(MeasuredObject(handler)).toOpaque()
    return handler
  }

  override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer { representative }

  func destroyAll() {
    TranslationTable.clear(reference.slot)
    GlobalTable.remove(reference.slot)
    KernelHeap.free(representative)
    TornadoNode.destroy(self)
  }
}

/// The same with the handler that most objects have.
final class MeasuredClusteredMissHandler: Clustered {
  init() { super.init(.shared) }
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(MeasuredObject(self)).toOpaque()
  }
}
