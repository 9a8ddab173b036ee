import Foundation
import TestSupport
import Testing

extension OnACluster {
  /// Requests that somebody changed on the way.
  @Suite("Damaged requests")
  struct RequestFuzzTests {
    /// One of each kind, but those that end the cluster or a program. What is submitted is no program, so that none
    /// is ever run.
    private func requests(_ token: String) -> [[UInt8]] {
      let image = [UInt8](repeating: 0x41, count: 200)
      let submission = #"{"program":"x","arguments":["a","b"],"processors":4}"#
      let lines = [
        "GET /v1/status", "GET /v1/jobs", "GET /v1/jobs/1/events", "GET /v1/counters?since=boot", "GET /v1/digest",
        "GET /v1/sharing?since=job&top=3", "POST /v1/jobs",
      ]
      return lines.map { line in
        Control.request(
          line, token: token, body: line.hasSuffix("/jobs") ? Array((submission + "\n").utf8) + image : [])
      }
    }

    @Test("any change of a request is answered or turned away, and changes nothing", .timeLimit(.minutes(300)))
    func changes() throws {
      let home = try SharedCluster.running()
      let before = try home.tctl("digest").output
      let seed = SeededRandom.seed(91)
      let count = SeededRandom.count(1000)
      var random = SeededRandom(seed: seed)
      if SeededRandom.isLong { print("damaged requests: TORNADO_SEED=\(seed)") }
      let whole = requests(try Control.address(home).token)
      for index in 0..<count {
        let request = random.changed(whole[random.below(whole.count)])
        let answer = try Control.send(request, to: home, seconds: 10)
        let isRight =
          answer.isEmpty
          || answer.hasPrefix("HTTP/1.1 ") && (answer.dropFirst(9).first.map { "234".contains($0) } ?? false)
        #expect(isRight, "request \(index) of seed \(seed): \(String(decoding: request, as: UTF8.self)): \(answer)")
        if !isRight { return }
      }
      #expect(try home.tctl("digest").output == before, "seed \(seed)")
      #expect(try home.tctl("status").output.contains("is idle"))
    }
  }
}
