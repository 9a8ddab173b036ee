import ControlAPI
import Foundation
import NUMAchine
import Testing

@Suite("What goes over the wire")
struct MessagesTests {
  private func report() -> CountersReport {
    let processor = ProcessorCounter.allCases.map { UInt64($0.rawValue) * 10 }
    let station = StationCounter.allCases.map { UInt64($0.rawValue) }
    return CountersReport(
      cycle: .max, stations: [([processor, processor], station), ([processor, processor], station)])
  }

  @Test("counters have the schema's form, names in snake_case, every value an integer")
  func countersForm() throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Wire.encode(report())) as? [String: Any])
    #expect(object["schema"] as? String == "tornado.counters/1")
    let stations = try #require(object["stations"] as? [[String: Any]])
    #expect(stations.count == 2)
    for (number, station) in stations.enumerated() {
      #expect(Set(station.keys) == ["station", "processors", "bus", "memory", "network_cache", "ring", "tornado"])
      #expect(station["station"] as? Int == number)
      let processors = try #require(station["processors"] as? [[String: Any]])
      #expect(processors.map { $0["processor"] as? Int } == [2 * number, 2 * number + 1])
      for values in processors
        + ["bus", "memory", "ring", "network_cache", "tornado"].compactMap({ station[$0] as? [String: Any] })
      {
        for (name, value) in values {
          #expect(name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) })
          #expect(value is NSNumber && !"\(value)".contains("."))
        }
      }
    }
  }

  @Test("counters come back as they were sent")
  func countersRoundTrip() throws {
    let report = report()
    #expect(try Wire.decode(CountersReport.self, from: Wire.encode(report)) == report)
  }

  @Test("no two counters of a group have the same name")
  func namesAreUnique() {
    #expect(Set(ProcessorCounter.allCases.map(\.name)).count == ProcessorCounter.allCases.count)
    #expect(Set(StationCounter.allCases.map { $0.group + "." + $0.name }).count == StationCounter.allCases.count)
    #expect(Set(StationCounter.allCases.map(\.group)).isSubset(of: Set(CountersReport.groups)))
  }

  @Test("output that is no UTF-8 comes through byte for byte")
  func binaryOutput() throws {
    for bytes in [[0x68, 0x69, 0x0A], [0xFF, 0x00, 0xC3], Array("žluťoučký".utf8)] as [[UInt8]] {
      let event = try Wire.decode(JobEvent.self, from: Wire.encode(JobEvent.output(stream: 2, bytes[...])))
      #expect(event.outputBytes == bytes)
      #expect(event.stream == 2)
    }
  }

  @Test("a run's report has the names of the interface")
  func runReport() throws {
    let report = RunReport(
      exitStatus: 3, output: [0x78], cycles: 1, instructions: 2, hostSeconds: 0.5, digest: "ab", counters: report())
    let object = try #require(try JSONSerialization.jsonObject(with: Wire.encode(report)) as? [String: Any])
    #expect(
      Set(object.keys) == ["exit_status", "output", "cycles", "instructions", "host_seconds", "digest", "counters"])
  }

  @Test("names and arguments that are no UTF-8 come through byte for byte, and are text where they are")
  func binaryWords() throws {
    for words in [[[0x70], [0x61]], [[0x70], [0x61, 0xFF, 0x62], []], [[0xFE]], [[0xC3], [0x61]]] as [[[UInt8]]] {
      let parameters = SubmissionParameters(words: words)
      #expect(try Wire.decode(SubmissionParameters.self, from: Wire.encode(parameters)).words == words)
      let message = JobMessage(job: 1, words: words, processors: 0)
      #expect(try Wire.decode(JobMessage.self, from: Wire.encode(message)).words == words)
    }
    let text = try #require(
      try JSONSerialization.jsonObject(with: Wire.encode(SubmissionParameters(words: [[0x70], [0x61]])))
        as? [String: Any])
    #expect(Set(text.keys) == ["program", "arguments"])
    let wrong = try Wire.decode(
      SubmissionParameters.self, from: Data(#"{"program":"p","arguments_base64":["?"]}"#.utf8))
    #expect(wrong.words == nil)
  }

  @Test("a run's report keeps output that is no UTF-8")
  func binaryReport() throws {
    let report = RunReport(
      exitStatus: 0, output: [0x61, 0xFF], cycles: 1, instructions: 2, hostSeconds: 0.5, digest: nil,
      counters: report())
    let object = try #require(try JSONSerialization.jsonObject(with: Wire.encode(report)) as? [String: Any])
    #expect(object["output_base64"] as? String == "Yf8=")
    #expect(object["output"] as? String == "a\u{FFFD}")
  }

  @Test("docs/counters.md says what the definitions say")
  func countersDocument() throws {
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
      root.deleteLastPathComponent()
    }
    let text = try String(contentsOf: root.appendingPathComponent("docs/counters.md"), encoding: .utf8)
    #expect(text == CountersDocument.markdown(), "run: swift run tctl document-counters > docs/counters.md")
  }

  @Test("names of clusters are names of files")
  func clusterNames() {
    for name in ["default", "a", "x.y-z_0", "9"] { #expect(ClusterFolder.isValid(name: name)) }
    for name in ["", ".", "..", ".x", "-x", "a/b", "a b", "ä", String(repeating: "a", count: 65)] {
      #expect(!ClusterFolder.isValid(name: name))
    }
  }
}
