import ArgumentParser
import ControlAPI
import Foundation

/// Runs a program on a cluster: its output and its exit status become those of `tctl`.
struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program on a cluster; its output streams here, and tctl exits with its status.",
    usage: "tctl submit [-c <name>] [--processors <n>] [--deadlock report|exit] [--json] PROGRAM [ARG...]")

  @Option(name: [.customShort("c"), .customLong("cluster")], help: "The cluster's name (default: \"default\").")
  var cluster: String?
  @Flag(help: "Print one JSON object at the end instead of the output.")
  var json = false
  @OptionGroup var waiting: DeadlockOption
  @OptionGroup var program: ProgramArguments

  mutating func validate() throws { try program.require() }

  func run() throws {
    program.tellOptions(of: Self.self)
    let cluster = try Cluster(named: cluster)
    let image = try program.read(for: nil)
    if let record = cluster.record {
      try program.checkProcessors(machine: record.stations * record.processorsPerStation)
    } else {
      try program.checkProcessors(machine: Int.max)
    }
    let job = try cluster.ask { client in
      let parameters = SubmissionParameters(
        words: program.bytes, processors: program.processors, deadlock: waiting.deadlock)
      return try client.decode(JobMessage.self, client.send("POST", "jobs", body: parameters.body(with: image)))
    }.job
    // The first Ctrl-C ends the program, a second one leaves at once.
    let interrupts = Interrupts { count in
      if count > 1 { Foundation.exit(130) }
      do { try cluster.client.send("DELETE", "jobs/\(job)") } catch { Foundation.exit(130) }
    }
    let (end, output) = try JobFollower(cluster: cluster, keepsOutput: json).follow(job)
    Progress.shared.clear()
    if json { try report(cluster, end, output) }
    if interrupts.count > 0 { throw ExitCode(130) }
    throw ExitCode(Int32(end.exitStatus ?? 70))
  }

  private func report(_ cluster: Cluster, _ end: JobEvent, _ output: [UInt8]) throws {
    let report = RunReport(
      exitStatus: end.exitStatus ?? 0, output: output, cycles: end.cycles ?? 0,
      instructions: end.instructions ?? 0,
      hostSeconds: end.hostSeconds ?? 0, digest: try Digest.wait(cluster)?.digest,
      counters: end.counters ?? CountersReport(cycle: 0, stations: []))
    print(String(decoding: Wire.encode(report), as: UTF8.self))
  }
}
