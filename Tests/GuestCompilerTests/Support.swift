import Foundation
import GuestCompiler
import GuestImages
import Testing

/// The package's own folder, where the guest's sources are.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path
let libraryFolder = packageFolder + "/Workloads/Library"

/// A folder that goes away with the value's last use.
final class Scratch {
  let path = NSTemporaryDirectory() + "guest-tests-\(UUID().uuidString)"
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult func write(_ name: String, _ text: String) throws -> String {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }
}

struct Outcome {
  let status: Int32
  let output: String
  let errors: String
}

/// Runs a guest program on QEMU's R4000: the oracle for all that a single program does.
func runOnQEMU(_ program: String, _ arguments: [String] = []) throws -> Outcome {
  try run("/usr/bin/env", ["qemu-mips64el", "-cpu", "R4000", program] + arguments)
}

func run(_ tool: String, _ arguments: [String]) throws -> Outcome {
  let scratch = try Scratch()
  let output = try scratch.write("output", "")
  let errors = try scratch.write("errors", "")
  let process = Process()
  process.executableURL = URL(fileURLWithPath: tool)
  process.arguments = arguments
  process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
  process.standardOutput = FileHandle(forWritingAtPath: output)
  process.standardError = FileHandle(forWritingAtPath: errors)
  try process.run()
  process.waitUntilExit()
  let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  if status == 127 { Issue.record("\(arguments.first ?? tool) is not installed (Debian: qemu-user)") }
  return Outcome(
    status: status, output: try String(contentsOfFile: output, encoding: .utf8),
    errors: try String(contentsOfFile: errors, encoding: .utf8))
}

/// Runs a program that ships.
func runShipped(_ name: String, _ arguments: [String] = []) throws -> Outcome {
  let scratch = try Scratch()
  let file = scratch.path + "/" + name
  let image = try #require(GuestImages.program(name), "no program \(name) ships")
  _ = FileManager.default.createFile(atPath: file, contents: Data(image), attributes: [.posixPermissions: 0o755])
  return try runOnQEMU(file, arguments)
}

/// The library, compiled once for all tests of a run.
let compiledLibrary: Result<(GuestCompiler, ProgramLibrary), any Error> = Result {
  let compiler = GuestCompiler(toolchain: try Toolchain())
  return (compiler, try compiler.buildLibrary(folder: libraryFolder, into: libraryScratch.get().path))
}
private let libraryScratch = Result { try Scratch() }

/// Compiles a program of the tests' own and returns where it is.
func build(_ scratch: Scratch, _ sources: [String]) throws -> String {
  let (compiler, library) = try compiledLibrary.get()
  let output = scratch.path + "/program"
  try compiler.buildProgram(sources: sources, output: output, library: library)
  return output
}
