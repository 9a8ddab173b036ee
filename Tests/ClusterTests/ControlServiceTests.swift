import Foundation
import TestSupport
import Testing

extension OnACluster {
  @Suite("The control service and what it must bear")
  struct ControlServiceTests {
    /// The cluster is as it was: it answers, its machine has not moved, and programs run.
    private func unharmed(_ home: TestHome, _ body: (TestHome) throws -> Void) throws {
      let before = try home.tctl("digest").output
      #expect(before.count == 65)
      try body(home)
      #expect(try home.tctl("digest").output == before)
      #expect(try home.tctl("status").output.contains("is idle"))
    }

    @Test("a wrong token is answered with 401 and by tctl with status 70")
    func wrongToken() throws {
      try unharmed(try SharedCluster.running()) { home in
        let address = try Control.address(home)
        #expect(try Control.send(Control.request("GET /v1/status"), to: home).hasPrefix("HTTP/1.1 401"))
        #expect(try Control.send(Control.request("GET /v1/status", token: "wrong"), to: home).hasPrefix("HTTP/1.1 401"))
        #expect(
          try Control.send(Control.request("POST /v1/stop", token: address.token + "x"), to: home).hasPrefix(
            "HTTP/1.1 401"))
        let stranger = try TestHome()
        stranger.environment["TORNADO_CLUSTER"] = "\(address.host):\(address.port)"
        stranger.environment["TORNADO_TOKEN"] = "0123456789abcdef"
        let result = try stranger.tctl("submit", "hello")
        #expect(result.status == 70)
        #expect(result.errorLines.count == 1 && result.errors.contains("token"))
      }
    }

    @Test("TORNADO_CLUSTER and TORNADO_TOKEN reach a cluster from elsewhere")
    func elsewhere() throws {
      let home = try SharedCluster.running()
      let address = try Control.address(home)
      let elsewhere = try TestHome()
      elsewhere.environment["TORNADO_CLUSTER"] = "\(address.host):\(address.port)"
      elsewhere.environment["TORNADO_TOKEN"] = address.token
      #expect(try elsewhere.tctl("status").status == 0)
      let result = try elsewhere.tctl("submit", "hello")
      #expect(result.status == 0 && !result.output.isEmpty)
    }

