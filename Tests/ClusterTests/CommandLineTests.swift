import Foundation
import Testing

@Suite("What tctl says without a cluster")
struct CommandLineTests {
  /// One line, exit status 2, nothing on standard output.
  private func expectRefusal(
    _ result: Tool.Result, _ words: String, status: Int32 = 2, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result)", sourceLocation: sourceLocation)
    #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, "\(result.output)", sourceLocation: sourceLocation)
  }

  @Test(
    "refuses a program's file that is none, in one line and with status 2",
    arguments: [
      ("text", Array("no program".utf8), "not an ELF file"),
      ("other-machine", TestELF(machine: 62).bytes, "MIPS"),
      ("truncated", Array(TestELF().bytes.prefix(70)), "truncated"),
      ("kernel", TestELF(entry: 0x8000_0000, address: 0x8000_0000).bytes, "overlaps kernel addresses"),
    ] as [(String, [UInt8], String)])
  func badFile(name: String, bytes: [UInt8], words: String) throws {
    let home = try TestHome()
    let file = try home.file(name, bytes)
    expectRefusal(try home.tctl("run", file), words)
  }

  @Test("refuses what is not there")
  func absent() throws {
    let home = try TestHome()
    expectRefusal(try home.tctl("run", "/no/such/file"), "there is no file")
    expectRefusal(try home.tctl("run", "no-such-program"), "tctl workloads")
    expectRefusal(try home.tctl("run", home.path), "is a directory")
    expectRefusal(try home.tctl("run", "--profile", "no-such-profile", "hello"), "neither a profile that ships")
    expectRefusal(try home.tctl("up", "--profile", "/no/such/profile"), "there is no profile")
    expectRefusal(try home.tctl("run", "--kernel", "/no/such/image", "hello"), "no Tornado image in /no/such/image")
    let file = try home.file("text", Array("no image".utf8))
    expectRefusal(try home.tctl("up", "--kernel", file), "is no little-endian ELF64 MIPS file")
    #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
  }

  @Test("refuses a profile with impossible numbers and names the line")
  func badProfile() throws {
    let home = try TestHome()
    let good = try home.tctl("profiles", "numachine").output
    let changes = [
      ("secondary_line_bytes          = 128", "secondary_line_bytes = 127"),
      ("processors_per_station        = 4", "processors_per_station = 0"),
      ("dram                          = 195", "dram = fast"), ("fill                          = 225", "# fill"),
    ]
    for (index, change) in changes.enumerated() {
      #expect(good.contains(change.0))
      let file = try home.file("profile-\(index)", Array(good.replacingOccurrences(of: change.0, with: change.1).utf8))
      let name = String(change.0.prefix { $0 != " " })
      expectRefusal(try home.tctl("run", "--profile", file, "hello"), name)
      expectRefusal(try home.tctl("up", "--profile", file), name)
    }
    #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
  }

  @Test("refuses more processors and stations than there are")
  func tooMany() throws {
    let home = try TestHome()
    expectRefusal(try home.tctl("run", "--processors", "17", "hello"), "16 processors, not 17")
    expectRefusal(try home.tctl("run", "--stations", "1", "--processors", "5", "hello"), "4 processors, not 5")
    expectRefusal(try home.tctl("run", "--processors", "0", "hello"), "at least 1")
    expectRefusal(try home.tctl("run", "--stations", "17", "hello"), "1 to 16 stations")
    expectRefusal(try home.tctl("up", "--stations", "0"), "1 to 16 stations")
    expectRefusal(try home.tctl("up", "--daemons", "5"), "1 to 4 daemons")
  }

  @Test("answers wrong usage with status 2")
  func wrongUsage() throws {
    let home = try TestHome()
    for arguments in [
      ["nonsense"], ["run"], ["run", "--nonsense", "hello"], ["up", "--stations", "many"], ["kill", "one"],
      ["build", "x.swift"],
    ] {
      let result = try Tool.Running(arguments, environment: home.environment).finish()
      #expect(result.status == 2, "\(arguments) \(result)")
      #expect(result.errors.hasPrefix("tctl: "))
    }
    #expect(try home.tctl("--help").status == 0)
    expectRefusal(try home.tctl("up", "a/b"), "no name for a cluster")
  }

  @Test("says in one line that a cluster is not there, with status 70")
  func noCluster() throws {
    let home = try TestHome()
    for arguments in [
      ["down"], ["status"], ["jobs"], ["counters"], ["sharing"], ["digest"], ["kill", "1"], ["submit", "hello"],
      ["down", "other"],
    ] {
      expectRefusal(
        try Tool.Running(arguments, environment: home.environment).finish(), "no cluster is called", status: 70)
    }
    home.environment["TORNADO_CLUSTER"] = "127.0.0.1:1"
    expectRefusal(try home.tctl("status"), "TORNADO_TOKEN")
    home.environment["TORNADO_TOKEN"] = "0123456789abcdef"
    expectRefusal(try home.tctl("status"), "no cluster answers at 127.0.0.1:1", status: 70)
  }

  @Test("lists programs and profiles, a line each")
  func lists() throws {
    let home = try TestHome()
    let workloads = try home.tctl("workloads").output
    for name in ["hello", "latency", "counter"] {
      #expect(workloads.split(separator: "\n").contains { $0.hasPrefix(name + " ") })
    }
    #expect(try home.tctl("profiles").output.contains("numachine"))
  }

  @Test("arguments, files' names and output are bytes from end to end")
  func bytes() throws {
    let home = try TestHome()
    let source = try home.file(
      "echo.c",
      Array(
        """
        #include <stdio.h>
        int main(int count, char **words) {
          printf("%s", words[count - 1]);
          return 0;
        }
        """.utf8))
    #expect(try home.tctl("build", source, "-o", home.path + "/echo").status == 0)
    let script = """
      cd '\(home.path)' && folder=$(printf 'd\\377') && mkdir "$folder" && mv echo "$folder/e" || exit 99
      '\(Tool.folder)/tctl' run --stations 1 "$folder/e" "$(printf 'a\\377b')" | od -An -tx1
      '\(Tool.folder)/tctl' run --stations 1 --json "$folder/e" "$(printf 'a\\377b')"
      '\(Tool.folder)/tctl' run "$folder/none" 2>&1 | od -An -c
      """
    let result = try Tool.Running(["-c", script], environment: home.environment, executable: "/bin/sh").finish()
    #expect(result.output.hasPrefix(" 61 ff 62\n"), "\(result)")
    #expect(result.output.contains(#""output_base64":"Yf9i""#), "\(result)")
    #expect(result.output.contains("377"), "\(result)")
  }

  @Test("ended by a signal, build leaves neither tools nor folders, and debug no folder")
  func signals() throws {
    let home = try TestHome()
    home.environment["TMPDIR"] = home.path
    let source = try home.file("p.swift", Array("print(1)\n".utf8))
    let build = try home.start("build", source, "-o", home.path + "/p")
    func tools() -> [String] {
      let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int32($0) != nil } ?? []
      return pids.filter { pid in
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        let words = String(decoding: line, as: UTF8.self)
        return words.contains(home.path) && !words.hasPrefix(Tool.folder)
      }
    }
    for _ in 0..<2000 where tools().isEmpty { usleep(5_000) }
    #expect(!tools().isEmpty)
    kill(build.process.processIdentifier, SIGTERM)
    #expect(build.finish().status == 128 + SIGTERM)
    #expect(tools().isEmpty)
    let left = FileManager.default.subpaths(atPath: home.path) ?? []
    #expect(!left.contains { $0.contains("guestc-") || $0.contains("/built-") }, "\(left)")

    let debug = try home.start("debug", "--port", "0", "--stations", "1", "hello")
    let folder = { () -> Substring? in
      let words = debug.errorsSoFar.split(separator: "'").first { $0.hasPrefix("add-symbol-file ") }
      return words?.dropFirst("add-symbol-file ".count).dropLast("/program".count)
    }
    for _ in 0..<2000 where folder() == nil { usleep(5_000) }
    let path = String(try #require(folder()))
    #expect(FileManager.default.fileExists(atPath: path))
    kill(debug.process.processIdentifier, SIGINT)
    #expect(debug.finish().status == 128 + SIGINT)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a full disk is one line with path and reason")
  func fullDisk() throws {
    let home = try TestHome()
    let source = try home.file("p.c", Array("int main(void) { return 0; }\n".utf8))
    expectRefusal(try home.tctl("build", source, "-o", "/dev/full/p"), "not a directory")
    let script = "ulimit -f 1; trap '' XFSZ; '\(Tool.folder)/tctl' up --stations 1"
    let result = try Tool.Running(["-c", script], environment: home.environment, executable: "/bin/sh").finish()
    expectRefusal(result, "cannot write \(home.path)/home/default/", status: 70)
    #expect(result.errors.contains("file too large"), "\(result)")
  }

  @Test("compiles a program and shows the compiler's own words for one that is wrong")
  func build() throws {
    let home = try TestHome()
    let right = try home.file("right.swift", Array("print(\"right\")\n".utf8))
    #expect(try home.tctl("build", right, "-o", home.path + "/right").status == 0)
    let wrong = try home.file("wrong.swift", Array("let x: Int = \"text\"\n".utf8))
    let result = try home.tctl("build", wrong, "-o", home.path + "/wrong")
    #expect(result.status == 1)
    #expect(result.errors.contains("wrong.swift:1:"))
    #expect(!FileManager.default.fileExists(atPath: home.path + "/wrong"))
    expectRefusal(try home.tctl("build", "/no/such.swift", "-o", "x"), "/no/such.swift")
  }
}
