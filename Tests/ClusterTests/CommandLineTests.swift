import Foundation
import TestSupport
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
      ("kernel", TestELF(entry: 0x100_0000_0000, address: 0x100_0000_0000).bytes, "overlaps kernel addresses"),
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

  @Test("says what was done with options of its own that stand after the program's name")
  func lateOptions() throws {
    let home = try TestHome()
    for (words, told) in [
      (["run", "hello", "--stations=1", "-x"], "tctl: --stations=1 went to the program"),
      (["debug", "counter", "--port", "0"], "tctl: --port went to the program"),
      (["submit", "hello", "-c", "x", "--processors", "4"], "tctl: -c --processors went to the program"),
    ] {
      let running = try Tool.Running(words, environment: home.environment)
      #expect(running.waitForError("\n"), "\(words)")
      #expect(running.errorsSoFar.hasPrefix(told), "\(words): \(running.errorsSoFar)")
      running.process.terminate()
      _ = running.finish(timeout: 5)
    }
    for words in [["run", "hello", "--nobody's"], ["run", "hello", "--", "--stations", "1"]] {
      #expect(!(try Tool.Running(words, environment: home.environment).finish().errors.contains("went to")), "\(words)")
    }
  }

  @Test("tells its version")
  func version() throws {
    let home = try TestHome()
    for tool in ["tctl", "stationd"] {
      let result = try Tool.Running(["--version"], environment: home.environment, executable: tool).finish()
      #expect(result.status == 0 && result.output.hasPrefix("Tornado on NUMAchine 1."), "\(result)")
    }
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
    home.environment["XDG_CACHE_HOME"] = home.path + "/cache"
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

  @Test("what the system refuses is one line with path and reason")
  func refusals() throws {
    let home = try TestHome()
    let file = try home.file("file", [])
    let source = try home.file("p.c", Array("int main(void) { return 0; }\n".utf8))
    home.environment["TORNADO_HOME"] = file + "/home"
    expectRefusal(try home.tctl("up"), "cannot make \(file)/home: not a directory", status: 70)
    home.environment["TORNADO_HOME"] = "/proc/home"
    expectRefusal(try home.tctl("up"), "cannot make /proc/home: no such file or directory", status: 70)
    expectRefusal(try home.tctl("up", "--from", home.path), "cannot read \(home.path): is a directory")
    expectRefusal(try home.tctl("stubs", file + "/x.swift", "-o", file), "cannot read \(file)/x.swift: not a directory")
    let cache = home.environment["XDG_CACHE_HOME"]
    home.environment["XDG_CACHE_HOME"] = file
    expectRefusal(
      try home.tctl("build", source, "-o", home.path + "/p"), "cannot make \(file)/tornado/")
    home.environment["XDG_CACHE_HOME"] = cache
    home.environment["TMPDIR"] = "/proc/none"
    expectRefusal(try home.tctl("build", source, "-o", home.path + "/p"), "cannot make /proc/none/guestc")
  }

  @Test("compiles sources, and finds headers, in folders whose names are no text, and says the names as they are")
  func oddSources() throws {
    _ = TestHome.library
    let home = try TestHome()
    _ = try home.file(
      "p.c", Array("#include \"own.h\"\n#include <other.h>\nint main(void) { return OWN + OTHER; }\n".utf8))
    _ = try home.file("own.h", Array("#define OWN 3\n".utf8))
    _ = try home.file("other.h", Array("#define OTHER 4\n".utf8))
    _ = try home.file("p.swift", Array("print(6)\n".utf8))
    _ = try home.file("bad.c", Array("int main(void) { return nothing; }\n".utf8))
    let script = """
      cd '\(home.path)' && a=$(printf 'a\\377') && b=$(printf 'b\\376') && mkdir "$a" "$b" || exit 99
      PATH='\(Tool.folder)':$PATH
      mv p.c own.h bad.c "$a" && mv other.h "$b" && cp p.swift "$a" && mv p.swift "$(printf 'x\\375.swift')"
      tctl build "$a/p.c" "-I$b" -o "$a/p" && tctl run --stations 1 "$a/p"; echo $?
      tctl build "$a/p.swift" -o s1 && tctl run --stations 1 s1
      tctl build "$(printf 'x\\375.swift')" -o s2 && tctl run --stations 1 s2
      (cd "$a" && tctl build p.swift -o s3 && tctl run --stations 1 s3)
      tctl build "$a/bad.c" -o bad 2>&1 | head -1 | od -An -c | head -1
      """
    let result = try Tool.Running(["-c", script], environment: home.environment, executable: "/bin/sh").finish()
    #expect(result.output.hasPrefix("7\n6\n6\n6\n   a 377   /   b   a   d   .   c   :   1"), "\(result)")
  }

  @Test("keeps library, temporary files and clusters in folders that the environment names by no text")
  func oddVariables() throws {
    let home = try TestHome()
    _ = try home.file("p.swift", Array("print(6)\n".utf8))
    _ = try home.file("p.c", Array("#include <stdio.h>\nint main(void) { int unused; puts(\"7\"); return 0; }\n".utf8))
    _ = try home.file("bad.c", Array("int main(void) { return nothing; }\n".utf8))
    let script = """
      cd '\(home.path)' && a=$(printf 'a\\377') && mkdir "$a" "$a/tmp" "$a/bin" && mv bad.c "$a" || exit 99
      export XDG_CACHE_HOME="$PWD/$a/cache" TMPDIR="$PWD/$a/tmp" HOME="$PWD/$a/home" PATH="$PWD/$a/bin:\(Tool.folder):$PATH"
      tctl build p.c -o p1 && tctl run --stations 1 p1; ls "$a/cache/tornado" | sed 's/-.*//'
      tctl build p.swift -o p2 && tctl run --stations 1 p2
      unset XDG_CACHE_HOME
      tctl build "$a/bad.c" -o bad 2>&1 | head -1 | od -An -c | head -1; ls "$a/home/.cache"
      unset TORNADO_HOME
      tctl up --stations 1 one > up && head -1 up && ls "$PWD/$a/home/.tornado" && tctl down one
      export LC_ALL=C; ls "$a/tmp"; find . -name '*[![:print:]]*' -prune | od -An -c
      """
    let result = try Tool.Running(["-c", script], environment: home.environment, executable: "/bin/bash").finish()
    // (od's columns, beside which a file name that had become text would be longer.)
    let expected = """
      7
      toolchain
      6
         a 377   /   b   a   d   .   c   :   1   :   2   5   :       e
      clang
      tornado
      cluster 'one' is up: Tornado runs on 4 processors, profile numachine
      one
         .   /   a 377  \\n

      """
    #expect(result.output == expected, "\(result.output) \(result.errors)")
    #expect(result.errors.contains("p.c:2:22: warning: unused variable"), "\(result.errors)")
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

  @Test("passes the compilers' options on, and says which do not fit")
  func buildOptions() throws {
    _ = TestHome.library
    let home = try TestHome()
    let c = try home.file(
      "p.c",
      Array(
        """
        #include <math.h>
        #include <stdio.h>
        #include <value.h>
        int main(void) {
        #ifdef LOUD
          printf("%ld %d %d %.1f\\n", __STDC_VERSION__, VALUE, LIMIT, sqrt(LIMIT));
        #endif
          return 0;
        }
        """.utf8))
    let swift = try home.file("p.swift", Array("#if LOUD\nprint(\"loud\")\n#else\nprint(\"still\")\n#endif\n".utf8))
    try FileManager.default.createDirectory(atPath: home.path + "/h", withIntermediateDirectories: true)
    _ = try home.file("h/value.h", Array("#define VALUE 7\n".utf8))
    let program = home.path + "/p"
    func build(_ words: String...) throws -> Tool.Result {
      try Tool.Running(["build", "-o", program] + words, environment: home.environment).finish()
    }
    func run() throws -> String { try home.tctl("run", "--stations", "1", program).output }
    #expect(try build(c, "-std=c11", "-I\(home.path)/h", "-DLOUD", "-DLIMIT=4", "-lm", "-O").errors.isEmpty)
    #expect(try run() == "201112 7 4 2.0\n")
    #expect(try build(c, "-std", "c99", "-I", home.path + "/h", "-D", "LOUD", "-D", "LIMIT=9", "-O0").status == 0)
    #expect(try run() == "199901 7 9 3.0\n")
    #expect(try build(c, "-I\(home.path)/h", "-O3", "-std=gnu17").errors.isEmpty)
    #expect(try run().isEmpty)
    #expect(try build(swift, "-DLOUD", "-Osize").status == 0)
    #expect(try run() == "loud\n")
    for (words, told) in [
      (["-DLIMIT=4", swift], "leave '=4' away"), (["-D4", c], "-D takes NAME"), (["-O7", c], "-O7"),
      (["-std=c11", swift], "no C file"), (["-std=gnu89", c], "c99"), (["-I/no/such", c], "no folder /no/such"),
      (["-lnone", c], "no -L says where to look"), (["-lnone", "-L\(home.path)", c], "libnone.a"),
      (["--image-base", "0x120000001", c], "a multiple of 0x4000"), (["--image-base", "high", c], "0x120000000"),
      (["--image-base", "0x70100000", c], "not at 0x70000000"), (["--image-base", "0x+4000", c], "0x120000000"),
      (["--image-base", "0x10000000000", c], "below 0x10000000000"), (["--image-base", "0", c], "0x4000 or above"),
    ] {
      expectRefusal(try Tool.Running(["build", "-o", "x"] + words, environment: home.environment).finish(), told)
    }
    let kernel = try home.tctl("build", "--kernel", "x", "-O2", "-o", "y")
    #expect(kernel.status == 2 && kernel.errors.contains("are of programs, not of --kernel"), "\(kernel)")
    let wrong = try build(c, "-std=c07", "-I\(home.path)/h")
    #expect(wrong.status == 1 && wrong.errors.contains("c07"), "\(wrong)")
  }
}
