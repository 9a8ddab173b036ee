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
}

extension GuestCompiler {
  /// Compiles the program library in `folder` to a folder in `parent` (by default in `folder` itself) that is
  /// named for what it is made of: it is made once, and never changes for those who are reading it.
  public func buildLibrary(folder: String, into parent: String? = nil) throws(GuestCompilerError) -> ProgramLibrary {
    let files = try GuestCompiler.libraryFiles(in: folder)
    var stamp = toolchain.stamp()
    for file in files { stamp.add(file: folder + "/" + file, name: file) }
    let built = (parent ?? folder) + "/built-" + stamp.text
    if let list = try? HostFile.read(built + "/objects") {
      let objects = String(decoding: list, as: UTF8.self).split(separator: "\n").map { built + "/" + $0 }
      return ProgramLibrary(folder: folder, stamp: stamp, built: built, objects: objects)
    }
    var options = Options()
    let work = built + ".\(UUID().uuidString)"
    do throws(SystemError) {
      if let parent { try HostFile.makeFolders(parent) }
      try Leftovers.shared.makeFolder(work)
    } catch { throw .file("\(error)") }
    // Gone already where it has become what was wanted.
    defer { Leftovers.shared.removeFolder(work) }
    options.workFolder = work
    options.includeFolders = [folder + "/include"]
    options.clangArguments = GuestCompiler.freestanding
    let settings = options
    let names = try withWorkFolder(options) { work in
      let sources = files.map { folder + "/" + $0 }.filter(GuestCompiler.isSource)
      let (objects, _) = try compile(
        sources, moduleName: "Tornado", options: settings, work: work, modulePath: work + "/Tornado.swiftmodule")
      let names = objects.map { URL(fileURLWithPath: $0).lastPathComponent }
      try write(Array(names.joined(separator: "\n").utf8), work + "/objects")
      if rename(work, built) != 0 {
        // Somebody else was faster, which is as well; anything else is not.
        guard errno == ENOTEMPTY || errno == EEXIST else {
          throw GuestCompilerError.file("\(SystemError("cannot write", built))")
        }
      }
      return names
    }
    return ProgramLibrary(folder: folder, stamp: stamp, built: built, objects: names.map { built + "/" + $0 })
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
        settings.includeFolders = try options.includeFolders.map { (folder) throws(GuestCompilerError) in
          try paths.plain(folder)
        }
        settings.includeFolders += [library.built, library.folder + "/include", library.folder + "/include/c"]
        let plain = try sources.map { (source) throws(GuestCompilerError) in try paths.plain(source) }
        let archives = try options.archives.map { (archive) throws(GuestCompilerError) in try paths.plain(archive) }
        let (objects, warnings) = try compile(
          plain, moduleName: "main", options: settings, work: work, isScript: isScript)
        let linked = work + "/program.elf"
        let more = try link(
          objects + library.objects + archives, script: library.folder + "/program.ld", output: linked, work: work)
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
