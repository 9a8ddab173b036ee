import ArgumentParser
import Foundation
import GuestCompiler
import GuestImages
import HostSystem

/// Compiles a program for Tornado.
struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a program for Tornado, or a Tornado image of your own.",
    usage: """
      tctl build FILE.swift...|FILE.c... -o PROGRAM [-O<level>] [-std=<standard>] [-I<dir>] [-D<name>[=<value>]] [-L<dir>] [-l<name>] [--image-base <address>]
      tctl build --kernel DIR -o IMAGE
      """)

  @Argument(help: ArgumentHelp("Source files: .swift (one module), .c, .S.", valueName: "file"))
  var sources: [String] = []
  @Option(
    help: ArgumentHelp("Compile a Tornado image instead, from a folder like Sources/TornadoNode.", valueName: "dir"))
  var kernel: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("Where the program goes.", valueName: "program"))
  var output: String

  @Option(
    name: .customShort("O"),
    help: ArgumentHelp("Optimise: -O (the default), 0 to 3, s, z, or Swift's unchecked.", valueName: "level"))
  var level: String?
  @Option(
    name: .customLong("std", withSingleDash: true),
    help: ArgumentHelp("The C files' standard: c99, c11, gnu17 ...", valueName: "standard"))
  var standard: String?
  @Option(
    name: .customShort("I"), help: ArgumentHelp("A folder with headers or module maps; repeatable.", valueName: "dir"))
  var includeFolders: [String] = []
  @Option(
    name: .customShort("D"),
    help: ArgumentHelp("A name for #if, with a value in C alone; repeatable.", valueName: "name[=value]"))
  var defines: [String] = []
  @Option(
    name: .customShort("L"), help: ArgumentHelp("A folder where -l finds lib<name>.a; repeatable.", valueName: "dir"))
  var libraryFolders: [String] = []
  @Option(
    name: .customShort("l"), help: ArgumentHelp("Link with the archive lib<name>.a; repeatable.", valueName: "name"))
  var libraries: [String] = []
  @Option(
    help: ArgumentHelp("Where the program begins, if not at 0x10000000; may be above 2 GB.", valueName: "address"))
  var imageBase: String?

  /// Options as compilers take them, name and value in one word, become two words; `-O` alone has an empty value.
  static func separate(_ words: [String]) -> [String] {
    var isOption = true
    return words.flatMap { word -> [String] in
      let name = word.prefix(2)
      if word == "--" { isOption = false }
      guard isOption, ["-I", "-D", "-L", "-l", "-O", "-o"].contains(name), word.count > 2 || word == "-O" else {
        return [word]
      }
      return [String(name), String(word.dropFirst(2))]
    }
  }

  private var options: ProgramOptions {
    var options = ProgramOptions()
    (options.level, options.standard) = (level, standard)
    (options.includeFolders, options.defines) = (includeFolders, defines)
    (options.libraryFolders, options.libraries) = (libraryFolders, libraries)
    options.imageBase = imageBase
    return options
  }

  func validate() throws {
    let isPlain =
      level == nil && standard == nil && imageBase == nil
      && (includeFolders + defines + libraryFolders + libraries).isEmpty
    if kernel != nil, !isPlain {
      throw ValidationError("-O, -std, -I, -D, -L, -l and --image-base are of programs, not of --kernel")
    }
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
        return writeAll(2, HostText.bytes(warnings))
      }
      let folder = try GuestCompiler.unpackLibrary(GuestImages.library, into: Self.cache())
      let library = try compiler.buildLibrary(folder: folder, base: options.base())
      let warnings = try compiler.buildProgram(
        sources: sources, output: output, library: library, options: options)
      Progress.shared.clear()
      writeAll(2, HostText.bytes(warnings))
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
    let base =
      HostText.variable("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? HostFile.home + "/.cache"
    return base + "/tornado"
  }
}
