// Stubs for Pile.swift, made by `tctl stubs`: to be made anew when that changes, not to be edited.
// swift-format-ignore-file

import Tornado

/// `Pile` of an object in another process. Every call may fail, and then says why.
struct PileClient {
  private let port: UInt64
  private let object: UInt64
  init(_ target: ExternalReference) {
    port = target.port
    object = target.object
  }

  func update(_ count: Int) throws(PPCError) -> Int {
    let result = tornado_ppc_1(self.port, self.object, 0, UInt64(truncatingIfNeeded: count))
    if result.status != 0 { throw PPCError(code: result.status) }
    return Int(truncatingIfNeeded: result.value)
  }
}

/// `Pile` of an object in another process, or in this one, on a certain processor: the
/// representative of that processor is called.
struct PileRemote {
  private let port: UInt64
  private let object: UInt64
  private let processor: UInt64
  init(_ target: ExternalReference, on processor: Int) {
    port = target.port
    object = target.object
    self.processor = UInt64(processor)
  }

  func update(_ count: Int) throws(PPCError) -> Int {
    let result = tornado_ppc_on(self.port, self.object, 0, UInt64(truncatingIfNeeded: count), 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return Int(truncatingIfNeeded: result.value)
  }
}

/// A representative of an object that can be called as `Pile`: to be derived from.
class PileObject: Pile {
  init() {}
  func update(_ count: Int) -> Int { Server.notImplemented() }
}

/// What calls of `Pile` from other processes come to.
enum PileServer {
  /// Lets an object be called from other processes, at a port of this one. It was given its reference
  /// as `external`.
  static func export(_ object: Reference<PileObject>, at port: Port) -> ExternalReference {
    Server.export(object.raw, at: port, stub)
  }

  private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
    let object = Reference<PileObject>(raw: UInt(object))
    switch method {
    case 0:
      let result = object.call { $0.update(Int(truncatingIfNeeded: a)) }
      return tornado_ppc_result(status: 0, value: UInt64(truncatingIfNeeded: result))
    default: return Server.noSuchMethod
    }
  }
}
