// Stubs for Costed.swift, made by `tctl stubs`: to be made anew when that changes, not to be edited.
// swift-format-ignore-file

import Tornado

/// `Costed` of an object in another process. Every call may fail, and then says why.
struct CostedClient {
  private let port: UInt64
  private let object: UInt64
  init(_ target: ExternalReference) {
    port = target.port
    object = target.object
  }

  func nothing(_ word: UInt64) throws(PPCError) -> UInt64 {
    let result = tornado_ppc_1(self.port, self.object, 0, word)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }

  func port(_ kind: Int) throws(PPCError) -> UInt64 {
    let result = tornado_ppc_1(self.port, self.object, 1, UInt64(truncatingIfNeeded: kind))
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }

  func instructions() throws(PPCError) -> UInt64 {
    let result = tornado_ppc_0(self.port, self.object, 2)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }
}

/// `Costed` of an object in another process, or in this one, on a certain processor: the
/// representative of that processor is called.
struct CostedRemote {
  private let port: UInt64
  private let object: UInt64
  private let processor: UInt64
  init(_ target: ExternalReference, on processor: Int) {
    port = target.port
    object = target.object
    self.processor = UInt64(processor)
  }

  func nothing(_ word: UInt64) throws(PPCError) -> UInt64 {
    let result = tornado_ppc_on(self.port, self.object, 0, word, 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }

  func port(_ kind: Int) throws(PPCError) -> UInt64 {
    let result = tornado_ppc_on(self.port, self.object, 1, UInt64(truncatingIfNeeded: kind), 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }

  func instructions() throws(PPCError) -> UInt64 {
    let result = tornado_ppc_on(self.port, self.object, 2, 0, 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value
  }
}

/// A representative of an object that can be called as `Costed`: to be derived from.
class CostedObject: Costed {
  init() {}
  func nothing(_ word: UInt64) -> UInt64 { Server.notImplemented() }
  func port(_ kind: Int) -> UInt64 { Server.notImplemented() }
  func instructions() -> UInt64 { Server.notImplemented() }
}

/// What calls of `Costed` from other processes come to.
enum CostedServer {
  /// Lets an object be called from other processes, at a port of this one. It was given its reference
  /// as `external`.
  static func export(_ object: Reference<CostedObject>, at port: Port) -> ExternalReference {
    Server.export(object.raw, at: port, stub)
  }

  private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
    let object = Reference<CostedObject>(raw: UInt(object))
    switch method {
    case 0:
      let result = object.call { $0.nothing(a) }
      return tornado_ppc_result(status: 0, value: result)
    case 1:
      let result = object.call { $0.port(Int(truncatingIfNeeded: a)) }
      return tornado_ppc_result(status: 0, value: result)
    case 2:
      let result = object.call { $0.instructions() }
      return tornado_ppc_result(status: 0, value: result)
    default: return Server.noSuchMethod
    }
  }
}
