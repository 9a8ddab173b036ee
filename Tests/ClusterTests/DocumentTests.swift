import Foundation
import Testing

extension OnACluster {
  /// The documents' commands, as somebody types them who follows each from its beginning, in a folder of his own beside
  /// the sources. `TORNADO_RECORD=1` writes what the commands print now into the documents.
  @Suite("What the documents tell their readers to do")
  struct DocumentTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()

    private static let documents =
      ["README.md"]
      + ((try? FileManager.default.contentsOfDirectory(atPath: package.appending(path: "docs").path)) ?? []).sorted()
      .filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }

    /// Those with commands.
    private static let walked = documents.filter { document in
      (try? Walkthrough(text(document)).steps.contains { if case .command = $0 { true } else { false } }) == true
    }

    private static func text(_ document: String) throws -> String {
      try String(contentsOf: package.appending(path: document), encoding: .utf8)
    }

    @Test(
      "every command of a document does what it says, in order, and prints what stands there",
      arguments: Self.walked)
    func walk(document: String) throws {
      let text = try Self.text(document)
      let home = try TestHome()
      try home.keepJanitor()
      for name in ["Sources", "Workloads"] {
        try FileManager.default.createSymbolicLink(
          atPath: home.path + "/" + name, withDestinationPath: Self.package.path + "/" + name)
      }
      var recorded: [(Walkthrough.Command, [String])] = []
      func compare(_ command: Walkthrough.Command, _ seen: [String]) {
        guard let transcript = command.transcript, !command.isMet(by: seen) else { return }
        #expect(seen == transcript, "\(command.line)")
        recorded.append((command, seen))
      }
      var reader = Reader(home: home)
      for step in Walkthrough(text).steps {
        switch step {
        case .file(let name, let text): _ = try home.file(name, Array(text.utf8))
        case .command(let command): compare(command, try reader.type(command.line))
        case .debugger(let session):
          for (command, seen) in zip(session, try reader.debug(session.map(\.line))) { compare(command, seen) }
        }
      }
      guard ProcessInfo.processInfo.environment["TORNADO_RECORD"] != nil else { return }
      var lines = text.components(separatedBy: "\n")
      for (command, seen) in recorded.reversed() {
        let first = command.position + 1
        lines.replaceSubrange(first..<(first + command.transcript!.count), with: seen)
      }
      try lines.joined(separator: "\n").write(
        to: Self.package.appending(path: document), atomically: true, encoding: .utf8)
    }

    @Test("the documents' commands are found")
    func found() throws {
      #expect(try Walkthrough(Self.text("README.md")).steps.count > 20)
      #expect(Self.walked.count > 4, "\(Self.walked)")
    }

    @Test("every command in a document's sentences is one that tctl has, with its options")
    func sentences() throws {
      let home = try TestHome()
      let programs = try home.tctl("workloads").output.split(separator: "\n").map { $0.prefix { $0 != " " } }
      var help: [Substring: String] = [:]
      for document in Self.documents + ["deploy/README.md"] {
        let text = try Self.text(document).replacing("\n", with: " ")
        for match in text.matches(of: #/`tctl ([^`]+)`/#) {
          let words = match.1.split(whereSeparator: { " []".contains($0) })
          guard let verb = words.first, verb != "help", !verb.hasPrefix("-") else { continue }
          if help[verb] == nil {
            let told = try home.tctl("help", String(verb))
            #expect(told.status == 0, "\(document): \(match.0)")
            help[verb] = told.output
          }
          // What stands after a program's name is the program's.
          for word in words.dropFirst().prefix(while: { $0 != "PROGRAM" && !programs.contains($0) })
          where word.hasPrefix("--") {
            #expect(help[verb]!.contains(word.prefix { $0 != "=" }), "\(document): \(match.0)")
          }
        }
      }
      #expect(help.count > 8)
    }
  }
}

/// Types lines into a shell, and into GDB.
private struct Reader {
  var home: TestHome
  /// The variables that the lines so far have set.
  private var variables = ""
  /// The last line with which the machine waits for GDB.
  private var debugging: String?

  init(home: TestHome) { self.home = home }

  /// - Returns: the lines that it prints.
  mutating func type(_ line: String) throws -> [String] {
    if line.contains(#/^\w+=/#) { variables += line + "; " }
    if line.hasPrefix("tctl debug") {
      debugging = line
      let running = try startDebugging()
      // GDB does not come.
      running.process.terminate()
      return running.finish(timeout: 5).errorLines
    }
    let result = try start(line).finish(timeout: 240)
    #expect(result.status == 0, "\(line): \(result.errors)")
    let lines = result.output.components(separatedBy: "\n")
    return lines.last == "" ? lines.dropLast() : lines
  }

  /// The machine waits again, and GDB comes and does this.
  ///
  /// - Returns: the lines that GDB prints for each, but empty ones.
  func debug(_ lines: [String]) throws -> [[String]] {
    let running = try startDebugging()
    defer {
      running.process.terminate()
      _ = running.finish(timeout: 5)
    }
    let waiting = try #require(running.errorsSoFar.firstMatch(of: #/waits for gdb: (.*)/#)).1
    let marked = lines.map { "-ex 'echo <next>\\n' -ex '\($0)'" }.joined(separator: " ")
    let session = try start("\(waiting) -nx -batch -ex 'set pagination off' \(marked) -ex 'echo <next>\\n' 2>&1")
      .finish(timeout: 120)
    let parts = session.output.components(separatedBy: "<next>\n").dropFirst().dropLast()
    #expect(parts.count == lines.count, "\(session.output)")
    return parts.map { $0.split(separator: "\n").map(String.init) }
  }

  /// The machine waits for GDB.
  private func startDebugging() throws -> Tool.Running {
    let line = try #require(debugging)
    let running = try start("exec " + line)
    #expect(running.waitForError("waits for gdb"), "\(line): \(running.errorsSoFar)")
    return running
  }

  private func start(_ line: String) throws -> Tool.Running {
    let path = Tool.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    return try Tool.Running(
      ["-c", "cd \"$0\" && \(variables)\(line)", home.path],
      environment: home.environment.merging(["PATH": path]) { $1 }, executable: "/bin/bash")
  }
}
