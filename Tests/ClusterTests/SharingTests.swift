import ControlAPI
import Foundation
import GuestCompiler
import NUMAchine
import Profiles
import Testing

@Suite("The report on sharing")
struct SharingReportTests {
  private let profile = try! Profiles.named("numachine")!
  private let names = SharingNames(kernel: SymbolTable([]), program: nil)

  private func entry(
    _ word: UInt64, processor: Int, cycles: UInt64, true trueSharing: UInt32 = 0, false falseSharing: UInt32 = 0, upgrades: UInt32 = 0
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
      entry(0x1070, processor: 3, cycles: 5, false: 3, upgrades: 4), entry(1 << 32 | 0x2000, processor: 2, cycles: 1000, true: 1),
      entry(0x3000, processor: 2, cycles: 9000, upgrades: 7),
    ])
    #expect(report.lines.map(\.address) == ["0x100002000", "0x1000"], "upgrades alone are no line")
    #expect(report.lines.map(\.station) == [1, 0])
    let line = report.lines[1]
    #expect(line.processors == [0, 1, 3] && line.words.map(\.offset) == [8, 0x70] && line.words[0].processors == [0, 1])
    #expect(line.cost.cycles == 35 && line.cost.trueSharing == 3 && line.cost.falseSharing == 3 && line.cost.upgrades == 4)
    #expect(report.total.cycles == 1035 && report.furtherLines == 0 && report.furtherCost.misses == 0)
  }

  @Test("what is not shown is summed up")
  func further() {
    var rest = entry(SharingEntry.rest, processor: 0, cycles: 7, false: 1)
    rest.virtual = 0
    let report = report([entry(0x1000, processor: 0, cycles: 9, true: 1), entry(0x2000, processor: 0, cycles: 8, true: 1), rest], top: 1)
    #expect(report.lines.map(\.address) == ["0x1000"])
    #expect(report.furtherLines == 1 && report.furtherCost.cycles == 15 && report.furtherCost.misses == 2 && report.total.cycles == 24)
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
    #expect(Set((word["cost"] as? [String: Any] ?? [:]).keys) == ["cycles", "true_sharing", "false_sharing", "upgrades"])
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
      // How often they meet is a matter of their phases. In memory that another program has had, the first miss may be a true one: the kernel has cleared it.
      #expect(total.cost.trueSharing > 20 && total.cost.falseSharing == 0, "\(total)")
      #expect(total.place == "the program's data" && total.words.contains { $0.code == "work" && $0.offset == 0 })
      let hits = try #require(report.lines.first { $0.words.contains { $0.symbol == "hits" } })
      #expect(hits.cost.falseSharing > 5 && hits.cost.trueSharing <= 4, "\(hits)")
      #expect(Set(hits.words.map(\.offset)).isSubset(of: [0, 8, 16, 24]) && hits.words.allSatisfy { $0.processors == [$0.offset / 8] })
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
      let report = try Wire.decode(SharingReport.self, from: Data(home.tctl("sharing", "--top", "100", "--json").output.utf8))
      try expectSums(report)
      #expect(report.program == file)
      let shown = try home.tctl("sharing", "--top", "3").output
      #expect(shown.contains("total, the program's data") && shown.contains("further lines: "), "\(shown)")
      #expect(try home.tctl("sharing", "--since-boot").output.contains("since boot"))
      #expect(try home.tctl("run", "--sharing", "--top", "3", file).output.contains("total, the program's data"))
    }

    @Test("says so when nothing is shared")
    func nothing() throws {
      let home = try TestHome()
      let result = try home.tctl("run", "--stations", "1", "--sharing", "compute", "1")
      #expect(result.status == 0 && result.output.hasSuffix("\n\nNo processor missed a line that another's write had taken away.\n"), "\(result)")
    }

    @Test("wrong arguments are refused with status 2")
    func wrong() throws {
      let home = try SharedCluster.running()
      for arguments in [["--top", "0"], ["--top", "many"], ["--top", "1001"], ["--since-boot", "--last-job"], ["--nonsense"]] {
        let result = try Tool.Running(["sharing"] + arguments, environment: home.environment).finish()
        #expect(result.status == 2 && result.errors.hasPrefix("tctl: ") && result.output.isEmpty, "\(arguments) \(result)")
      }
      for query in ["since=ever", "top=0", "top=-1", "top=x", "since=job&top=1001"] {
        #expect(try Control.send(Control.request("GET /v1/sharing?\(query)", token: Control.address(home).token), to: home).hasPrefix("HTTP/1.1 400"))
      }
    }
  }
}
