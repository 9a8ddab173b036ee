import Foundation
import GuestCompiler
import GuestImages
import Testing

@Suite(.serialized) struct ProgramTests {
  /// The rows of a measuring program's output: the words of all lines but those that begin with #.
  private func rows(_ output: String) -> [[String]] {
    output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ").map(String.init) }
  }

  @Test func `every program that ships has a line about itself`() {
    let names = GuestImages.programs.map(\.name)
    #expect(names == names.sorted())
    #expect(
      Set(names).isSuperset(of: [
        "compute", "counter", "fault", "flood", "forever", "hello", "latency", "ppc", "sharing",
      ]))
    for program in GuestImages.programs {
      #expect(!program.summary.isEmpty && GuestImages.program(program.name)?.isEmpty == false)
    }
    #expect(GuestImages.program("nothing") == nil)
  }

  @Test func `hello says hello`() throws {
    let outcome = try runShipped("hello")
    #expect(outcome.status == 0 && outcome.output == "hello from processor 0 in station 0\n")
  }

  @Test func `latency prints a row for each level of memory`() throws {
    let outcome = try runShipped("latency")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("# level cycles\n"))
    let rows = rows(outcome.output)
    #expect(rows.map(\.[0]) == ["primary", "secondary", "local"])
    for row in rows { #expect(row.count == 2 && Double(row[1]) != nil) }
  }

  @Test func `counter prints a row for each variant, and its sums are right`() throws {
    let outcome = try runShipped("counter", ["--updates", "3"])
    #expect(
      outcome.status == 0 && outcome.errors.isEmpty
        && outcome.output.hasPrefix("# variant processors cycles_per_update\n"))
    #expect(
      rows(outcome.output).map { Array($0.prefix(2)) } == [
        ["shared", "1"], ["array", "1"], ["padded", "1"], ["clustered", "1"],
      ])
  }

  @Test(arguments: [["--updates"], ["--updates", "many"], ["--updates", "0"], ["--updates", "99999999999999999999"]])
  func `a senseless option ends counter with status 2 and one line`(arguments: [String]) throws {
    let outcome = try runShipped("counter", arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors == "--updates takes a number from 1 to 1000000\n")
  }

  @Test func `compute prints the checksum that the same source has on the host`() throws {
    let scratch = try Scratch()
    // As much of the program library as one thread of it calls, for the host.
    let library = """
      #include <stdint.h>
      #include <stdlib.h>
      static inline long tornado_processors(void) { return 1; }
      static inline long tornado_spawn(long n, void (*entry)(void *), void *argument) { return -1; }
      static inline void tornado_wait_while(const uint32_t *word, uint32_t value) {}
      static inline void tornado_finish(uint32_t *word) { *word = 1; }
      static inline void *tornado_map_at(size_t bytes, long n) { return calloc(1, bytes); }
      static inline _Noreturn void tornado_exit(int status) { exit(status); }
      """
    _ = FileManager.default.createFile(atPath: scratch.path + "/tornado.h", contents: Data(library.utf8))
    let source = packageFolder + "/Workloads/compute/main.c"
    let compiled = try run(try Toolchain().clang, ["-O1", "-I", scratch.path, source, "-o", scratch.path + "/compute"])
    #expect(compiled.status == 0, "\(compiled.errors)")
    let host = try run(scratch.path + "/compute", ["3"])
    #expect(host.output.hasPrefix("3 rounds, checksum "))
    #expect(try runShipped("compute", ["3"]).output == host.output)
  }

  @Test func `sharing counts every update`() throws {
    #expect(try runShipped("sharing", ["--updates", "50"]).output == "1 processors, 50 updates of one line\n")
  }

  @Test func `flood writes exactly as much as it is told`() throws {
    let output = try runShipped("flood", ["10001"]).output
    #expect(output.utf8.count == 10001 && output.hasPrefix("0123456789"))
  }

  /// QEMU dies of the same signal by the host's number: 7 is SIGBUS, which is 10 on MIPS. For a trap on
  /// division by zero QEMU 7.2 has SIGTRAP, Linux and Tornado SIGFPE, so that one is not here.
  @Test(arguments: [
    ("store", 11), ("load", 11), ("jump", 11), ("unaligned", 7), ("illegal", 4), ("stack", 11), ("kernel", 11),
    ("break", 5),
  ])
  func `fault dies of what it is told to do`(kind: String, signal: Int32) throws {
    let outcome = try runShipped("fault", [kind])
    #expect(outcome.status == 128 + signal)
  }

  @Test func `the chain of latency is nothing but loads`() throws {
    let scratch = try Scratch()
    let image = scratch.path + "/latency"
    _ = FileManager.default.createFile(atPath: image, contents: Data(try #require(GuestImages.program("latency"))))
    let listing = try run(try Toolchain().objdump, ["-d", "--no-show-raw-insn", image]).output
    let start = try #require(listing.range(of: "<_Se4main5chase_5turnsSpyAA4NodeVGAF_SitF>:"))
    let loop = listing[start.upperBound...].components(separatedBy: "jr\t$ra")[0].split(separator: "\n")
    #expect(loop.filter { $0.contains("\tld\t") && $0.contains(", 0x0($") }.count == 256)
    #expect(loop.count < 256 + 10)
  }
}
