@testable import ControlAPI
import Foundation
import GuestCompiler
import NUMAchine
import Profiles
import Testing

@Suite("The report on sharing")
struct SharingReportTests {
  private let profile = try! Profiles.named("numachine")!
  private var names: SharingNames { SharingNames(kernel: SymbolTable([]), program: nil, profile: profile) }

  private func entry(
    _ word: UInt64, processor: Int, cycles: UInt64, true trueSharing: UInt32 = 0, false falseSharing: UInt32 = 0,
    upgrades: UInt32 = 0
  ) -> SharingEntry {
    var entry = SharingEntry()
    entry.word = word
    entry.virtual = 0xA800_0000_0000_0000 | word
    entry.processor = UInt16(processor)
    entry.ticks = cycles * 4
    (entry.trueSharing, entry.falseSharing, entry.upgrades) = (trueSharing, falseSharing, upgrades)
    return entry
  }

  private func report(_ entries: [SharingEntry], top: Int = 10) -> SharingReport {
    SharingReport(cycle: 5, program: "x", entries: entries, names: names, profile: profile, top: top)
  }

  @Test("lines are put together from words and processors, the dearest first")
  func lines() {
    let report = report([
      entry(0x1008, processor: 1, cycles: 10, true: 1), entry(0x1008, processor: 0, cycles: 20, true: 2),
      entry(0x1070, processor: 3, cycles: 5, false: 3, upgrades: 4),
      entry(1 << 32 | 0x2000, processor: 2, cycles: 1000, true: 1),
      entry(0x3000, processor: 2, cycles: 9000, upgrades: 7),
    ])
    #expect(report.lines.map(\.address) == ["0x100002000", "0x1000"], "upgrades alone are no line")
    #expect(report.lines.map(\.station) == [1, 0])
    let line = report.lines[1]
    #expect(
      line.processors == [0, 1, 3] && line.words.map(\.offset) == [8, 0x70] && line.words[0].processors == [0, 1])
    #expect(
      line.cost.cycles == 35 && line.cost.trueSharing == 3 && line.cost.falseSharing == 3 && line.cost.upgrades == 4)
    #expect(report.total.cycles == 1035 && report.furtherLines == 0 && report.furtherCost.misses == 0)
  }

  @Test("what is not shown is summed up")
  func further() {
    var rest = entry(SharingEntry.rest, processor: 0, cycles: 7, false: 1)
    rest.virtual = 0
    let report = report(
      [entry(0x1000, processor: 0, cycles: 9, true: 1), entry(0x2000, processor: 0, cycles: 8, true: 1), rest], top: 1)
    #expect(report.lines.map(\.address) == ["0x1000"])
    #expect(
      report.furtherLines == 1 && report.furtherCost.cycles == 15 && report.furtherCost.misses == 2
        && report.total.cycles == 24)
  }

  @Test(
    "what has no name is told by the kind of memory it is in",
    arguments: [
      (0x1234_0000, 0x90_0000, "data or heap of the program in address space 3"),
      (0x2345_0000, 0x90_0000, "mapped memory or a thread's stack of"),
      (0x7010_4040, 0x90_0000, "library heap, a processor's pools of"),
      (0x7210_7000, 0x90_0000, "processors' blocks of clustered objects of"),
      (0x7FFF_0000, 0x90_0000, "first thread's stack of"),
      (0xA800_0002_001F_4000, 0x2_001F_4000, "processor 9's own pages"),
      (0xFFFF_FFFF_FFFF_8010, 0x1_003F_0010, "processor 7's own pages"),
      (0xA800_0001_001F_8000, 0x1_001F_8000, "processor 5's idle thread"),
      (0xA800_0001_000F_C080, 0x1_000F_C080, "processor 4's lines for calls from others"),
      (0xA800_0001_004F_C080, 0x1_004F_C080, "page frames"),
      (0xFFFF_FFFF_D000_0100, 0x90_0000, "the kernel's translation table"),
      (0xA800_0003_0090_0000, 0x3_0090_0000, "page frames: the kernel's heap"),
      (0xA800_0000_0FF0_0000, 0x0FF0_0000, "records from outside"),
      (0xA800_0001_0FF0_0000, 0x1_0FF0_0000, "page frames"),
      (0xFFFF_FFFF_8018_0000, 0x18_0000, "the kernel's data"),
    ] as [(UInt64, UInt64, String)])
  func kinds(address: UInt64, physical: UInt64, words: String) {
    var entry = entry(physical, processor: 0, cycles: 9, true: 1)
    entry.virtual = address
    entry.asid = 3
    let place = report([entry]).lines[0].place
    #expect(place.hasPrefix(words), "\(place)")
  }

  @Test("the map of memory is the kernel's")
  func map() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Sources/TornadoNode"
    ).standardizedFileURL
    func numbers(_ file: String) throws -> Set<UInt64> {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8).replacingOccurrences(
        of: "_", with: "")
      return Set(text.matches(of: #/0x([0-9A-Fa-f]+)/#).compactMap { UInt64($0.1, radix: 16) })
    }
    let layout = try numbers("include/layout.h")
    for range in MemoryMap.station where range.start != 0 && range.start != 0x4000 {
      #expect(layout.contains(range.start), "\(range)")
    }
    #expect(layout.contains(MemoryMap.kernelTable) && layout.contains(MemoryMap.ownPages))
    let places = try numbers("include/abi/memory.h")
    for range in MemoryMap.program
    where [0x2000_0000, 0x7000_0000, 0x7010_0000, 0x7200_0000, 0x7210_3000, 0x7E00_0000].contains(range.start) {
      #expect(places.contains(range.start), "\(range)")
    }
    #expect(MemoryMap.program.map(\.start) == MemoryMap.program.map(\.start).sorted())
    #expect(MemoryMap.station.map(\.start) == MemoryMap.station.map(\.start).sorted())
  }

  @Test("it has the schema's form and comes back as it was sent")
  func form() throws {
    let report = report([entry(0x1000, processor: 0, cycles: 9, true: 1)])
    let data = Wire.encode(report)
    #expect(try Wire.decode(SharingReport.self, from: data) == report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(object.keys) == ["schema", "cycle", "program", "total", "lines", "further_lines", "further_cost"])
    let line = try #require((object["lines"] as? [[String: Any]])?.first)
    #expect(Set(line.keys) == ["address", "station", "virtual_address", "place", "processors", "cost", "words"])
    let word = try #require((line["words"] as? [[String: Any]])?.first)
    #expect(Set(word.keys) == ["offset", "address", "processors", "instruction", "cost"])
    #expect(
      Set((word["cost"] as? [String: Any] ?? [:]).keys) == ["cycles", "true_sharing", "false_sharing", "upgrades"])
  }
}

