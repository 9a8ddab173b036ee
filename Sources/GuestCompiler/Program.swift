import Foundation

/// The library that programs are made with, compiled: the module `Tornado`, its objects and the linker script.
public struct ProgramLibrary: Sendable {
  /// Its sources: `*.swift`, `*.c`, `*.S`, `program.ld`, `include`.
  public let folder: String
  let built: String
  let objects: [String]
}

extension GuestCompiler {
  /// Compiles the program library in `folder`, unless `built` (by default a folder of that name in it) holds what the
  /// same sources and tools made before.
  public func buildLibrary(folder: String, into built: String? = nil) throws(GuestCompilerError) -> ProgramLibrary {
    let built = built ?? folder + "/built"
    let files = try GuestCompiler.files(in: folder).filter { !$0.hasPrefix(folder + "/built/") }
    let sources = files.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".S") }
    guard files.contains(folder + "/program.ld"), !sources.isEmpty else { throw .file("\(folder) is not the program library") }
    var stamp = toolchain.stamp()
    for file in files { stamp.add(file: file, name: String(file.dropFirst(folder.count))) }
    let stampFile = built + "/stamp", listFile = built + "/objects"
    if stamp.isFresh(stampFile), let list = FileManager.default.contents(atPath: listFile) {
      let objects = String(decoding: list, as: UTF8.self).split(separator: "\n").map { built + "/" + $0 }
      if objects.allSatisfy(FileManager.default.isReadableFile(atPath:)) {
        return ProgramLibrary(folder: folder, built: built, objects: objects)
      }
    }
    var options = Options()
    options.workFolder = built
    options.includeFolders = [folder + "/include"]
    options.clangArguments = GuestCompiler.freestanding
    let settings = options
    return try withWorkFolder(options) { work in
      unlink(stampFile)
      let (objects, _) = try compile(sources, moduleName: "Tornado", options: settings, work: work, modulePath: work + "/Tornado.swiftmodule")
      let names = objects.map { URL(fileURLWithPath: $0).lastPathComponent }
      try write(Array(names.joined(separator: "\n").utf8), listFile)
      stamp.keep(stampFile)
      return ProgramLibrary(folder: folder, built: built, objects: objects)
    }
  }

  /// Compiles and links a program. Swift sources are one module; it starts in `main.swift`, in the only Swift file, in a
  /// type marked `@main`, or in a C function `main`. Returns the compilers' warnings.
  @discardableResult
  public func buildProgram(
    sources: [String], output: String, library: ProgramLibrary, options: Options = Options()
  ) throws(GuestCompilerError) -> String {
    guard !sources.isEmpty else { throw .usage("a program needs at least one source file") }
    var options = options
    options.includeFolders += [library.built, library.folder + "/include", library.folder + "/include/c"]
    let settings = options
    return try withWorkFolder(options) { work in
      let (objects, warnings) = try compile(sources, moduleName: "main", options: settings, work: work, isScript: isScript(sources))
      let linked = work + "/program.elf"
      let more = try link(objects + library.objects, script: library.folder + "/program.ld", output: linked, work: work)
      try install(linked, at: output)
      return warnings + more
    }
  }

  /// Compiles a program with the toolchain of the environment and the library in a folder, as `tctl build` does.
  @discardableResult
  public static func buildProgram(sources: [String], output: String, libraryFolder: String) throws(GuestCompilerError) -> String {
    let compiler = GuestCompiler(toolchain: try Toolchain())
    return try compiler.buildProgram(sources: sources, output: output, library: compiler.buildLibrary(folder: libraryFolder))
  }

  /// Whether swiftc is to look for statements outside of functions.
  private func isScript(_ sources: [String]) throws(GuestCompilerError) -> Bool {
    let swift = sources.filter { $0.hasSuffix(".swift") }
    if swift.contains(where: { URL(fileURLWithPath: $0).lastPathComponent == "main.swift" }) { return true }
    guard swift.count == 1, sources.count == 1, let text = FileManager.default.contents(atPath: swift[0]) else { return false }
    return !String(decoding: text, as: UTF8.self).split(separator: "\n").contains { $0.hasPrefix("@main") }
  }
}
