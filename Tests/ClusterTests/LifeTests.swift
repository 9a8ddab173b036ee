import Foundation
import Testing

extension OnACluster {
  @Suite("A cluster's life")
  struct LifeTests {
    @Test(
      "down leaves no process and no file; the home goes with the last cluster; down again is told that there is nothing"
    )
    func down() throws {
      let home = try TestHome()
      #expect(try home.tctl("up", "one", "--stations", "2").status == 0)
      let other = try home.tctl("up", "two", "--stations", "1")
      #expect(other.status == 0, "\(other)")
      let again = try home.tctl("up", "one")
      #expect(again.status == 70 && again.errorLines.count == 1 && again.errors.contains("tctl down one"), "\(again)")
      // The two do not know of each other.
      #expect(try home.tctl("submit", "-c", "one", "hello").status == 0)
      let (first, second) = (try home.pids("one"), try home.pids("two"))
      #expect(first.count == 2 && second.count == 1)
      #expect(try home.tctl("down", "one").status == 0)
      #expect(first.allSatisfy { !TestHome.isAlive($0) })
      #expect(second.allSatisfy(TestHome.isAlive))
      #expect(!FileManager.default.fileExists(atPath: home.folder("one")))
      #expect(try home.tctl("submit", "-c", "two", "hello").status == 0)
      #expect(try home.tctl("down", "two").status == 0)
      #expect(second.allSatisfy { !TestHome.isAlive($0) })
      #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
      let nothing = try home.tctl("down", "two")
      #expect(nothing.status == 70 && nothing.errorLines.count == 1)
    }