extension OnACluster {
  @Suite("tctl sharing")
  struct SharingTests {
    /// Everyone adds to `total`, each has a word of `hits`, and a line of `own`.
    private static let source = """
      #include <tornado.h>
      _Alignas(TORNADO_LINE) uint64_t total[16], hits[16], own[16][16], arrived[16], finished[16];
      static void work(void *argument) {
        volatile uint64_t *hit = &hits[(long)argument], *mine = own[(long)argument];
        tornado_fetch_add(arrived, 1);
        while (*(volatile uint64_t *)arrived < 4) {}
        for (int i = 0; i < 200; i++) {
          tornado_fetch_add(total, 1);
          *hit += 1;
          *mine += 1;
        }
        tornado_fetch_add(finished, 1);
      }
      int main(void) {
        for (long n = 1; n < 4; n++) tornado_spawn(n, work, (void *)n);
        work(0);
        while (*(volatile uint64_t *)finished < 4) {}
        return 0;
      }
      """

    private func program(_ home: TestHome) throws -> String {
      let source = try home.file("sums.c", Array(Self.source.utf8))
      #expect(try home.tctl("build", source, "-o", home.path + "/sums").status == 0)
      return home.path + "/sums"
    }

    private func expectSums(_ report: SharingReport) throws {
      let total = try #require(report.lines.first { $0.words.contains { $0.symbol == "total" } })
      // How often they meet is a matter of their phases. In memory that another program has had, the first
      // miss may be a true one: the kernel has cleared it.
      #expect(total.cost.trueSharing > 20 && total.cost.falseSharing == 0, "\(total)")
      #expect(total.place == "the program's data" && total.words.contains { $0.code == "work" && $0.offset == 0 })
      let hits = try #require(report.lines.first { $0.words.contains { $0.symbol == "hits" } })
      #expect(hits.cost.falseSharing > 5 && hits.cost.trueSharing <= 4, "\(hits)")
      #expect(
        Set(hits.words.map(\.offset)).isSubset(of: [0, 8, 16, 24])
          && hits.words.allSatisfy { $0.processors == [$0.offset / 8] })
      let own = report.lines.filter { $0.words.contains { $0.symbol == "own" } }
      #expect(own.allSatisfy { $0.cost.trueSharing <= 1 && $0.cost.falseSharing == 0 }, "\(own)")
    }

