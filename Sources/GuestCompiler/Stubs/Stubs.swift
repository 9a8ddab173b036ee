import Foundation
import HostSystem

/// Client and server stubs of clustered objects, from their public interfaces (paper, Section 6: "a stub
/// generator is provided that generates stubs based on the public interface of a clustered object"). Among a
/// module's sources, files called `NAME.interface.swift` are such interfaces, and their stubs are compiled
/// with them.
public enum Stubs {
  static func isInterface(_ path: String) -> Bool { path.hasSuffix(suffix) }
  private static let suffix = ".interface.swift"

  /// Makes the stubs of `NAME.interface.swift` as `NAMEStubs.swift` in a folder; returns its path.
  static func generate(interface path: String, in folder: String) throws(GuestCompilerError) -> String {
    let name = URL(fileURLWithPath: path).lastPathComponent.dropLast(suffix.count)
    let output = "\(folder)/\(name)Stubs.swift"
    try generate(file: path, output: output)
    return output
  }

  /// The stubs for the protocols of a Swift file, as Swift.
  /// - Throws: `GuestCompilerError.rejected` with one line `FILE:LINE: error: …`.
  public static func generate(_ text: String, file: String) throws(GuestCompilerError) -> String {
    do throws(InterfaceError) {
      let name = URL(fileURLWithPath: file).lastPathComponent
      return write(try InterfaceParser.parse(text), name)
    } catch {
      throw .rejected(diagnostics: "\(file):\(error.line): error: \(error.message)")
    }
  }

