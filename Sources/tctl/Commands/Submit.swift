import ArgumentParser
import ControlAPI
import Foundation

/// Runs a program on a cluster: its output and its exit status become those of `tctl`.
struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program on a cluster; its output streams here, and tctl exits with its status.",
    usage: "tctl submit [-c <name>] [--processors <n>] [--json] PROGRAM [ARG...]")

  @Option(name: [.customShort("c"), .customLong("cluster")], help: "The cluster's name (default: \"default\").")
  var cluster: String?
  @Flag(help: "Print one JSON object at the end instead of the output.")
  var json = false
  @OptionGroup var program: ProgramArguments

  func run() throws {
    let cluster = try Cluster(named: cluster)
    let image = try program.read()
    if let record = cluster.record {
      try program.checkProcessors(machine: record.stations * record.processorsPerStation)
    } else {
      try program.checkProcessors(machine: Int.max)
    }
    let job = try cluster.ask { client in
      let parameters = SubmissionParameters(program: program.words[0], arguments: Array(program.words.dropFirst()), processors: program.processors)
      return try client.decode(JobMessage.self, client.send("POST", "jobs", body: parameters.body(with: image)))
    }.job
    // The first Ctrl-C ends the program, a second one leaves at once.
    let interrupts = Interrupts { count in
      if count > 1 { Foundation.exit(130) }
      do { try cluster.client.send("DELETE", "jobs/\(job)") } catch { Foundation.exit(130) }
    }
    let (end, output) = try follow(cluster, job)
    Progress.shared.clear()
    if json { try report(cluster, end, output) }
    if interrupts.count > 0 { throw ExitCode(130) }
    throw ExitCode(Int32(end.exitStatus ?? 70))
  }

  /// Passes the output on; returns the event that ended the program and, for `--json`, what it wrote.
  private func follow(_ cluster: Cluster, _ job: Int) throws -> (JobEvent, [UInt8]) {
    var end: JobEvent?
    var output: [UInt8] = []
    var lost = 0
    Progress.shared.begin { "tctl: program \(job) runs" }
    try cluster.ask { client in
      try client.stream("jobs/\(job)/events") { line in
        let event = try client.decode(JobEvent.self, line)
        switch event.event {
        case .started: break
        case .output:
          if event.stream == 2 {
            Progress.shared.pass(2, event.outputBytes)
          } else if json {
            output += event.outputBytes
          } else {
            Progress.shared.pass(1, event.outputBytes)
          }
        case .dropped:
          if lost == 0 { Progress.shared.pass(2, Array("tctl: output is being lost: the program writes faster than it is read\n".utf8)) }
          lost += event.bytes ?? 0
        case .exited, .failed: end = event
        }
      }
      if end == nil { throw ControlClient.Unreachable(reason: "the connection was closed") }
    }
    if lost > 0 { Progress.shared.pass(2, Array("tctl: \(lost) bytes of output were lost in all\n".utf8)) }
    guard let end, end.event == .exited else { throw Problem.cluster(explain(cluster, end?.reason ?? "")) }
    return (end, output)
  }

  /// Station 0's reason, unless a neighbour of the station at fault knows better.
  private func explain(_ cluster: Cluster, _ reason: String) -> String {
    guard let folder = cluster.folder, let record = cluster.record else { return "the cluster has failed: \(reason)" }
    usleep(300_000)
    if !FileManager.default.fileExists(atPath: folder.path) || reason.hasSuffix("was stopped") { return reason }
    return (Failure.find(folder, record) ?? Failure(reason: reason)).line(cluster.name)
  }

  private func report(_ cluster: Cluster, _ end: JobEvent, _ output: [UInt8]) throws {
    let report = RunReport(
      exitStatus: end.exitStatus ?? 0, output: String(decoding: output, as: UTF8.self), cycles: end.cycles ?? 0, instructions: end.instructions ?? 0,
      hostSeconds: end.hostSeconds ?? 0, digest: try Digest.wait(cluster)?.digest,
      counters: end.counters ?? CountersReport(cycle: 0, stations: []))
    print(String(decoding: Wire.encode(report), as: UTF8.self))
  }
}
