import Foundation
import HostSystem

/// One run of a tool. Output goes through a file rather than a pipe: no tool can stall on a full pipe,
/// whatever it says.
enum ToolRun {
  struct Result {
    let status: Int32
    let output: String
  }

  /// Runs `tool` in the current folder, if that has a name of text, and returns its status with everything that it
  /// said on either stream. `scratch` is for its temporary files, too, and itself a name of text.
  static func run(_ tool: String, _ arguments: [String], scratch: String) throws(GuestCompilerError) -> Result {
    let log = scratch + "/\(UUID().uuidString).log"
    do throws(SystemError) {
      try HostFile.write([], to: log)
      defer { HostFile.remove(log) }
      let words = (PlainPaths.areRelative ? [] : ["/usr/bin/env", "-C", scratch]) + [tool] + arguments
      let status = try Leftovers.shared.run(
        words[0], Array(words.dropFirst()), log: log,
        environment: HostText.environment.filter { !$0.hasPrefix("TMPDIR=") } + ["TMPDIR=" + scratch])
      return Result(status: status, output: HostText.string(try HostFile.read(log)))
    } catch { throw .file("\(error)") }
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