  /// Reads `file` and writes `output`.
  public static func generate(file: String, output: String) throws(GuestCompilerError) {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try HostFile.read(file) } catch { throw .file("\(error)") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .file("\(file): not readable as UTF-8") }
    let stubs = try generate(text, file: file)
    do throws(SystemError) { try HostFile.write(Array(stubs.utf8), to: output) } catch { throw .file("\(error)") }
  }

  private static func write(_ file: Interface.File, _ name: String) -> String {
    var out = "// Stubs for \(name), made by the compiler of Tornado programs: not to be edited.\n"
    // Lines are as long as the interface's names make them.
    out += "// swift-format-ignore-file\n\n"
    if !file.imports.isEmpty { out += file.imports.joined(separator: "\n") + "\n\n" }
    out += file.interfaces.map { client($0) + "\n" + remote($0) + representative($0) + "\n" + server($0) }.joined(
      separator: "\n")
    return out
  }

  // ---- The client's side

  private static func client(_ interface: Interface) -> String {
    let access = interface.isPublic ? "public " : ""
    var out = """
      /// `\(interface.name)` of an object in another process. Every call may fail, and then says why.
      \(access)struct \(interface.name)Client {
        private let port: UInt64
        private let object: UInt64
        \(access)init(_ target: ExternalReference) {
          port = target.port
          object = target.object
        }

      """
    for (number, method) in interface.methods.enumerated() {
      let words = words(method) { $0.type.word($0.name) }
      let failing = "if result.status != 0 { throw PPCError(code: result.status) }"
      out += """

          \(access)func \(signature(method, throwing: true)) {
            let result = \(call(method, number, words))
            \(failing)

        """
      if let result = method.result { out += "    return \(result.value("result.value"))\n" }
      out += "  }\n"
    }
    return out + "}\n"
  }

  /// The same on a certain processor, for the methods whose words a remote call carries.
  private static func remote(_ interface: Interface) -> String {
    let methods = interface.methods.enumerated().filter {
      $0.element.dataIndex == nil && $0.element.parameters.count <= 4
    }
    if methods.isEmpty { return "" }
    let access = interface.isPublic ? "public " : ""
    var out = """
      /// `\(interface.name)` of an object in another process, or in this one, on a certain processor: the
      /// representative of that processor is called.
      \(access)struct \(interface.name)Remote {
        private let port: UInt64
        private let object: UInt64
        private let processor: UInt64
        \(access)init(_ target: ExternalReference, on processor: Int) {
          port = target.port
          object = target.object
          self.processor = UInt64(processor)
        }

      """
    for (number, method) in methods {
      let words = words(method) { $0.type.word($0.name) }
      let all = (words + Array(repeating: "0", count: 4 - words.count)).joined(separator: ", ")
      out += """

          \(access)func \(signature(method, throwing: true)) {
            let result = tornado_ppc_on(self.port, self.object, \(number), \(all), self.processor)
            if result.status != 0 { throw PPCError(code: result.status) }

        """
      if let result = method.result { out += "    return \(result.value("result.value"))\n" }
      out += "  }\n"
    }
    return out + "}\n\n"
  }

  private static func signature(_ method: Interface.Method, throwing: Bool) -> String {
    let parameters = method.parameters.map { parameter in
      let label = parameter.label ?? "_"
      return (label == parameter.name ? label : "\(label) \(parameter.name)") + ": \(parameter.type.rawValue)"
    }
    return "\(method.name)(\(parameters.joined(separator: ", ")))" + (throwing ? " throws(PPCError)" : "")
      + (method.result.map { " -> \($0.rawValue)" } ?? "")
  }

  /// The words of a call other than the buffer, in order.
  private static func words(_ method: Interface.Method, _ text: (Interface.Parameter) -> String) -> [String] {
    method.parameters.filter { !$0.type.isData }.map(text)
  }

  private static func call(_ method: Interface.Method, _ number: Int, _ words: [String]) -> String {
    let target = "self.port, self.object, \(number)"
    if let data = method.dataIndex {
      let name = method.parameters[data].name
      let all = words + Array(repeating: "0", count: 3 - words.count)
      let address =
        method.parameters[data].type == .data
        ? "UnsafeMutableRawPointer(mutating: \(name).baseAddress)" : "\(name).baseAddress"
      return """
        tornado_ppc_with_data(
              \(target), \(all[0]), \(all[1]), \(address),
              UInt64(truncatingIfNeeded: \(name).count), \(all[2]))
        """
    }
    return "tornado_ppc_\(words.count)(\(([target] + words).joined(separator: ", ")))"
  }

  // ---- The server's side

  /// The class to which calls go: what the server's representatives derive from.
  private static func representative(_ interface: Interface) -> String {
    let access = interface.isPublic ? "open " : ""
    var out = """
      /// A representative of an object that can be called as `\(interface.name)`: to be derived from.
      \(access)class \(interface.name)Object: \(interface.name) {
        \(interface.isPublic ? "public " : "")init() {}

      """
    for method in interface.methods {
      out += "  \(access)func \(signature(method, throwing: false)) { Server.notImplemented() }\n"
    }
    return out + "}\n"
  }

  private static func server(_ interface: Interface) -> String {
    let access = interface.isPublic ? "public " : ""
    var out = """
      /// What calls of `\(interface.name)` from other processes come to.
      \(access)enum \(interface.name)Server {
        /// Lets an object be called from other processes, at a port of this one. It was given its reference
        /// as `external`.
        \(access)static func export(_ object: Reference<\(interface.name)Object>, at port: Port) -> ExternalReference {
          Server.export(object.raw, at: port, stub)
        }

        private static let stub: tornado_stub = { _, object, method, a, b, c, d, e in
          let object = Reference<\(interface.name)Object>(raw: UInt(object))
          switch method {

      """
    for (number, method) in interface.methods.enumerated() {
      var words = (method.dataIndex == nil ? ["a", "b", "c", "d", "e"] : ["a", "b", "e"])[...]
      let arguments = method.parameters.map { parameter in
        let label = parameter.label.map { "\($0): " } ?? ""
        switch parameter.type {
        case .mutableData: return label + "Server.buffer(c, d)"
        case .data: return label + "UnsafeRawBufferPointer(Server.buffer(c, d))"
        default: return label + parameter.type.value(words.removeFirst())
        }
      }
      let call = "object.call { $0.\(method.name)(\(arguments.joined(separator: ", "))) }"
      if let result = method.result {
        out += """
              case \(number):
                let result = \(call)
                return tornado_ppc_result(status: 0, value: \(result.word("result")))

          """
      } else {
        out += """
              case \(number):
                \(call)
                return tornado_ppc_result(status: 0, value: 0)

          """
      }
    }
    return out + """
          default: return Server.noSuchMethod
          }
        }
      }

      """
  }
}
