import HostSystem

extension GuestCompiler {
  /// Builds the Tornado image from a folder: all `.swift`, `.c` and `.S` files under it, headers and module
  /// map in its `include`, the linker script `kernel.ld`. Returns the compilers' warnings.
  ///
  /// A global that is initialised at its first use costs a `sync` and a call at every use, and its first use
  /// may come before there is anything to run it on: the build fails on them (`lazyGlobals`).
  @discardableResult
  public func buildKernel(folder: String, output: String, options: Options = Options()) throws(GuestCompilerError)
    -> String
  {
    try withWorkFolder(options) { work in
      var paths = PlainPaths(work: work)
      let plain = try paths.plain(folder)
      let sources = try GuestCompiler.sources(in: plain)
      guard !sources.isEmpty else { throw GuestCompilerError.usage("\(folder): no sources") }
      let script = plain + "/kernel.ld"
      guard HostFile.isReadable(script) else {
        throw GuestCompilerError.file("\(folder)/kernel.ld: the kernel's linker script is missing")
      }
      var settings = options
      settings.includeFolders.insert(plain + "/include", at: 0)
      settings.clangArguments.insert(contentsOf: GuestCompiler.freestanding, at: 0)
      do throws(GuestCompilerError) {
        let (objects, warnings) = try compile(sources, moduleName: "TornadoNode", options: settings, work: work)
        let linked = work + "/kernel.elf"
        let more = try link(objects, script: script, output: linked, work: work)
        try checkNoLazyGlobals(linked, work: work)
        try install(linked, at: output)
        return paths.original(warnings + more)
      } catch { throw paths.original(error) }
    }
  }

  /// The linker keeps a `…_Wz` function (the initialiser) exactly for the globals that are lazy and used.
  func checkNoLazyGlobals(_ image: String, work: String) throws(GuestCompilerError) {
    let names = try ToolRun.check(toolchain.nm, ["-j", image], scratch: work)
    let lazy = names.split(separator: "\n").filter { $0.hasSuffix("_Wz") }.map {
      SymbolName.readable(String($0)).replacingOccurrences(of: "one-time initialization function for ", with: "")
        .replacingOccurrences(of: "one-time initialization token for ", with: "")
    }
    guard lazy.isEmpty else { throw .lazyGlobals(lazy) }
  }

  /// The compilable files under a folder, by name, so that every build sees them in the same order.
  public static func sources(in folder: String) throws(GuestCompilerError) -> [String] {
    try files(in: folder).filter(isSource)
  }
  static func isSource(_ path: String) -> Bool {
    path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".S")
  }

  /// All files under a folder, by name; none if there is no such folder.
  public static func files(in folder: String) throws(GuestCompilerError) -> [String] {
    func below(_ path: String) -> [String] {
      (HostFile.names(in: folder + path) ?? []).flatMap { name in
        let inner = path + "/" + name
        return HostFile.isFolder(folder + inner) ? below(inner) : [inner]
      }
    }
    return below("").sorted().map { folder + $0 }
  }
}
