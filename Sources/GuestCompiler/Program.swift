import Foundation
import HostSystem

/// The library that programs are made with, compiled: the module `Tornado`, its objects and the linker
/// script.
public struct ProgramLibrary: Sendable {
  /// Its sources: `*.swift`, `*.c`, `*.S`, `program.ld`, `include`.
  public let folder: String
  /// Of its sources and of the tools that compiled it.
  let stamp: Stamp
  let built: String
  let objects: [String]
  /// Where programs with it begin, if not where the linker script says.
  let base: UInt64?
  /// Whether that is above what 32-bit symbols reach.
  static func isHigh(_ base: UInt64?) -> Bool { base ?? 0 >= 1 << 31 }
}

extension GuestCompiler {
  /// Compiles the program library in `folder` to a folder in `parent` (by default in `folder` itself) that is
  /// named for what it is made of: it is made once, and never changes for those who are reading it.
  ///
  /// - Parameter base: where programs with it are to begin, in bytes.
  public func buildLibrary(folder: String, into parent: String? = nil, base: UInt64? = nil)
    throws(GuestCompilerError) -> ProgramLibrary
  {
    let files = try GuestCompiler.libraryFiles(in: folder)
    let isHigh = ProgramLibrary.isHigh(base)
    var stamp = toolchain.stamp()
    if isHigh { stamp.add("above 2 GB") }
    for file in files { stamp.add(file: folder + "/" + file, name: file) }
    let built = (parent ?? folder) + "/built-" + stamp.text
    if let list = try? HostFile.read(built + "/objects") {
      let objects = String(decoding: list, as: UTF8.self).split(separator: "\n").map { built + "/" + $0 }
      return ProgramLibrary(folder: folder, stamp: stamp, built: built, objects: objects, base: base)
    }
    var options = Options()
    let unfinished = built + ".\(UUID().uuidString)"
    do throws(SystemError) {
      if let parent { try HostFile.makeFolders(parent) }
      try Leftovers.shared.makeFolder(unfinished)
    } catch { throw .file("\(error)") }
    // Gone already where it has become what was wanted.
    defer { Leftovers.shared.removeFolder(unfinished) }
    options.workFolder = unfinished
    options.clangArguments = GuestCompiler.freestanding
    options.isHigh = isHigh
    let names = try withWorkFolder(options) { work in
      let objects = try PlainFolder.with(folder) { folder in
        var settings = options
        settings.includeFolders = [folder + "/include"]
        let sources = files.map { folder + "/" + $0 }.filter(GuestCompiler.isSource)
        return try compile(
          sources, moduleName: "Tornado", options: settings, work: work, modulePath: work + "/Tornado.swiftmodule"
        ).objects
      }
      let names = objects.map { URL(fileURLWithPath: $0).lastPathComponent }
      try write(Array(names.joined(separator: "\n").utf8), work + "/objects")
      if !HostFile.rename(unfinished, to: built) {
        // Somebody else was faster, which is as well; anything else is not.
        guard errno == ENOTEMPTY || errno == EEXIST else {
          throw GuestCompilerError.file("\(SystemError("cannot write", built))")
        }
      }
      return names
    }
    return ProgramLibrary(
      folder: folder, stamp: stamp, built: built, objects: names.map { built + "/" + $0 }, base: base)
  }

  /// The files that are the program library, relative to its folder, by name.
  public static func libraryFiles(in folder: String) throws(GuestCompilerError) -> [String] {
    let files = try files(in: folder).map { String($0.dropFirst(folder.count + 1)) }.filter { !$0.hasPrefix("built-") }
    guard files.contains("program.ld") else { throw .file("\(folder) is not the program library") }
    return files
  }

  /// Writes the library's files, as an installed program carries them, to a folder in `parent` that is named
  /// for their content, unless it is there already. Returns the folder.
  public static func unpackLibrary(_ files: [(path: String, bytes: [UInt8])], into parent: String)
    throws(GuestCompilerError) -> String
  {
    var stamp = Stamp()
    for file in files {
      stamp.add(file.path)
      stamp.add(file.bytes)
    }
    let folder = parent + "/toolchain-" + stamp.text
    if HostFile.exists(folder) { return folder }
    let fresh = folder + ".\(getpid())"
    do throws(SystemError) {
      for file in files {
        let path = fresh + "/" + file.path
        try HostFile.makeFolders(String(path[..<path.lastIndex(of: "/")!]))
        try HostFile.write(file.bytes, to: path)
      }
    } catch { throw .file("\(error)") }
    if !HostFile.rename(fresh, to: folder) { HostFile.removeTree(fresh) }
    guard HostFile.exists(folder) else { throw .file("cannot write \(folder)") }
    return folder
  }

  /// Compiles and links a program. Swift sources are one module; it starts in `main.swift`, in the only Swift
  /// file, in a type marked `@main`, or in a C function `main`. Returns the compilers' warnings.
  @discardableResult
  public func buildProgram(
    sources: [String], output: String, library: ProgramLibrary, options: Options = Options()
  ) throws(GuestCompilerError) -> String {
    guard !sources.isEmpty else { throw .usage("a program needs at least one source file") }
    let isScript = try isScript(sources)
    return try withWorkFolder(options) { work in
      var paths = PlainPaths(work: work)
      do throws(GuestCompilerError) {
        var settings = options
        settings.isHigh = ProgramLibrary.isHigh(library.base)
        func plain(_ paths: [String], by known: inout PlainPaths) throws(GuestCompilerError) -> [String] {
          try paths.map { (path) throws(GuestCompilerError) in try known.plain(path) }
        }
        let folders = [library.built, library.folder + "/include", library.folder + "/include/c"]
        settings.includeFolders = try plain(options.includeFolders + folders, by: &paths)
        let sources = try plain(sources, by: &paths)
        let archives = try plain(library.objects + options.archives, by: &paths)
        let script = try paths.plain(library.folder + "/program.ld")
        let (objects, warnings) = try compile(
          sources, moduleName: "main", options: settings, work: work, isScript: isScript)
        let linked = work + "/program.elf"
        let more = try link(
          objects + archives, script: script, base: library.base, output: linked, work: work)
        try install(linked, at: output)
        return paths.original(warnings + more)
      } catch { throw paths.original(error) }
    }
  }

  /// As `buildProgram` with options, with those that a program's author gives.
  @discardableResult
  public func buildProgram(
    sources: [String], output: String, library: ProgramLibrary, options: ProgramOptions
  ) throws(GuestCompilerError) -> String {
    try buildProgram(sources: sources, output: output, library: library, options: options.options(for: sources))
  }

  /// Compiles a program with the toolchain of the environment and the library in a folder, as `tctl build`
  /// does.
  @discardableResult
  public static func buildProgram(sources: [String], output: String, libraryFolder: String) throws(GuestCompilerError)
    -> String
  {
    let compiler = GuestCompiler(toolchain: try Toolchain())
    return try compiler.buildProgram(
      sources: sources, output: output, library: compiler.buildLibrary(folder: libraryFolder))
  }

  /// Whether swiftc is to look for statements outside of functions.
  private func isScript(_ sources: [String]) throws(GuestCompilerError) -> Bool {
    let swift = sources.filter { $0.hasSuffix(".swift") }
    if swift.contains(where: { URL(fileURLWithPath: $0).lastPathComponent == "main.swift" }) { return true }
    guard swift.count == 1, sources.count == 1, let text = try? HostFile.read(swift[0]) else {
      return false
    }
    return !String(decoding: text, as: UTF8.self).split(separator: "\n").contains { $0.hasPrefix("@main") }
  }
}
