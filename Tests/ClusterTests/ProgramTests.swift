import ControlAPI
import Foundation
import Testing

extension OnACluster {
  @Suite("Programs on a cluster")
  struct ProgramTests {
    /// The cluster is alive and runs programs.
    private func expectAlive(_ home: TestHome) throws {
      let result = try home.tctl("submit", "hello")
      #expect(result.status == 0 && !result.output.isEmpty, "\(result)")
      // Waits until the kernel has cleaned up.
      #expect(try home.tctl("digest").status == 0)
      #expect(try home.tctl("status").output.contains("is idle"))
    }

    @Test("up tells station, process, address and processors of each daemon")
    func up() throws {
      let home = try TestHome()
      let up = try home.tctl("up")
      let lines = up.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      let pids = try home.pids()
      #expect(pids.count == 4)
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let told = up.errors
      if cores < 4 {
        #expect(
          told.hasPrefix("tctl: 4 daemons share \(cores) core") && told.contains("--daemons \(cores)'"), "\(told)")
      } else {
        #expect(told.isEmpty, "\(told)")
      }
      for station in 0..<4 {
        #expect(
          lines.contains {
            $0.count == 4 && $0[0] == "\(station)" && $0[1] == "\(pids[station])"
              && $0[3] == "\(station * 4)-\(station * 4 + 3)"
          })
      }
    }

    @Test("output streams to standard output, and the exit status is the program's")
    func hello() throws {
      let home = try SharedCluster.running()
      let result = try home.tctl("submit", "hello")
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      #expect(!result.output.isEmpty)
      #expect(try home.tctl("submit", "--processors", "17", "hello").status == 2)
      #expect(try home.tctl("submit", "no-such-program").status == 2)
    }

    @Test("a report has everything about the run, and the digest is that of the cluster")
    func report() throws {
      let home = try SharedCluster.running()
      let result = try home.tctl("submit", "--json", "hello")
      #expect(result.status == 0)
      let report = try Wire.decode(RunReport.self, from: Data(result.output.utf8))
      #expect(report.exitStatus == 0)
      #expect(!report.output.isEmpty)
      #expect(report.cycles > 0 && report.instructions > 0 && report.hostSeconds > 0)
      #expect(report.counters.stations.count == 4)
      #expect(try home.tctl("digest").output == (report.digest ?? "") + "\n")
      let last = try home.tctl("counters", "--last-job", "--json").output
      #expect(try Wire.decode(CountersReport.self, from: Data(last.utf8)) == report.counters)
    }

    @Test("a user's own program, built with tctl build, runs")
    func ownProgram() throws {
      let home = try SharedCluster.running()
      let source = try home.file("own.swift", Array("print(\"my own\")\n".utf8))
      #expect(try home.tctl("build", source, "-o", home.path + "/own").status == 0)
      #expect(try home.tctl("submit", home.path + "/own").output == "my own\n")
    }

    @Test(
      "a program's fault ends it with 128 + signal and one line, and the cluster lives on",
      arguments: [
        ("divide", 136, "SIGFPE"), ("jump", 139, "SIGSEGV"), ("store", 139, "SIGSEGV"), ("load", 139, "SIGSEGV"),
        ("kernel", 139, "SIGSEGV"),
        ("illegal", 132, "SIGILL"), ("stack", 139, "SIGSEGV"),
      ] as [(String, Int32, String)])
    func fault(kind: String, status: Int32, signal: String) throws {
      let home = try SharedCluster.running()
      let result = try home.tctl("submit", "fault", kind)
      // A division by zero is a trap that the compiler chose, or none: MIPS itself does not care.
      if kind == "divide" {
        #expect([136, 133, 0].contains(result.status), "\(result)")
      } else {
        #expect(result.status == status, "\(result)")
      }
      if result.status != 0 {
        #expect(result.errorLines.count == 1 && result.errors.contains("killed by"), "\(result.errors)")
      }
      if kind != "divide" { #expect(result.errors.contains(signal) && result.errors.contains(" pc 0x")) }
      try expectAlive(home)
    }

    @Test("a program that waits for ever says what for, by name, and is ended with 124 if that is wished")
    func deadlock() throws {
      let home = try SharedCluster.running()
      let source = try home.file(
        "waiting.c",
        Array("#include <tornado.h>\nuint32_t never;\nint main(void) { tornado_wait_while(&never, 0); }\n".utf8))
      let program = home.path + "/waiting"
      #expect(try home.tctl("build", source, "-o", program).status == 0)
      for arguments in [["run", "--stations", "1", program], ["submit", "--deadlock", "exit", program]] {
        let result = try Tool.Running(arguments, environment: home.environment).finish()
        #expect(result.status == 124, "\(result)")
        #expect(result.errorLines.count == 2, "\(result.errors)")
        #expect(result.errors.hasPrefix("tornado: waiting: deadlock: "), "\(result.errors)")
        #expect(result.errors.contains(" (never), at pc 0x"), "\(result.errors)")
        #expect(result.errors.contains("(tornado_call+0x"), "\(result.errors)")
      }
      let waiting = try home.start("submit", program)
      #expect(waiting.waitForError("(never), at pc"))
      #expect(try home.tctl("submit", "hello").status == 0)
      kill(waiting.process.processIdentifier, SIGINT)
      #expect(waiting.finish().status == 130)
      #expect(waiting.errorsSoFar.split(separator: "\n").count { $0.contains("deadlock") } == 1)
      try expectAlive(home)
    }

    @Test("a program that loops for ever is ended by tctl kill, and by Ctrl-C in tctl submit")
    func forever() throws {
      let home = try SharedCluster.running()
      for way in ["kill", "interrupt"] {
        let running = try home.start("submit", "forever")
        let deadline = Date() + 30
        var job: String?
        while job == nil, Date() < deadline {
          job = try home.tctl("jobs").output.split(separator: "\n").first { $0.contains(" running ") }.map {
            String($0.split(separator: " ")[0])
          }
        }
        #expect(try home.tctl("digest").status == 70)
        if way == "kill" {
          #expect(try home.tctl("kill", job ?? "0").status == 0)
          #expect(running.finish().status == 137)
        } else {
          kill(running.process.processIdentifier, SIGINT)
          #expect(running.finish().status == 130)
        }
        #expect(try home.tctl("kill", job ?? "0").status == 2)
        try expectAlive(home)
      }
    }

    @Test("a program that floods its output fills neither the daemon nor the cluster")
    func flood() throws {
      let home = try TestHome()
      #expect(try home.tctl("up", "--stations", "1").status == 0)
      // A reader that never reads.
      let pipe = Pipe()
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Tool.folder + "/tctl")
      process.arguments = ["submit", "flood"]
      process.environment = ProcessInfo.processInfo.environment.merging(home.environment) { $1 }
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      func job() throws -> [Substring] {
        try home.tctl("jobs").output.split(separator: "\n").last?.split(separator: " ") ?? []
      }
      // It comes to its end all the same.
      #expect(try wait { try job().last == "flood" && job()[1] == "exited" })
      #expect(try job()[2] == "0")
      let status = try String(contentsOfFile: "/proc/\(try home.pids()[0])/status", encoding: .utf8)
      let resident =
        status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }?.split(separator: " ").compactMap { Int($0) }
        .first ?? .max
      #expect(resident < 1_000_000, "station 0 holds \(resident) KB")
      #expect(try home.tctl("status").status == 0)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      try expectAlive(home)
    }

    @Test("tctl run ends a faulting program like the cluster does, and streams what it writes")
    func run() throws {
      let home = try TestHome()
      let result = try home.tctl("run", "fault", "store")
      #expect(result.status == 139)
      #expect(result.errorLines.count == 1 && result.errors.contains("SIGSEGV"))
      func lines(_ output: String) -> [Substring] { output.split(separator: "\n").sorted() }
      let alone = try home.tctl("run", "hello")
      let there = try SharedCluster.running().tctl("submit", "hello")
      #expect(lines(alone.output) == lines(there.output), "\(alone) \(there)")
    }
  }
}
