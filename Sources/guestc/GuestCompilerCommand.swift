import Foundation
import GuestCompiler

/// The package's own tool for guest code. Users have `tctl build`.
enum GuestCompilerCommand {
  static let usage = """
    usage: guestc kernel --sources DIR -o OUT [OPTIONS]
           guestc program FILE.swift…|FILE.c… -o OUT [--library DIR] [OPTIONS]
           guestc stubs FILE.swift -o STUBS.swift
           guestc embed --kernel DIR --workloads DIR --work DIR -o Images.swift
           guestc embed-test-kernel --kernel DIR --work DIR -o Images.swift
    options: --optimise speed|size|unchecked|none    --work DIR   keep intermediate files there    -I DIR
             -Xswiftc ARG   -Xclang ARG
    """

  /// Returns the exit status: 1 when the code is wrong, 2 for wrong usage.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      try dispatch(arguments)
      return 0
    } catch {
      FileHandle.standardError.write(Data((error.description + "\n").utf8))
      if case .usage = error { return 2 }
      return 1
    }
  }

  private static func dispatch(_ arguments: [String]) throws(GuestCompilerError) {
    guard let verb = arguments.first else { throw .usage("what to do is missing\n" + usage) }
    let parsed = try Arguments(arguments.dropFirst())
    var warnings = ""
    switch verb {
    case "kernel":
      warnings = try GuestCompiler(toolchain: Toolchain()).buildKernel(
        folder: parsed.need("--sources"), output: parsed.need("-o"), options: parsed.options)
    case "program":
      let compiler = try GuestCompiler(toolchain: Toolchain())
      let folder = parsed.named["--library"] ?? "Workloads/Library"
      let library = try compiler.buildLibrary(folder: folder, into: parsed.options.workFolder ?? ".build/guestc")
      warnings = try compiler.buildProgram(
        sources: parsed.files, output: parsed.need("-o"), library: library, options: parsed.options)
    case "stubs":
      guard parsed.files.count == 1 else { throw .usage("stubs are made from one file\n" + usage) }
      try Stubs.generate(file: parsed.files[0], output: parsed.need("-o"))
    case "embed":
      let embedding = GuestEmbedding(
        compiler: GuestCompiler(toolchain: try Toolchain()), kernel: try parsed.need("--kernel"),
        workloads: try parsed.need("--workloads"),
        work: try parsed.need("--work"))
      warnings = try embedding.generate(output: parsed.need("-o"))
    case "embed-test-kernel":
      warnings = try GuestEmbedding.generateTestKernel(
        compiler: GuestCompiler(toolchain: try Toolchain()), kernel: parsed.need("--kernel"),
        work: parsed.need("--work"), output: parsed.need("-o"))
    case "--help", "-h", "help": print(usage)
    default: throw .usage("\(verb): no such command\n" + usage)
    }
    FileHandle.standardError.write(Data(warnings.utf8))
  }

  struct Arguments {
    var named: [String: String] = [:]
    var files: [String] = []
    var options = GuestCompiler.Options()

    init(_ words: ArraySlice<String>) throws(GuestCompilerError) {
      var rest = words
      while let word = rest.popFirst() {
        guard word.hasPrefix("-") else {
          files.append(word)
          continue
        }
        guard let value = rest.popFirst() else { throw .usage("\(word) needs a value") }
        switch word {
        case "-I": options.includeFolders.append(value)
        case "-Xswiftc": options.swiftArguments.append(value)
        case "-Xclang": options.clangArguments.append(value)
        case "--work":
          options.workFolder = value
          named[word] = value
        case "--optimise":
          let known: [String: GuestCompiler.Optimisation] = [
            "speed": .speed, "size": .size, "unchecked": .unchecked, "none": .none,
          ]
          guard let optimisation = known[value] else {
            throw .usage("--optimise \(value): speed, size, unchecked or none")
          }
          options.optimisation = optimisation
        case "-o", "--sources", "--library", "--kernel", "--workloads": named[word] = value
        default: throw .usage("\(word): no such option\n" + usage)
        }
      }
    }

    func need(_ name: String) throws(GuestCompilerError) -> String {
      guard let value = named[name] else { throw .usage("\(name) is missing\n" + usage) }
      return value
    }
  }
}
