import Foundation
import Testing

extension RingTests {
  /// Daemons that are processes of their own, so that they can be killed and stopped.
  @Suite struct ProcessTests {
    /// `ring-bench` beside this test's own executable.
    private static let bench = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(
        "ring-bench")

    private struct Member {
      var process: Process
      var said: Pipe
      /// What it wrote to standard error until it ended.
      func words() -> String { String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    }

    /// Waits until all have had their turn so often that they go round.
    private func waitUntilTheyRun(_ members: [Member]) {
      let deadline = Date() + 20
      while Date() < deadline, !members.allSatisfy({ switches($0.process.processIdentifier) > 2000 }) { usleep(10_000) }
    }

    /// How often the system has given the processor to another instead.
    private func switches(_ process: pid_t) -> Int {
      let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
      return status.split(separator: "\n").filter { $0.contains("ctxt_switches") }
        .compactMap { $0.split(separator: "\t").last.flatMap { Int($0) } }.reduce(0, +)
    }

    private func start(_ daemons: Int, _ patience: String, in folder: SocketFolder) throws -> [Member] {
      try (0..<daemons).map { index in
        let process = Process()
        process.executableURL = Self.bench
        process.arguments = ["--member", "\(index)", "\(daemons)", "1", folder.path, patience, "32", "15"]
        let said = Pipe()
        process.standardError = said
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return Member(process: process, said: said)
      }
    }

    @Test("A daemon that is killed is named by all others within two seconds", arguments: ["busy", "idle"])
    func killed(patience: String) throws {
      let folder = SocketFolder()
      let members = try start(4, patience, in: folder)
      waitUntilTheyRun(members)
      let began = Date()
      kill(members[2].process.processIdentifier, SIGKILL)
      for index in [0, 1, 3] {
        #expect(members[index].words().contains("the daemon of station 2 has died"))
        members[index].process.waitUntilExit()
        #expect(members[index].process.terminationStatus == 1)
      }
      #expect(Date().timeIntervalSince(began) < 2)
      members[2].process.waitUntilExit()
    }

    @Test(
      "A daemon that is stopped is named by all others within ten seconds, and by itself when it goes on",
      arguments: ["busy"])
    func stopped(patience: String) throws {
      let folder = SocketFolder()
      let members = try start(4, patience, in: folder)
      waitUntilTheyRun(members)
      let began = Date()
      kill(members[2].process.processIdentifier, SIGSTOP)
      for index in [0, 1, 3] {
        #expect(members[index].words().contains("the daemon of station 2 has said nothing for 5000 ms"))
      }
      #expect((4.5...10).contains(Date().timeIntervalSince(began)))
      kill(members[2].process.processIdentifier, SIGCONT)
      #expect(members[2].words().contains("station 2"))
      for member in members { member.process.waitUntilExit() }
    }
  }
}
