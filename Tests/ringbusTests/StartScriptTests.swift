import Foundation
import Testing

/// `deploy/stationd-start`, which makes a daemon's arguments from the host list.
@Suite struct StartScriptTests {
  private func start(_ stations: String, hosts: String) throws -> (status: Int32, words: String) {
    let folder = SocketFolder()
    try hosts.write(toFile: folder.path + "/hosts", atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../deploy/stationd-start").standardizedFileURL
    process.arguments = [stations]
    process.environment = [
      "PATH": "/usr/bin:/bin", "TORNADO_ETC": folder.path, "STATIOND": "echo", "RUNTIME_DIRECTORY": "/run/tornado",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, words)
  }

  @Test(
    "A daemon's place follows from the host list",
    arguments: [("0", "1", "b:2"), ("1-2", "2", "[::1]:3"), ("3", "3", "a:1")])
  func place(stations: String, port: String, successor: String) throws {
    let (status, words) = try start(stations, hosts: "# the ring\n0 a:1\n1-2 b:2 # two stations\n\n3 [::1]:3\n")
    #expect(status == 0)
    #expect(
      words.contains("--stations 4 --local \(stations) --listen tcp:0.0.0.0:\(port) --successor tcp:\(successor) "),
      "\(words)")
  }

  @Test(
    "A wrong host list is refused in one line",
    arguments: [
      ("0 a:1\n2 b:1\n", "line 2: station 1 should come next"), ("0 a\n", "line 1 is not: stations host:port"),
      ("# nothing\n", "it names no station"),
      ("1 a:1\n0 b:1\n", "line 1: station 0 should come next"), ("0-1 a:1\n", "it has no line for stations 0"),
      ("0 a:1\n1-0 b:1\n", "line 2"),
    ])
  func wrong(hosts: String, reason: String) throws {
    let (status, words) = try start("0", hosts: hosts)
    #expect(status == 2)
    #expect(words.contains(reason), "\(words)")
    #expect(words.split(separator: "\n").count == 1)
  }
}
