// The name server: a server like any other, whose port the kernel keeps for the job. It is this library's, so
// every program that uses it can start it.

/// A clustered object with one representative: names are registered seldom, and a client looks one up once.
private final class NameTable: NamesObject {
  private struct Entry {
    var name: UnsafeMutableRawBufferPointer
    var object: ExternalReference
  }
  private var entries: [Entry] = []
  private let lock = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

  override init() {
    lock.initialize(to: 0)
    super.init()
  }

  private func find(_ name: UnsafeRawBufferPointer) -> Int? {
    entries.firstIndex {
      $0.name.count == name.count && memcmp($0.name.baseAddress!, name.baseAddress!, name.count) == 0
    }
  }

  override func register(_ name: UnsafeRawBufferPointer, _ object: ExternalReference) -> Bool {
    guard 1...64 ~= name.count, !object.isNone else { return false }
    tornado_lock(lock)
    defer { tornado_unlock(lock) }
    if find(name) != nil || entries.count == 1024 { return false }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 8)
    copy.copyMemory(from: name)
    entries.append(Entry(name: copy, object: object))
    return true
  }

  override func lookUp(_ name: UnsafeRawBufferPointer) -> ExternalReference {
    guard 1...64 ~= name.count else { return .none }
    tornado_lock(lock)
    defer { tornado_unlock(lock) }
    return find(name).map { entries[$0].object } ?? .none
  }
}

private final class NameTableHandler: Clustered {
  init() { super.init(.shared) }
  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(NameTable()).toOpaque()
  }
}

/// The job's names.
public enum NameServer {
  /// In a process that was started as the name server (`tornado_start_name_server`): serves.
  @_silgen_name("tornado_serve_names")
  static func serve() -> Never {
    guard let table = GlobalTable.add(NameTableHandler(), as: NamesObject.self, external: true) else { Program.exit(1) }
    let names = NamesServer.export(table, at: Port())
    // Who asks for the name server finds its object by its word, there being nobody yet to ask for it.
    _ = tornado_name_server(Int(bitPattern: UInt(names.word)))
    Server.wait()
  }

  /// The job's name server, started if there is none yet. Ends the program when it cannot be started.
  private static var client: NamesClient {
    var word = tornado_name_server(0)
    if word == 0 {
      if tornado_start_name_server() != 0 {
        printError("cannot start the name server")
        Program.exit(1)
      }
      repeat {
        tornado_yield()
        word = tornado_name_server(0)
      } while word == 0
    }
    return NamesClient(ExternalReference(word: UInt64(UInt(bitPattern: word))))
  }

  /// Gives an object of this or another process a name. False when it is taken.
  public static func register(_ name: StaticString, _ object: ExternalReference) throws(PPCError) -> Bool {
    let buffer = CallBuffer()
    defer { buffer.free() }
    return try client.register(buffer.filled(name), object)
  }

  /// The object with a name, `none` if there is none.
  public static func lookUp(_ name: StaticString) throws(PPCError) -> ExternalReference {
    let buffer = CallBuffer()
    defer { buffer.free() }
    return try client.lookUp(buffer.filled(name))
  }

  /// As `lookUp`, once there is such an object.
  public static func waitFor(_ name: StaticString) throws(PPCError) -> ExternalReference {
    while true {
      let object = try lookUp(name)
      if !object.isNone { return object }
      tornado_yield()
    }
  }
}

/// Memory for the data of calls: a page, of which a call carries up to 8 KB. The server sees all of it.
public struct CallBuffer {
  public let bytes: UnsafeMutableRawBufferPointer

  /// Ends the program when there is no memory.
  public init() {
    guard let page = tornado_map(Int(TORNADO_PPC_DATA)) else {
      printError("no memory for the data of a call")
      Program.exit(1)
    }
    bytes = UnsafeMutableRawBufferPointer(start: page, count: Int(TORNADO_PPC_DATA))
  }

  public func free() { tornado_unmap(bytes.baseAddress!, bytes.count) }

  /// The beginning of it, with a text in it.
  public func filled(_ text: StaticString) -> UnsafeRawBufferPointer {
    let count = min(text.utf8CodeUnitCount, bytes.count)
    memcpy(bytes.baseAddress!, text.utf8Start, count)
    return UnsafeRawBufferPointer(rebasing: bytes[0..<count])
  }
}
