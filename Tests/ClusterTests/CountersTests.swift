import ControlAPI
import Foundation
import Testing

extension OnACluster {
  @Suite("tctl counters")
  struct CountersTests {
    /// What is on a terminal of this size after the command has drawn so often.
    private func screen(
      _ words: String, width: Int, height: Int, draws: Int, in home: TestHome
    ) throws -> [Substring] {
      let running = try Tool.Running(
        ["-qfec", "stty cols \(width) rows \(height); exec \(Tool.folder)/tctl \(words)", "/dev/null"],
        environment: home.environment, executable: "/usr/bin/script")
      defer {
        running.process.terminate()
        _ = running.finish(timeout: 5)
      }
      func frames() -> [Substring] {
        running.outputSoFar.split(separator: "\u{1B}[H").filter { $0.hasSuffix("\u{1B}[J") }
      }
      #expect(wait { frames().count >= draws }, "\(running.outputSoFar)")
      let text = frames().last?.replacingOccurrences(of: "\u{1B}[K", with: "").dropLast("\u{1B}[J".count) ?? ""
      return text.split(separator: "\r\n", omittingEmptySubsequences: false)
    }

    @Test("watched, they fit the terminal, what matters most first, and tell what a second brought")
    func watch() throws {
      let home = try SharedCluster.running()
      #expect(try home.tctl("submit", "hello").status == 0)
      #expect(try home.tctl("digest").status == 0)
      for (width, height) in [(80, 24), (50, 12), (200, 60)] {
        let still = try screen("counters --watch", width: width, height: height, draws: 1, in: home)
        #expect(still.count <= height && still.allSatisfy { $0.count <= width }, "\(still)")
        #expect(still[0].hasPrefix("cluster 'default'"), "\(still)")
        let titles = still[1].split(separator: " ").map(String.init)
        #expect(titles.starts(with: ["a", "second", "cycles", "instr", "idle", "stalled"]), "\(titles)")
        // Totals since boot are not 0.
        #expect(still[2].split(separator: " ").prefix(3) == ["all", "0", "0"], "\(still)")
        #expect((still.contains { $0.hasPrefix("  15 ") }) == (height >= 24), "\(still)")
      }

      let running = try home.start("submit", "forever")
      defer { _ = running.finish() }
      #expect(try wait { try home.tctl("jobs").output.contains(" running ") })
      let busy = try screen("counters --watch", width: 80, height: 24, draws: 2, in: home)
      #expect(busy[2].hasPrefix("all") && busy[2].split(separator: " ")[1] != "0", "\(busy)")
      kill(running.process.processIdentifier, SIGINT)
    }

    @Test("on a terminal the table is as wide as that, and goes on below")
    func folded() throws {
      let home = try SharedCluster.running()
      let shown = try Tool.Running(
        ["-qfec", "stty cols 80 rows 24; exec \(Tool.folder)/tctl counters", "/dev/null"],
        environment: home.environment, executable: "/usr/bin/script"
      ).finish().output.split(separator: "\r\n")
      #expect(shown.allSatisfy { $0.count <= 80 } && shown.contains { $0.contains("sc failed") }, "\(shown)")
      let piped = try home.tctl("counters").output
      #expect(piped.contains(#/processor +cycles .* sc failed\n/#))
    }

    @Test("of a program in one process they are the same table")
    func run() throws {
      let home = try TestHome()
      let result = try home.tctl("run", "--stations", "1", "--counters", "hello")
      #expect(result.status == 0 && result.output.hasPrefix("hello from"), "\(result)")
      #expect(result.output.contains("\n\nhello, profile numachine, cycle "), "\(result)")
      #expect(result.output.contains("\nWhere the time goes") && result.output.contains("false sharing"), "\(result)")
    }
  }
}
