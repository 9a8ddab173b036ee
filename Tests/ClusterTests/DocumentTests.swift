import Foundation
import Testing

extension OnACluster {
  /// The README's commands, as somebody types them who follows it from its beginning, in a folder of his own beside
  /// the sources. `TORNADO_RECORD=1` writes what the commands print now into the README.
  @Suite("What the documents tell their readers to do")
  struct DocumentTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()

    @Test("every command of the README does what it says, in order, and prints what stands there")
    func readme() throws {
      let file = Self.package.appending(path: "README.md")
      let text = try String(contentsOf: file, encoding: .utf8)
      let steps = Walkthrough(text).steps
      let home = try TestHome()
      try home.keepJanitor()
      for name in ["Sources", "Workloads"] {
        try FileManager.default.createSymbolicLink(
          atPath: home.path + "/" + name, withDestinationPath: Self.package.path + "/" + name)
      }
      #expect(steps.count > 20, "the README has few commands: are they still found?")
      var recorded: [(Walkthrough.Command, [String])] = []
      for step in steps {
        switch step {
        case .file(let name, let text): _ = try home.file(name, Array(text.utf8))
        case .command(let command):
          let seen = try type(command.line, in: home)
          if let expected = command.transcript {
            #expect(seen == expected, "\(command.line)")
            recorded.append((command, seen))
          }
        }
      }
      guard ProcessInfo.processInfo.environment["TORNADO_RECORD"] != nil else { return }
      var lines = text.components(separatedBy: "\n")
      for (command, seen) in recorded.reversed() {
        let first = command.position + 1
        lines.replaceSubrange(first..<(first + command.transcript!.count), with: seen)
      }
      try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    /// Types a line into a shell.
    ///
    /// - Returns: the lines that it prints.
    private func type(_ line: String, in home: TestHome) throws -> [String] {
      let path = Tool.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
      let isDebugger = line.hasPrefix("tctl debug")
      let running = try Tool.Running(
        ["-c", "cd \"$0\" && \(isDebugger ? "exec " : "")\(line)", home.path],
        environment: home.environment.merging(["PATH": path]) { $1 },
        executable: "/bin/bash")
      if isDebugger {
        // It waits for gdb, which does not come.
        #expect(running.waitForError("waits for gdb"), "\(line): \(running.finish(timeout: 0))")
        running.process.terminate()
        _ = running.finish(timeout: 5)
        return []
      }
      let result = running.finish(timeout: 240)
      #expect(result.status == 0, "\(line): \(result.errors)")
      return result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
  }
}