    @Test("garbage is turned away and changes nothing")
    func garbage() throws {
      try unharmed(try SharedCluster.running()) { home in
        #expect(try Control.send(Array("GARBAGE\r\n\r\n".utf8), to: home).hasPrefix("HTTP/1.1 400"))
        #expect(try Control.send(Array("A B C\r\n\r\n".utf8), to: home).hasPrefix("HTTP/1.1 400"))
        var random = SystemRandomNumberGenerator()
        #expect(
          try !Control.send((0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }, to: home).hasPrefix(
            "HTTP/1.1 2"))
        let started = Date()
        #expect(try !Control.send([UInt8](repeating: 0x41, count: 50_000_000), to: home).hasPrefix("HTTP/1.1 2"))
        #expect(Date().timeIntervalSince(started) < 5, "a line without an end is cut off")
        _ = try Control.send([], to: home)
      }
    }

    @Test("requests that make no sense are refused in one line each")
    func nonsense() throws {
      try unharmed(try SharedCluster.running()) { home in
        let token = try Control.address(home).token
        func status(_ line: String, body: [UInt8] = [], length: Int? = nil) throws -> String {
          let answer = try Control.send(Control.request(line, token: token, body: body, length: length), to: home)
          return String(answer.dropFirst(9).prefix(3))
        }
        #expect(try status("GET /nothing") == "404")
        #expect(try status("GET /v1/nothing") == "404")
        #expect(try status("PUT /v1/jobs") == "405")
        #expect(try status("GET /v1/jobs/0/events") == "400")
        #expect(try status("GET /v1/jobs/x/events") == "400")
        #expect(try status("DELETE /v1/jobs/999999") == "400")
        #expect(try status("GET /v1/counters?since=yesterday") == "400")
        let elf = TestELF().bytes
        func submission(_ line: String, _ image: [UInt8]) throws -> String {
          try status("POST /v1/jobs", body: Array((line + "\n").utf8) + image)
        }
        #expect(try submission("", elf) == "400")
        #expect(try submission("{}", elf) == "400")
        #expect(try submission("[", elf) == "400")
        #expect(try submission("{\"program\":\"x\"}", []) == "400")
        #expect(try submission("{\"program\":\"\"}", elf) == "400")
        #expect(try submission("{\"program\":\"x\"}", Array("text".utf8)) == "400")
        #expect(try submission("{\"program\":\"x\",\"processors\":17}", elf) == "400")
        #expect(try submission("{\"program\":\"x\",\"processors\":-1}", elf) == "400")
        #expect(try submission("{\"program\":\"x\",\"processors\":\"many\"}", elf) == "400")
        #expect(try submission("{\"program\":\"x\",\"arguments\":[\"a\\u0000b\"]}", elf) == "400")
        #expect(
          try submission("{\"program\":\"x\",\"arguments\":[\"\(String(repeating: "a", count: 20_000))\"]}", elf)
            == "400")
        #expect(try status("POST /v1/jobs", body: elf) == "400")
        #expect(try status("POST /v1/jobs", body: elf, length: elf.count + 100) != "201")
        #expect(try status("POST /v1/jobs", length: 1 << 40) == "413")
        #expect(try status("GET /v1/" + String(repeating: "a", count: 20_000)) == "400")
      }
    }

    @Test("what a request says of its body and makes no sense gets an error of one line, not a closed connection")
    func lengths() throws {
      try unharmed(try SharedCluster.running()) { home in
        let token = try Control.address(home).token
        func answer(_ line: String, _ headers: String, body: [UInt8] = []) throws -> String {
          let head = "\(line) HTTP/1.1\r\nAuthorization: Bearer \(token)\r\n\(headers)\r\n\r\n"
          return try Control.send(Array(head.utf8) + body, to: home)
        }
        for length in ["-1", "abc", "", "1 2", "1\r\nContent-Length: 2"] {
          let text = try answer("GET /v1/status", "Content-Length: \(length)")
          #expect(text.hasPrefix("HTTP/1.1 400") && text.contains("{\"error\":"), "\(length): \(text)")
        }
        for length in ["1" + String(repeating: "0", count: 30), "99999999999999999999", "40000000"] {
          let text = try answer("POST /v1/jobs", "Content-Length: \(length)")
          #expect(text.hasPrefix("HTTP/1.1 413") && text.contains("{\"error\":"), "\(length): \(text)")
        }
        let large = try answer(
          "POST /v1/jobs", "Content-Length: 40000000", body: [UInt8](repeating: 0x41, count: 40_000_000))
        #expect(large.hasPrefix("HTTP/1.1 413") && large.contains("{\"error\":"), "\(large)")
        let chunked = try answer("POST /v1/jobs", "Transfer-Encoding: gzip")
        #expect(chunked.hasPrefix("HTTP/1.1 400") && chunked.contains("{\"error\":"), "\(chunked)")
        for method in ["BREW", "get", "CONNECT"] {
          let text = try answer("\(method) /v1/status", "Content-Length: 0")
          #expect(text.hasPrefix("HTTP/1.1 405") && text.contains("{\"error\":"), "\(method): \(text)")
        }
      }
    }

    @Test("silent connections without the token do not keep the owner out")
    func silence() throws {
      try unharmed(try SharedCluster.running()) { home in
        var silent = try (0..<200).map { _ in try Control.connect(to: home) }
        defer { for descriptor in silent { close(descriptor) } }
        for _ in 0..<5 {
          #expect(try home.tctl("status", timeout: 20).status == 0)
          silent.append(try Control.connect(to: home))
        }
      }
    }

    @Test("garbage on a ring socket is turned away, named in the log, and changes nothing")
    func ringGarbage() throws {
      try unharmed(try SharedCluster.running()) { home in
        let socket = home.folder() + "/ring-2"
        _ = Control.send(Array("hello\n".utf8), toSocket: socket, seconds: 2)
        _ = Control.send([UInt8](repeating: 0xFF, count: 4096), toSocket: socket, seconds: 2)
        _ = Control.send([], toSocket: socket, seconds: 2)
        func log() throws -> String { try String(contentsOfFile: home.folder() + "/station-2.log", encoding: .utf8) }
        let isNamed = try wait(10) { try log().contains("ring:") }
        #expect(isNamed)
      }
    }

    @Test("only the owner can read what is in the cluster's folder")
    func permissions() throws {
      let home = try SharedCluster.running()
      for file in ["", "/token", "/cluster.json", "/control-address"] {
        let mode = try FileManager.default.attributesOfItem(atPath: home.folder() + file)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o077 } == 0, "\(file)")
      }
    }
  }
}
