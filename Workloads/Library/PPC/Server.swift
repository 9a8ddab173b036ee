// Protected procedure calls between clustered objects of different processes (docs/programs.md; paper,
// Section 6). The stubs that the build makes from an object's public interface build on this.

/// An object of another process: the process's port, and the object's reference there. One word, which may be
/// passed on to anyone in the same job.
public struct ExternalReference: Equatable {
  /// The port's number above bit 16, the object's position in the server's translation table below.
  public let word: UInt64
  @inline(__always) public init(word: UInt64) { self.word = word }
  @inline(__always) public init(port: Port, object: UInt) {
    word = port.number << 16 | UInt64((object &- Objects.table) >> 4 & 0xFFFF)
  }
  /// Leads nowhere.
  public static var none: ExternalReference { ExternalReference(word: 0) }
  public var isNone: Bool { word == 0 }

  @inline(__always) public var port: UInt64 { word >> 16 }
  @inline(__always) public var object: UInt64 { UInt64(Objects.table) &+ (word & 0xFFFF) << 4 }
}

/// Why a call of an object in another process failed: an error number of docs/programs.md.
public struct PPCError: Error, Equatable {
  public let code: Int
  @inline(__always) public init(code: Int) { self.code = code }

  /// No such port, or its process has ended or is another job's.
  public static var noServer: PPCError { PPCError(code: 3) }
  /// No worker can be made any more: calls of the server are too deep, or too many.
  public static var again: PPCError { PPCError(code: 11) }
  public static var noMemory: PPCError { PPCError(code: 12) }
  /// The server made a fault.
  public static var fault: PPCError { PPCError(code: 14) }
  /// The reference is none, or its object does not exist or accepts no calls from outside; or the data cannot
  /// be passed.
  public static var invalid: PPCError { PPCError(code: 22) }
  /// The object has no such method.
  public static var noMethod: PPCError { PPCError(code: 89) }
}

/// Where this process can be called.
public struct Port: Equatable {
  public let number: UInt64

  /// A new port. With `mappedStacks` workers have a stack of 16 KB for the time of a call only, from a few
  /// that all servers of the processor share. Ends the program when there is none to be had (a process may
  /// have 16).
  public init(mappedStacks: Bool = false) {
    let number = tornado_make_port(mappedStacks ? 1 : 0)
    if number < 0 {
      printError("cannot make a port: error \(-number)")
      Program.exit(1)
    }
    self.number = UInt64(number)
  }
}

/// What a process that serves calls needs.
public enum Server {
  /// Starts another process of this program's file, with these arguments (without its name), on the n-th
  /// processor. It belongs to the job and ends with the job's first process. False when it cannot be started.
  public static func start(_ arguments: StaticString..., on n: Int = 0) -> Bool {
    var bytes: [CChar] = []
    func add(_ text: UnsafePointer<UInt8>, _ count: Int) {
      for i in 0..<count { bytes.append(CChar(bitPattern: text[i])) }
      bytes.append(0)
    }
    if let name = tornado_program.arguments[0] {
      name.withMemoryRebound(to: UInt8.self, capacity: strlen(name)) { add($0, strlen(name)) }
    }
    for argument in arguments { add(argument.utf8Start, argument.utf8CodeUnitCount) }
    return bytes.withUnsafeBufferPointer { tornado_start_self(n, $0.baseAddress, $0.count) } == 0
  }

  /// Sleeps while others call, until the job ends.
  public static func wait() -> Never {
    let never = Lines(count: 1)[0]
    while true { never.withMemoryRebound(to: UInt32.self, capacity: 1) { tornado_wait_while($0, 0) } }
  }

  /// Lets calls from outside come to an object. (Generated stubs.)
  public static func export(_ object: UInt, at port: Port, _ stub: @escaping tornado_stub) -> ExternalReference {
    _ = tornado_set_external(UInt64(object), stub)
    return ExternalReference(port: port, object: object)
  }

  /// Whether a word is a reference to an object of this process that takes calls from outside: what is
  /// checked in every call.
  @inline(never) public static func accepts(_ object: UInt64) -> Bool { stub(object) != nil }

  /// The stub to which calls of the object go; nil for what is no reference, or to no object, or to one that
  /// takes no calls from outside.
  @inline(__always) static func stub(_ object: UInt64) -> tornado_stub? {
    GlobalTable.acceptsExternalCalls(UInt(object)) ? tornado_external_stub(object) : nil
  }

  /// A caller's data, where the kernel has mapped them for the call. (Generated stubs.)
  @inline(__always) public static func buffer(_ address: UInt64, _ bytes: UInt64) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: UInt(address)), count: Int(bytes))
  }

  /// The answer to a method's number that the interface does not have. (Generated stubs.)
  @inline(__always) public static var noSuchMethod: tornado_ppc_result {
    tornado_ppc_result(status: PPCError.noMethod.code, value: 0)
  }

  /// A method that a representative does not override.
  public static func notImplemented() -> Never { panic("a method that the representative does not have", 0) }
}

/// Where a call of this process begins, in a worker, with the words as the client's stub left them. The
/// reference may come from anyone: "the PPC subsystem checks to ensure they fall within the translation
/// table, are properly aligned, and pass the security bits check" (paper, Section 6). From the check to the
/// return it is one operation, so the object exists that long (Section 5.3).
@_silgen_name("tornado_ppc_serve")
public func serve(
  _ port: UInt64, _ object: UInt64, _ method: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64,
  _ kept: UnsafeMutablePointer<UInt>
) -> Never {
  var result = tornado_ppc_result(status: PPCError.invalid.code, value: 0)
  let operation = Existence.begin()
  kept.pointee = operation
  if let stub = Server.stub(object) { result = stub(port, object, method, a, b, c, d, e) }
  kept.pointee = 0
  Existence.end(operation)
  tornado_ppc_return(result.value, 0, result.status)
}

/// Where a worker goes on after a fault in a call: what it was in the midst of stays as it is, but no
/// destruction waits for it.
@_silgen_name("tornado_ppc_failed")
public func failed(_ operation: UInt) -> Never {
  if operation != 0 { Existence.end(operation) }
  tornado_ppc_return(0, 0, PPCError.fault.code)
}
