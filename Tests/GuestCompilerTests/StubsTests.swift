import Foundation
import Testing

@testable import GuestCompiler

@Suite("Stubs")
struct StubsTests {
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("an interface becomes a client, a class to derive from and a server, and nothing else")
  func golden() throws {
    let text = """
      import Tornado

      /// Has words.
      protocol Cell: AnyObject {
        func put(_ value: Int, at place: UInt8)
        /* The value; /* nested */ */ func value(at place: UInt8) -> Double
      }
      """
    let expected = """
      // Stubs for Cell.swift, made by the compiler of Tornado programs: not to be edited.
      // swift-format-ignore-file

      import Tornado

      /// `Cell` of an object in another process. Every call may fail, and then says why.
      struct CellClient {
        private let port: UInt64
        private let object: UInt64
        init(_ target: ExternalReference) {
          port = target.port
          object = target.object
        }

        func put(_ value: Int, at place: UInt8) throws(PPCError) {
          let result = tornado_ppc_2(self.port, self.object, 0, UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: place))
          if result.status != 0 { throw PPCError(code: result.status) }
        }

        func value(at place: UInt8) throws(PPCError) -> Double {
          let result = tornado_ppc_1(self.port, self.object, 1, UInt64(truncatingIfNeeded: place))
          if result.status != 0 { throw PPCError(code: result.status) }
          return Double(bitPattern: result.value)
        }
      }

      """
    let stubs = try Stubs.generate(text, file: "a/Cell.swift")
    #expect(stubs.hasPrefix(expected))
    #expect(
      stubs.contains(
        "let result = tornado_ppc_on(self.port, self.object, 1, UInt64(truncatingIfNeeded: place), 0, 0, 0, self.processor)"
      ))
    #expect(
      stubs.contains(
        "class CellObject: Cell {\n  init() {}\n  func put(_ value: Int, at place: UInt8) { Server.notImplemented() }\n"
      ))
    #expect(
      stubs.contains("      object.call { $0.put(Int(truncatingIfNeeded: a), at: UInt8(truncatingIfNeeded: b)) }\n"))
    #expect(stubs.contains("      let result = object.call { $0.value(at: UInt8(truncatingIfNeeded: a)) }\n"))
    #expect(stubs.contains("      return tornado_ppc_result(status: 0, value: result.bitPattern)\n"))
    #expect(!stubs.contains("public"))
  }

  @Test("a buffer takes the third and fourth word, and the others go round it")
  func buffer() throws {
    let stubs = try Stubs.generate(
      "public protocol P { func f(_ a: Int, _ data: UnsafeMutableRawBufferPointer, b: Bool, c: UInt64) -> Bool }",
      file: "P.swift")
    #expect(stubs.contains("self.port, self.object, 0, UInt64(truncatingIfNeeded: a), b ? 1 : 0, data.baseAddress,"))
    #expect(stubs.contains("UInt64(truncatingIfNeeded: data.count), c)"))
    #expect(stubs.contains("$0.f(Int(truncatingIfNeeded: a), Server.buffer(c, d), b: b != 0, c: e)"))
    #expect(stubs.contains("open class PObject: P {"))
    // A remote call carries no data.
    #expect(!stubs.contains("PRemote"))
  }

  @Test("every type that can pass has a way there and a way back", arguments: StubType.allCases.filter { !$0.isData })
  func types(type: StubType) throws {
    let stubs = try Stubs.generate("protocol P { func f(_ x: \(type.rawValue)) -> \(type.rawValue) }", file: "P.swift")
    #expect(stubs.contains("func f(_ x: \(type.rawValue)) throws(PPCError) -> \(type.rawValue) {"))
    #expect(
      stubs.contains(type.word("x")) && stubs.contains(type.value("a")) && stubs.contains(type.value("result.value")))
  }

  @Test(
    "what has no stub is refused with one line that names file, line and reason",
    arguments: [
      ("protocol P {\n  func f(_ x: String)\n}", 2, "'String' cannot pass between address spaces: Int, UInt, "),
      ("protocol P {\n\n  func f(_ x: Int?)\n}", 3, "'Int?' cannot pass"),
      ("protocol P {\n  func f(_ x: [UInt8])\n}", 2, "'[UInt8]' cannot pass"),
      ("protocol P {\n  func f(_ x: inout Int)\n}", 2, "'inout Int' cannot pass"),
      ("protocol P {\n  func f(_ x: UnsafePointer<Int>)\n}", 2, "'UnsafePointer<Int>' cannot pass"),
      ("protocol P {\n  func f<T>(_ x: Int)\n}", 2, "'f' is generic"),
      ("protocol P {\n  var x: Int { get }\n}", 2, "'var': an interface has methods only"),
      ("protocol P {\n  func f() throws\n}", 2, "'f' is declared 'throws'"),
      ("protocol P {\n  func f() async -> Int\n}", 2, "'f' is declared 'async'"),
      ("protocol P {\n  static func f()\n}", 2, "'static': an interface has methods only"),
      (
        "protocol P {\n  func f(a: Int, b: Int, c: Int, d: Int, e: Int, f: Int)\n}", 2,
        "'f' has 6 words of parameters: a call carries 5"
      ),
      (
        "protocol P {\n  func f(a: Int, b: Int, c: Int, d: Int, e: UnsafeRawBufferPointer)\n}", 2,
        "'f' has 4 words of parameters beside its buffer"
      ),
      (
        "protocol P {\n  func f(a: UnsafeRawBufferPointer, b: UnsafeRawBufferPointer)\n}", 2,
        "'f' has more than one buffer"
      ),
      ("protocol P {\n  func f() -> UnsafeRawBufferPointer\n}", 2, "'f' returns a buffer"),
      ("protocol P: Equatable {\n  func f()\n}", 1, "'Equatable': an interface inherits from nothing but AnyObject"),
      ("protocol P {\n  func f()\n  func f()\n}", 3, "'f' is declared twice"),
      ("protocol P {\n}", 2, "'P' has no methods"),
      ("struct S {}", 1, "'struct': only protocols have stubs"), ("// nothing\n", 1, "no protocol"),
      ("protocol P {\n  func f(", 2, "the name of a parameter expected"),
      ("protocol P {\n  func f()", 2, "'}' expected before the end"),
      ("protocol P {\n  func (", 2, "the name of a method expected, not '('"),
      ("protocol P { func f() }\n/* never ends", 2, "a comment without an end"),
      ("protocol", 1, "the name of the protocol expected"),
      ("protocol P { func f() }\nprotocol P { func g() }", 1, "two protocols are called 'P'"),
    ])
  func errors(text: String, line: Int, message: String) {
    do {
      _ = try Stubs.generate(text, file: "x/P.swift")
      Issue.record("stubs were made for: \(text)")
    } catch {
      #expect(error.description.hasPrefix("x/P.swift:\(line): error: \(message)"), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test("no beginning of an interface file makes the generator trap")
  func cut() throws {
    let text = try String(
      contentsOf: Self.package.appending(path: "Workloads/Library/Names/Names.interface.swift"), encoding: .utf8)
    for count in 0..<text.count { _ = try? Stubs.generate(String(text.prefix(count)), file: "P.swift") }
  }

  @Test("a program's interface files get their stubs in the build, and errors name the interface's line")
  func built() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "stubs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let compiler = GuestCompiler(toolchain: try Toolchain())
    func compile(_ interface: String) throws -> [String] {
      let file = folder.appending(path: "Cell.interface.swift").path
      try interface.write(toFile: file, atomically: true, encoding: .utf8)
      let work = folder.path
      return try compiler.compile([file], moduleName: "main", options: GuestCompiler.Options(), work: work).objects
    }
    let file = folder.appending(path: "Cell.interface.swift").path
    let error = "\(file):2: error: 'f' returns a buffer: results are one word"
    #expect(throws: GuestCompilerError.rejected(diagnostics: error)) {
      try compile("protocol Cell: AnyObject {\n  func f() -> UnsafeRawBufferPointer\n}\n")
    }
    // The library, which has what stubs are made of, is not there.
    #expect {
      try compile("protocol Cell: AnyObject {\n  func f()\n}\n")
    } throws: {
      "\($0)".contains("CellStubs.swift") && "\($0)".contains("'ExternalReference'")
    }
  }
}
