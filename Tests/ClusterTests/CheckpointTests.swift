import ControlAPI
import Foundation
import Testing

extension OnACluster {
  @Suite("Checkpoints")
  struct CheckpointTests {
    private let program = ["--processors", "4", "counter", "--updates", "1"]

    @Test(
      "four daemons write a busy machine, two go on with it, then two write and four read: same output, same digest")
    func busy() throws {
      let home = try TestHome()
      let alone = try Wire.decode(RunReport.self, from: Data(try home.run(["run", "--json"] + program).output.utf8))
      let (first, second) = (home.path + "/first", home.path + "/second")
      #expect(try home.tctl("up").status == 0)
      let running = try Tool.Running(["submit"] + program, environment: home.environment)
      while running.process.isRunning, try !home.tctl("jobs").output.contains(" running ") {}
      let checkpoint = try home.tctl("checkpoint", "default", first)
      #expect(checkpoint.status == 0 && checkpoint.errors.isEmpty && checkpoint.output.isEmpty, "\(checkpoint)")
      // Who was checkpointed runs on undisturbed.
      #expect(running.finish().output == alone.output)
      #expect(try home.tctl("digest").output == (alone.digest ?? "") + "\n")
      #expect(try home.tctl("down").status == 0)

      // In one process, with what was written before the checkpoint.
      let resumed = try Wire.decode(
        RunReport.self, from: Data(try home.run(["run", "--json", "--from", first]).output.utf8))
      #expect(
        resumed.output == alone.output && resumed.digest == alone.digest && resumed.cycles == alone.cycles
          && resumed.counters == alone.counters)
      let another = try home.run(["run", "--from", first, "hello"])
      #expect(
        another.status == 2 && another.errorLines.count == 1 && another.errors.contains("runs already (1, counter)"),
        "\(another)")

      let up = try home.tctl("up", "--from", first, "--daemons", "2")
      #expect(up.status == 0, "\(up)")
      #expect(try home.tctl("checkpoint", "default", second).status == 0)
      let attached = try home.tctl("attach", "1")
      #expect(attached.status == 0 && attached.output == alone.output, "\(attached)")
      #expect(try home.tctl("digest").output == (alone.digest ?? "") + "\n")
      let jobs = try home.tctl("jobs").output
      #expect(jobs.contains("\(alone.cycles)"), "\(jobs)")
      #expect(try home.tctl("down").status == 0)

