// Stubs for Counters.swift, made by `tctl stubs`: to be made anew when that changes, not to be edited.
// swift-format-ignore-file

import Tornado

/// `Counter` of an object in another process. Every call may fail, and then says why.
struct CounterClient {
  private let port: UInt64
  private let object: UInt64
  init(_ target: ExternalReference) {
    port = target.port
    object = target.object
  }

  func add(_ amount: Int) throws(PPCError) -> Int {
    let result = tornado_ppc_1(self.port, self.object, 0, UInt64(truncatingIfNeeded: amount))
    if result.status != 0 { throw PPCError(code: result.status) }
    return Int(truncatingIfNeeded: result.value)
  }
}

/// `Counter` of an object in another process, or in this one, on a certain processor: the
/// representative of that processor is called.
struct CounterRemote {
  private let port: UInt64
  private let object: UInt64
  private let processor: UInt64
  init(_ target: ExternalReference, on processor: Int) {
    port = target.port
    object = target.object
    self.processor = UInt64(processor)
  }

  func add(_ amount: Int) throws(PPCError) -> Int {
    let result = tornado_ppc_on(self.port, self.object, 0, UInt64(truncatingIfNeeded: amount), 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return Int(truncatingIfNeeded: result.value)
  }
}

/// A representative of an object that can be called as `Counter`: to be derived from.
class CounterObject: Counter {
  init() {}
  func add(_ amount: Int) -> Int { Server.notImplemented() }
}

/// What calls of `Counter` from other processes come to.
enum CounterServer {
  /// Lets an object be called from other processes, at a port of this one. It was given its reference
  /// as `external`.
  static func export(_ object: Reference<CounterObject>, at port: Port) -> ExternalReference {
    Server.export(object.raw, at: port, stub)
  }

  private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
    let object = Reference<CounterObject>(raw: UInt(object))
    switch method {
    case 0:
      let result = object.call { $0.add(Int(truncatingIfNeeded: a)) }
      return tornado_ppc_result(status: 0, value: UInt64(truncatingIfNeeded: result))
    default: return Server.noSuchMethod
    }
  }
}

/// `Counters` of an object in another process. Every call may fail, and then says why.
struct CountersClient {
  private let port: UInt64
  private let object: UInt64
  init(_ target: ExternalReference) {
    port = target.port
    object = target.object
  }

  func counter(of processor: Int) throws(PPCError) -> ExternalReference {
    let result = tornado_ppc_1(self.port, self.object, 0, UInt64(truncatingIfNeeded: processor))
    if result.status != 0 { throw PPCError(code: result.status) }
    return ExternalReference(word: result.value)
  }
}

/// `Counters` of an object in another process, or in this one, on a certain processor: the
/// representative of that processor is called.
struct CountersRemote {
  private let port: UInt64
  private let object: UInt64
  private let processor: UInt64
  init(_ target: ExternalReference, on processor: Int) {
    port = target.port
    object = target.object
    self.processor = UInt64(processor)
  }

  func counter(of processor: Int) throws(PPCError) -> ExternalReference {
    let result = tornado_ppc_on(self.port, self.object, 0, UInt64(truncatingIfNeeded: processor), 0, 0, 0, self.processor)
    if result.status != 0 { throw PPCError(code: result.status) }
    return ExternalReference(word: result.value)
  }
}

/// A representative of an object that can be called as `Counters`: to be derived from.
class CountersObject: Counters {
  init() {}
  func counter(of processor: Int) -> ExternalReference { Server.notImplemented() }
}

/// What calls of `Counters` from other processes come to.
enum CountersServer {
  /// Lets an object be called from other processes, at a port of this one. It was given its reference
  /// as `external`.
  static func export(_ object: Reference<CountersObject>, at port: Port) -> ExternalReference {
    Server.export(object.raw, at: port, stub)
  }

  private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
    let object = Reference<CountersObject>(raw: UInt(object))
    switch method {
    case 0:
      let result = object.call { $0.counter(of: Int(truncatingIfNeeded: a)) }
      return tornado_ppc_result(status: 0, value: result.word)
    default: return Server.noSuchMethod
    }
  }
}