    @Test("when a daemon dies, a program's reader learns which station it was, and down cleans up")
    func death() throws {
      let home = try TestHome()
      #expect(try home.tctl("up").status == 0)
      let pids = try home.pids()
      let running = try home.start("submit", "forever")
      #expect(try wait { try home.tctl("jobs").output.contains(" running ") })
      #expect(wait { Self.lastKnown(home).contains("\"active_jobs\":1") })
      kill(pids[2], SIGKILL)
      let result = running.finish(timeout: 30)
      #expect(result.status == 70, "\(result)")
      #expect(result.errorLines.count == 1 && result.errors.contains("station 2"), "\(result.errors)")
      let status = try home.tctl("status")
      #expect(status.status == 70 && status.errors.contains("station 2"), "\(status)")
      #expect(status.output.contains("has died"))
      // What was last known stands there as such.
      #expect(
        status.output.contains(#/has failed: .*\nlast known, .*Tornado on 16 processors, cycle \d+, 1 program\n/#))
      let report = try home.tctl("status", "--json")
      #expect(report.output.contains("\"last_known\"") && report.output.contains("\"active_jobs\" : 1"), "\(report)")
      let again = try home.tctl("up")
      #expect(again.status == 70 && again.errors.contains("tctl down"), "\(again)")
      let submit = try home.tctl("submit", "hello")
      #expect(submit.status == 70 && submit.errors.contains("station 2"), "\(submit)")
      #expect(try home.tctl("down").status == 0)
      #expect(pids.allSatisfy { !TestHome.isAlive($0) })
      #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
    }

    @Test("an idle cluster's daemons can all be killed, and status and down cope")
    func stale() throws {
      let home = try TestHome()
      #expect(try home.tctl("up", "--stations", "2").status == 0)
      #expect(wait { Self.lastKnown(home).contains("\"ready_processors\":8") })
      for pid in try home.pids() { kill(pid, SIGKILL) }
      let status = try home.tctl("status")
      #expect(status.status == 70 && status.errorLines.count == 1, "\(status)")
      #expect(status.output.contains("Tornado on 8 processors") && status.output.contains(", 0 programs"), "\(status)")
      // Without it nothing is made up.
      try FileManager.default.removeItem(atPath: home.folder() + "/last-status.json")
      let unknown = try home.tctl("status").output
      #expect(unknown.contains("is not known") && !unknown.contains("cycle"), "\(unknown)")
      #expect(try home.tctl("down").status == 0)
      #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
    }

    /// What station 0 has left of the cluster's state.
    private static func lastKnown(_ home: TestHome) -> String {
      (try? String(contentsOfFile: home.folder() + "/last-status.json", encoding: .utf8)) ?? ""
    }

    @Test(
      "a cluster whose folder is removed ends, its log says why, and its sockets are gone, wherever they were",
      arguments: ["", String(repeating: "-long", count: 30)])
    func folderRemoved(suffix: String) throws {
      let home = try TestHome(suffix: suffix)
      #expect(try home.tctl("up", "--stations", "2").status == 0)
      let pids = try home.pids()
      let sockets = try home.socketFolder()
      #expect((sockets == nil) == suffix.isEmpty)
      let log = home.path + "/log"
      try FileManager.default.linkItem(atPath: home.folder() + "/station-0.log", toPath: log)
      try FileManager.default.removeItem(atPath: home.folder())
      #expect(wait(20) { !pids.contains(where: TestHome.isAlive) })
      #expect(try String(contentsOfFile: log, encoding: .utf8).contains("was removed"))
      #expect(sockets.map(FileManager.default.fileExists(atPath:)) != true)
      for pid in pids where TestHome.isAlive(pid) { kill(pid, SIGKILL) }
    }

    @Test("a busy control port is named, and nothing is left of the attempt")
    func busyPort() throws {
      let busy = try Control.address(try SharedCluster.running())
      let home = try TestHome()
      let result = try home.tctl("up", "--stations", "2", "--control", "127.0.0.1:\(busy.port)")
      #expect(result.status == 70 && result.errorLines.count == 1, "\(result)")
      #expect(result.errors.contains("127.0.0.1:\(busy.port)") && result.errors.contains("in use"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
    }

    @Test("a home with a path too long for sockets works")
    func longPath() throws {
      let home = try TestHome(suffix: String(repeating: "-long", count: 30))
      #expect(try home.tctl("up", "--stations", "2").status == 0)
      let sockets = try #require(try home.socketFolder())
      #expect(try home.tctl("submit", "hello").status == 0)
      #expect(try home.tctl("down").status == 0)
      #expect(!FileManager.default.fileExists(atPath: sockets))
    }

    @Test("a home whose name is no text works, and its bytes stand in what is said")
    func odd() throws {
      let home = try TestHome()
      try home.keepJanitor()
      let script = """
        cd '\(home.path)' && mkdir home && cd home && TORNADO_HOME=$(printf 'h\\377') && export TORNADO_HOME
        PATH='\(Tool.folder)':$PATH
        tctl up --stations 2 >/dev/null && tctl submit hello && tctl checkpoint default "$(printf 'c\\376')"
        ls -d h*/default c* | od -An -c
        tctl down && ls && TORNADO_HOME="$TORNADO_HOME/none" tctl status
        touch f; TORNADO_HOME="$PWD/$(printf 'f/\\377')" tctl up 2>&1 | od -An -c
        """
      let result = try Tool.Running(["-c", script], environment: home.environment, executable: "/bin/sh").finish()
      #expect(result.output.hasPrefix("hello from"), "\(result)")
      #expect(result.output.contains(" h 377   /   d   e") || result.output.contains("h 377"), "\(result)")
      #expect(result.output.contains("376"), "\(result)")
      #expect(result.errors.hasSuffix("tctl: no cluster is called 'default'; start one with 'tctl up'\n"), "\(result)")
    }

    @Test("an idle cluster uses less than 2 % of a core")
    func idle() throws {
      let home = try SharedCluster.running()
      let pids = try home.pids()
      func ticks() throws -> Int {
        try pids.reduce(0) { sum, pid in
          let fields = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ")").last!
            .split(separator: " ")
          return sum + Int(fields[11])! + Int(fields[12])!
        }
      }
      // Until the kernel has cleaned up after other tests.
      #expect(try home.tctl("digest").status == 0)
      let before = try ticks()
      let seconds: UInt32 = 3
      sleep(seconds)
      let used = Double(try ticks() - before) / Double(sysconf(Int32(_SC_CLK_TCK)))
      #expect(used / Double(seconds) < 0.02, "\(used) s of processor time in \(seconds) s")
    }
  }
}
