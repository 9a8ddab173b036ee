import Foundation
import HostSystem

/// Compiles the kernel, the program library and all shipped programs, or the kernel for tests, and writes
/// them as one Swift file: base64 in static strings compiles in a fraction of a second, and the images cannot
/// be separated from the executable.
public struct GuestEmbedding {
  let compiler: GuestCompiler
  let kernel: String
  let workloads: String
  let work: String

  /// `kernel` and `workloads` are folders of sources, `work` one that belongs to this alone and keeps what
  /// has been made.
  public init(compiler: GuestCompiler, kernel: String, workloads: String, work: String) {
    self.compiler = compiler
    self.kernel = kernel
    self.workloads = workloads
    self.work = work
  }

  /// A program that ships: a folder of sources beside the library's.
  struct Program {
    let name: String
    let summary: String
    let sources: [String]
    let files: [String]
  }

  /// Writes `output`, two compilations at a time, each of them only if its inputs have changed. Returns the
  /// compilers' warnings; throws all the errors of all images at once.
  public func generate(output: String) throws(GuestCompilerError) -> String {
    try makeWorkFolder()
    let programs = try shippedPrograms()
    let outcome = Outcome()
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 2
    queue.addOperation { outcome.record { try makeKernel([]) } }
    queue.addOperation {
      outcome.record {
        let library = try compiler.buildLibrary(folder: workloads + "/Library", into: work)
        removeOldLibraries(but: library)
        for program in programs { queue.addOperation { outcome.record { try make(program, library) } } }
        return ""
      }
    }
    queue.waitUntilAllOperationsAreFinished()
    guard outcome.errors.isEmpty else { throw .rejected(diagnostics: outcome.errors.sorted().joined(separator: "\n")) }
    try writeIfChanged(try swiftText(programs), output)
    return outcome.warnings
  }

  /// Writes `output` with the kernel as tests want it (the condition `TEST_KERNEL`), and nothing else. Returns
  /// the compilers' warnings.
  public static func generateTestKernel(compiler: GuestCompiler, kernel: String, work: String, output: String)
    throws(GuestCompilerError) -> String
  {
    let embedding = GuestEmbedding(compiler: compiler, kernel: kernel, workloads: "", work: work)
    try embedding.makeWorkFolder()
    let warnings = try embedding.makeKernel(["-DTEST_KERNEL"])
    try embedding.writeIfChanged(try embedding.swiftText(), output)
    return warnings
  }

  private func makeWorkFolder() throws(GuestCompilerError) {
    do { try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true) } catch {
      throw .file("cannot write in \(work): \(SystemError.reason(error))")
    }
  }

  /// What the concurrent compilations have to say.
  private final class Outcome: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var errors: [String] = []
    private(set) var warnings = ""

    func record(_ body: () throws -> String) {
      do {
        let said = try body()
        lock.withLock { warnings += said }
      } catch {
        lock.withLock { errors.append("\(error)") }
      }
    }
  }

  private var kernelImage: String { work + "/kernel.elf" }
  private func image(_ program: Program) -> String { work + "/\(program.name).elf" }

  private func makeKernel(_ swiftArguments: [String]) throws(GuestCompilerError) -> String {
    let files = try GuestCompiler.files(in: kernel)
    guard files.contains(where: GuestCompiler.isSource) else {
      try compiler.write([], kernelImage)
      return ""
    }
    return try unlessFresh(kernelImage, compiler.toolchain.stamp(), files, under: kernel) {
      options throws(GuestCompilerError) in
      var options = options
      options.swiftArguments = swiftArguments
      return try compiler.buildKernel(folder: kernel, output: kernelImage, options: options)
    }
  }

  private func make(_ program: Program, _ library: ProgramLibrary) throws(GuestCompilerError) -> String {
    try unlessFresh(image(program), library.stamp, program.files, under: workloads) {
      options throws(GuestCompilerError) in
      try compiler.buildProgram(sources: program.sources, output: image(program), library: library, options: options)
    }
  }

  private func unlessFresh(
    _ image: String, _ tools: Stamp, _ files: [String], under folder: String,
    _ make: (GuestCompiler.Options) throws(GuestCompilerError) -> String
  ) throws(GuestCompilerError) -> String {
    var stamp = tools
    for file in files { stamp.add(file: file, name: String(file.dropFirst(folder.count))) }
    if stamp.isFresh(image + ".stamp"), FileManager.default.isReadableFile(atPath: image) { return "" }
    unlink(image + ".stamp")
    var options = GuestCompiler.Options()
    options.workFolder = image + ".work"
    let warnings = try make(options)
    // With warnings there is no stamp: they would be seen once and never again.
    if warnings.isEmpty { stamp.keep(image + ".stamp") }
    return warnings
  }

  private func shippedPrograms() throws(GuestCompilerError) -> [Program] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: workloads)) ?? []).sorted()
    var programs: [Program] = []
    for name in names where name != "Library" {
      let files = try GuestCompiler.files(in: workloads + "/" + name)
      let sources = files.filter(GuestCompiler.isSource)
      guard let first = sources.first(where: { $0.contains("/main.") }) ?? sources.first else { continue }
      programs.append(Program(name: name, summary: try summary(of: first), sources: sources, files: files))
    }
    return programs
  }

  /// The first line of a program's main file is a comment that says what it does.
  private func summary(of file: String) throws(GuestCompilerError) -> String {
    let line = String(decoding: try compiler.read(file).prefix { $0 != 10 }, as: UTF8.self)
    guard line.hasPrefix("// ") else {
      throw .file("\(file):1: the first line must be a comment that says what the program does")
    }
    return String(line.dropFirst(3))
  }

  private func removeOldLibraries(but library: ProgramLibrary) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [] where name.hasPrefix("built-") {
      if work + "/" + name != library.built { try? FileManager.default.removeItem(atPath: work + "/" + name) }
    }
  }

  private func base64(_ path: String) throws(GuestCompilerError) -> String {
    Data(try compiler.read(path)).base64EncodedString()
  }

  private func swiftText() throws(GuestCompilerError) -> String {
    """
    // Generated by guestc from Sources/TornadoNode.
    enum Embedded {
      static let kernel: StaticString = "\(try base64(kernelImage))"
    }

    """
  }

  private func swiftText(_ programs: [Program]) throws(GuestCompilerError) -> String {
    func literal(_ text: String) -> String {
      "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
    var text = """
      // Generated by guestc from Sources/TornadoNode and Workloads.
      enum Embedded {
        static let kernel: StaticString = "\(try base64(kernelImage))"
        static let programs: [(name: String, summary: String, image: StaticString)] = [

      """
    for program in programs {
      text += "    (\(literal(program.name)), \(literal(program.summary)), \"\(try base64(image(program)))\"),\n"
    }
    text += "  ]\n  static let library: [(path: String, content: StaticString)] = [\n"
    for file in try GuestCompiler.libraryFiles(in: workloads + "/Library") {
      text += "    (\(literal(file)), \"\(try base64(workloads + "/Library/" + file))\"),\n"
    }
    return text + "  ]\n}\n"
  }

  /// Leaves a file with the same text untouched, and with it all that is compiled from it.
  private func writeIfChanged(_ text: String, _ path: String) throws(GuestCompilerError) {
    let bytes = Array(text.utf8)
    if let old = FileManager.default.contents(atPath: path), old.elementsEqual(bytes) { return }
    try compiler.write(bytes, path)
  }
}