      #expect(try home.tctl("up", "--from", second).status == 0)
      #expect(try home.tctl("attach", "1").output == alone.output)
      #expect(try home.tctl("digest").output == (alone.digest ?? "") + "\n")
      // Numbers of programs go on.
      #expect(try home.tctl("submit", "hello").status == 0)
      #expect(try home.tctl("attach", "2").status == 0)
      #expect(try home.tctl("down").status == 0)
    }

    @Test("what is no checkpoint, or half of one, is refused with the reason, and nothing is left")
    func refused() throws {
      let home = try TestHome()
      let good = home.path + "/good"
      #expect(try home.tctl("up", "--stations", "1").status == 0)
      #expect(try home.tctl("checkpoint", "default", good).status == 0)
      let nowhere = try home.tctl("checkpoint", "default", home.path + "/nowhere/file")
      #expect(nowhere.status == 2 && nowhere.errorLines.count == 1, "\(nowhere)")
      // A file system without room: the size of files is limited, and the signal that goes with it ignored.
      let limited = try Tool.Running(
        ["-c", "trap '' XFSZ; ulimit -f 40; exec \(Tool.folder)/tctl checkpoint default \(home.path)/full"],
        environment: home.environment,
        executable: "/bin/sh"
      ).finish()
      #expect(
        limited.status == 70 && limited.errorLines.count == 1 && limited.errors.contains("cannot write"), "\(limited)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).filter { $0.hasPrefix("full") } == [])
      #expect(try home.tctl("down").status == 0)

      let bytes = try Data(contentsOf: URL(fileURLWithPath: good))
      var damaged = bytes
      damaged[bytes.count - 100] ^= 4
      for (content, reason) in [
        (Data("hello".utf8), "is no checkpoint"), (bytes.prefix(bytes.count / 2), "was cut off"), (damaged, "damaged"),
      ] {
        let path = home.path + "/bad"
        try content.write(to: URL(fileURLWithPath: path))
        let up = try home.tctl("up", "--from", path)
        #expect(up.status == 2 && up.errorLines.count == 1 && up.errors.contains(reason), "\(up)")
        #expect(!FileManager.default.fileExists(atPath: home.folder("default")))
      }
      let absent = try home.tctl("up", "--from", home.path + "/absent")
      #expect(absent.status == 2 && absent.errors.contains("there is no checkpoint"), "\(absent)")
      let contradiction = try home.tctl("up", "--from", good, "--stations", "2")
      #expect(contradiction.status == 2 && contradiction.errors.contains("contradict"), "\(contradiction)")
      for (arguments, reason) in [
        (["run", "--from", good], "no program runs in"),
        (["run", "--from", home.path + "/absent", "hello"], "there is no checkpoint"),
        (["run", "--from", good, "--stations", "2", "hello"], "contradict"),
        (["run", "--from", good, "--processors", "2"], "none is named"),
        (["run", "--from", good, "--processors", "5", "hello"], "4 processors, not 5"),
        (["debug", "--from", good], "no program runs in"),
        (["debug", "--from", good, "--cluster", "default", "hello"], "contradict"),
      ] {
        let result = try home.run(arguments)
        #expect(
          result.status == 2 && result.errorLines.count == 1 && result.errors.contains(reason), "\(arguments) \(result)"
        )
      }
      #expect(try home.tctl("up", "--from", good).status == 0)
      #expect(try home.tctl("down").status == 0)
    }

    private static let slow = """
      #include <stdio.h>
      int main(void) {
        dprintf(1, "begun\\n");
        for (volatile long i = 0; i < 10000000; i++) {}
        dprintf(1, "ended\\n");
        return 3;
      }
      """

    @Test(
      "a program on the machine of a checkpoint ends as on the cluster, and a copy of a running cluster can be debugged"
    )
    func copies() throws {
      let home = try TestHome()
      let file = home.path + "/machine"
      #expect(try home.tctl("up", "--stations", "1").status == 0)
      #expect(try home.tctl("submit", "hello").status == 0)
      #expect(try home.tctl("checkpoint", "default", file).status == 0)
      let port = 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 30_000
      let debug = try home.start("debug", "--cluster", "default", "--port", "\(port)", "hello")
      // A client of GDB's protocol that leaves at once: the machine begins.
      let leave =
        "until exec 3<>/dev/tcp/127.0.0.1/\(port); do sleep 0.1; done 2>/dev/null; printf '+$D#44' >&3; head -c 7 <&3"
      #expect(
        try Tool.Running(["-c", leave], environment: home.environment, executable: "/bin/bash").finish().output
          == "+$OK#9a")
      let debugged = debug.finish()
      #expect(debugged.status == 0 && debugged.output.contains("hello from processor 3"), "\(debugged)")
      let report = try Wire.decode(
        RunReport.self, from: Data(try home.run(["run", "--json", "--from", file, "hello"]).output.utf8))
      #expect(try home.tctl("submit", "hello").output == report.output)
      #expect(try home.tctl("digest").output == (report.digest ?? "") + "\n")
      // A program that has said something and computes on.
      let source = try home.file("slow.c", Array(Self.slow.utf8))
      #expect(try home.tctl("build", source, "-o", home.path + "/slow").status == 0)
      let slow = try home.start("submit", home.path + "/slow")
      #expect(slow.waitFor("begun"))
      #expect(try home.tctl("checkpoint", "default", file).status == 0)
      let resumed = try home.run(["run", "--from", file])
      #expect(resumed.status == 3 && resumed.output == "begun\nended\n", "\(resumed)")
      #expect(slow.finish().output == resumed.output)
      #expect(try home.tctl("down").status == 0)
      let nowhere = try home.run(["debug", "--cluster", "default", "hello"])
      #expect(nowhere.status == 70 && nowhere.errorLines.count == 1, "\(nowhere)")
    }
  }
}

extension TestHome {
  fileprivate func run(_ arguments: [String]) throws -> Tool.Result {
    try Tool.Running(arguments, environment: environment).finish()
  }
}
