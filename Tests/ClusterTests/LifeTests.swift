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
      #expect(
        try { () -> Bool in
          for _ in 0..<300 { if try home.tctl("jobs").output.contains(" running ") { return true } }
          return false
        }())
      kill(pids[2], SIGKILL)
      let result = running.finish(timeout: 30)
      #expect(result.status == 70, "\(result)")
      #expect(result.errorLines.count == 1 && result.errors.contains("station 2"), "\(result.errors)")
      let status = try home.tctl("status")
      #expect(status.status == 70 && status.errors.contains("station 2"), "\(status)")
      #expect(status.output.contains("has died"))
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
      for pid in try home.pids() { kill(pid, SIGKILL) }
      let status = try home.tctl("status")
      #expect(status.status == 70 && status.errorLines.count == 1, "\(status)")
      #expect(try home.tctl("down").status == 0)
      #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
    }

    @Test("a cluster whose folder is removed ends, and its log says why")
    func folderRemoved() throws {
      let home = try TestHome()
      #expect(try home.tctl("up", "--stations", "2").status == 0)
      let pids = try home.pids()
      let log = home.path + "/log"
      try FileManager.default.linkItem(atPath: home.folder() + "/station-0.log", toPath: log)
      try FileManager.default.removeItem(atPath: home.folder())
      for _ in 0..<200 where pids.contains(where: TestHome.isAlive) { usleep(50_000) }
      #expect(pids.allSatisfy { !TestHome.isAlive($0) })
      #expect(try String(contentsOfFile: log, encoding: .utf8).contains("was removed"))
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
      let state = try String(contentsOfFile: home.folder() + "/cluster.json", encoding: .utf8)
      let sockets = try #require(state.split(separator: "\"").first { $0.hasPrefix("/tmp/tornado-") })
      #expect(try home.tctl("submit", "hello").status == 0)
      #expect(try home.tctl("down").status == 0)
      #expect(!FileManager.default.fileExists(atPath: String(sockets)))
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
      usleep(500_000)
      let before = try ticks()
      sleep(5)
      let used = Double(try ticks() - before) / Double(sysconf(Int32(_SC_CLK_TCK)))
      #expect(used / 5 < 0.02, "\(used) s of processor time in 5 s")
    }
  }
}
