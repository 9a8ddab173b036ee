// Stubs for Names.swift, made by `tctl stubs`: to be made anew when that changes, not to be edited.
// swift-format-ignore-file

/// `Names` of an object in another process. Every call may fail, and then says why.
public struct NamesClient {
  private let port: UInt64
  private let object: UInt64
  public init(_ target: ExternalReference) {
    port = target.port
    object = target.object
  }

  public func register(_ name: UnsafeRawBufferPointer, _ object: ExternalReference) throws(PPCError) -> Bool {
    let result = tornado_ppc_with_data(
      self.port, self.object, 0, object.word, 0, UnsafeMutableRawPointer(mutating: name.baseAddress),
      UInt64(truncatingIfNeeded: name.count), 0)
    if result.status != 0 { throw PPCError(code: result.status) }
    return result.value != 0
  }

  public func lookUp(_ name: UnsafeRawBufferPointer) throws(PPCError) -> ExternalReference {
    let result = tornado_ppc_with_data(
      self.port, self.object, 1, 0, 0, UnsafeMutableRawPointer(mutating: name.baseAddress),
      UInt64(truncatingIfNeeded: name.count), 0)
    if result.status != 0 { throw PPCError(code: result.status) }
    return ExternalReference(word: result.value)
  }
}

/// A representative of an object that can be called as `Names`: to be derived from.
open class NamesObject: Names {
  public init() {}
  open func register(_ name: UnsafeRawBufferPointer, _ object: ExternalReference) -> Bool { Server.notImplemented() }
  open func lookUp(_ name: UnsafeRawBufferPointer) -> ExternalReference { Server.notImplemented() }
}

/// What calls of `Names` from other processes come to.
public enum NamesServer {
  /// Lets an object be called from other processes, at a port of this one. It was given its reference
  /// as `external`.
  public static func export(_ object: Reference<NamesObject>, at port: Port) -> ExternalReference {
    Server.export(object.raw, at: port, stub)
  }

  private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
    let object = Reference<NamesObject>(raw: UInt(object))
    switch method {
    case 0:
      let result = object.call { $0.register(UnsafeRawBufferPointer(Server.buffer(c, d)), ExternalReference(word: a)) }
      return tornado_ppc_result(status: 0, value: result ? 1 : 0)
    case 1:
      let result = object.call { $0.lookUp(UnsafeRawBufferPointer(Server.buffer(c, d))) }
      return tornado_ppc_result(status: 0, value: result.word)
    default: return Server.noSuchMethod
    }
  }
}
