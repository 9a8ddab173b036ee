import ControlAPI
import Foundation
import Testing

extension OnACluster {
  @Suite("The same result everywhere")
  struct DigestTests {
    private func digest(_ result: Tool.Result) throws -> RunReport {
      try Wire.decode(RunReport.self, from: Data(result.output.utf8))
    }

    @Test(
      "one process, two daemons, four daemons and four with delayed links end in the same state, with the same output and counters",
      arguments: [
        (["hello"], [["--daemons", "2"], [], ["--ring-delay", "1:100"]]),
        (["--processors", "4", "counter", "--updates", "1"], [[]]),
      ])
    func same(program: [String], clusters: [[String]]) throws {
      let home = try TestHome()
      func report(_ arguments: [String]) throws -> RunReport {
        let result = try Tool.Running(arguments, environment: home.environment).finish()
        #expect(result.status == 0, "\(arguments) \(result.errors)")
        return try digest(result)
      }
      let alone = try report(["run", "--json"] + program)
      #expect(alone.digest?.count == 64)
      #expect(try report(["run", "--json"] + program).digest == alone.digest)
      for options in clusters {
        let up = try Tool.Running(["up"] + options, environment: home.environment).finish()
        #expect(up.status == 0, "\(up)")
        let there = try report(["submit", "--json"] + program)
        #expect(there.digest == alone.digest, "\(options)")
        #expect(there.output == alone.output)
        #expect(there.cycles == alone.cycles && there.instructions == alone.instructions)
        #expect(there.counters == alone.counters)
        #expect(try home.tctl("digest").output == (alone.digest ?? "") + "\n")
        #expect(try home.tctl("down").status == 0)
      }
    }
  }
}
