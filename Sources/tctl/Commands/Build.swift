import ArgumentParser
import Foundation
import GuestCompiler
import GuestImages
import HostSystem

/// Compiles a program for Tornado.
struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a program for Tornado, or a Tornado image of your own.",
    usage: "tctl build FILE.swift...|FILE.c... -o PROGRAM\n       tctl build --kernel DIR -o IMAGE")

  @Argument(help: ArgumentHelp("Source files: .swift (one module), .c, .S.", valueName: "file"))
  var sources: [String] = []
  @Option(
    help: ArgumentHelp("Compile a Tornado image instead, from a folder like Sources/TornadoNode.", valueName: "dir"))
  var kernel: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("Where the program goes.", valueName: "program"))
  var output: String

  func validate() throws {
    if sources.isEmpty, kernel == nil { throw ValidationError("Missing expected argument 'FILE'") }
    if !sources.isEmpty, kernel != nil {
      throw ValidationError("--kernel takes the sources from its folder, not '\(sources[0])' too")
    }
  }

  func run() throws {
    Leftovers.shared.clearOnSignals()
    Progress.shared.begin { "tctl: compiling \(output)" }
    do throws(GuestCompilerError) {
      let compiler = GuestCompiler(toolchain: try Toolchain())
      if let kernel {
        let warnings = try compiler.buildKernel(folder: kernel, output: output)
        Progress.shared.clear()
        return writeAll(2, Array(warnings.utf8))
      }
      let folder = try GuestCompiler.unpackLibrary(GuestImages.library, into: Self.cache())
      let library = try compiler.buildLibrary(folder: folder)
      let warnings = try compiler.buildProgram(sources: sources, output: output, library: library)
      Progress.shared.clear()
      writeAll(2, Array(warnings.utf8))
    } catch {
      Progress.shared.clear()
      switch error {
      case .rejected(let diagnostics):
        // The compiler's own words, with the user's file and line.
        say(diagnostics.hasSuffix("\n") ? String(diagnostics.dropLast()) : diagnostics)
        throw ExitCode(1)
      default:
        throw Problem.usage(
          error.description.hasPrefix("error: ") ? String(error.description.dropFirst(7)) : error.description)
      }
    }
  }

  /// The program library is unpacked and compiled once a user and version.
  private static func cache() -> String {
    let environment = ProcessInfo.processInfo.environment
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.cache"
    return base + "/tornado"
  }
}
