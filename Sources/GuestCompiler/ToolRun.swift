import Foundation
import HostSystem

/// One run of a tool. Output goes through a file rather than a pipe: no tool can stall on a full pipe,
/// whatever it says.
enum ToolRun {
  struct Result {
    let status: Int32
    let output: String
  }

  /// Runs `tool` in the current folder, if that has a name of text, and returns its status with everything that it said on either stream.
  static func run(_ tool: String, _ arguments: [String], scratch: String) throws(GuestCompilerError) -> Result {
    let log = scratch + "/\(UUID().uuidString).log"
    guard FileManager.default.createFile(atPath: log, contents: nil), let handle = FileHandle(forWritingAtPath: log)
    else {
      throw .file("\(SystemError("cannot write in", scratch))")
    }
    defer { try? FileManager.default.removeItem(atPath: log) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    // Foundation, too, knows text alone.
    if !PlainPaths.areRelative { process.currentDirectoryURL = URL(fileURLWithPath: scratch) }
    do { try Leftovers.shared.start(process) } catch {
      throw .file("cannot run \(tool): \(SystemError.reason(error))")
    }
    process.waitUntilExit()
    Leftovers.shared.ended(process)
    try? handle.close()
    let output = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Result(status: status, output: output)
  }

  /// As `run`, for a tool that must succeed. Returns its warnings.
  @discardableResult
  static func check(_ tool: String, _ arguments: [String], scratch: String) throws(GuestCompilerError) -> String {
    let result = try run(tool, arguments, scratch: scratch)
    guard result.status == 0 else {
      let said = result.output.trimmingCharacters(in: .newlines)
      throw .rejected(diagnostics: said.isEmpty ? "error: \(tool) failed with status \(result.status)" : said)
    }
    return result.output
  }
}