    @Test("names what a program's processors share, and whether truly or falsely, in one process and on a cluster")
    func names() throws {
      let home = try SharedCluster.running()
      let file = try program(home)
      let alone = try home.tctl("run", "--sharing", "--top", "100", "--json", file)
      try expectSums(try #require(try Wire.decode(RunReport.self, from: Data(alone.output.utf8)).sharing))
      #expect(try home.tctl("submit", file).status == 0)
      let report = try Wire.decode(
        SharingReport.self, from: Data(home.tctl("sharing", "--top", "100", "--json").output.utf8))
      try expectSums(report)
      #expect(report.program == file)
      let shown = try home.tctl("sharing", "--top", "3").output
      #expect(shown.contains("total, the program's data") && shown.contains("further lines: "), "\(shown)")
      #expect(try home.tctl("sharing", "--since-boot").output.contains("since boot"))
      #expect(try home.tctl("run", "--sharing", "--top", "3", file).output.contains("total, the program's data"))
    }

    @Test("over a time it counts what was lost in it, under the names of the program that runs")
    func span() throws {
      let home = try TestHome()
      #expect(try home.tctl("up", "--daemons", "1").status == 0)
      let running = try home.start("submit", "sharing", "--updates", "1000000")
      while try !home.tctl("jobs").output.contains(" running ") {}
      let report = try Wire.decode(
        SharingReport.self, from: Data(home.tctl("sharing", "--seconds", "1", "--json").output.utf8))
      let boot = try Wire.decode(
        SharingReport.self, from: Data(home.tctl("sharing", "--since-boot", "--json").output.utf8))
      #expect(
        report.program == nil && report.total.misses > 0 && report.total.misses < boot.total.misses,
        "\(report.total) of \(boot.total)")
      #expect(report.lines.first?.place.hasPrefix("the program's mapped memory") == true, "\(report.lines)")
      #expect(try home.tctl("kill", "1").status == 0)
      _ = running.finish()
      while try !home.tctl("status").output.contains("idle") {}
      let still = try home.tctl("sharing", "--seconds", "1")
      #expect(still.output.contains("over 1 s") && still.output.contains("No processor missed"), "\(still)")
      #expect(try home.tctl("down").status == 0)
    }

    @Test("says so when nothing is shared")
    func nothing() throws {
      let home = try TestHome()
      let result = try home.tctl("run", "--stations", "1", "--sharing", "compute", "1")
      #expect(
        result.status == 0
          && result.output.hasSuffix("\n\nNo processor missed a line that another's write had taken away.\n"),
        "\(result)")
    }

    @Test("wrong arguments are refused with status 2")
    func wrong() throws {
      let home = try SharedCluster.running()
      for arguments in [
        ["--top", "0"], ["--top", "many"], ["--top", "1001"], ["--since-boot", "--last-job"], ["--seconds", "0"],
        ["--seconds", "5", "--last-job"],
        ["--nonsense"],
      ] {
        let result = try Tool.Running(["sharing"] + arguments, environment: home.environment).finish()
        #expect(
          result.status == 2 && result.errors.hasPrefix("tctl: ") && result.output.isEmpty, "\(arguments) \(result)")
      }
      for query in [
        "since=ever", "top=0", "top=-1", "top=x", "since=job&top=1001", "seconds=0", "seconds=x", "seconds=1&since=job",
      ] {
        #expect(
          try Control.send(Control.request("GET /v1/sharing?\(query)", token: Control.address(home).token), to: home)
            .hasPrefix("HTTP/1.1 400"))
      }
    }
  }
}
