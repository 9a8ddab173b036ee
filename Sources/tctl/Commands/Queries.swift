import ArgumentParser
import ControlAPI
import Foundation
import HostSystem

/// Lists the programs of a cluster.
struct Jobs: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the programs that a cluster runs and has run.")

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?

  func run() throws {
    let jobs = try Cluster(named: name).ask { try $0.get(JobsMessage.self, "jobs") }.jobs
    var table = Table(right: [0, 2, 3, 4])
    table.add(["job", "state", "status", "processors", "cycles", "program"])
    for job in jobs {
      table.add([
        "\(job.job)", job.state.rawValue, job.exitStatus.map(String.init) ?? "-",
        job.processors == 0 ? "all" : "\(job.processors)",
        job.cycles.map(String.init) ?? "-", job.words.map(HostText.string).joined(separator: " "),
      ])
    }
    table.print()
  }
}

/// Ends a program.
struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "End a program that runs on a cluster.")

  @Option(name: [.customShort("c"), .customLong("cluster")], help: "The cluster's name (default: \"default\").")
  var cluster: String?
  @Argument(help: "The program's number, from 'tctl jobs'.")
  var job: Int

  func run() throws {
    try Cluster(named: cluster).ask { _ = try $0.send("DELETE", "jobs/\(job)") }
  }
}

/// Prints the digest of an idle cluster's state.
struct Digest: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the SHA-256 of the whole state of an idle cluster's machine.")

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?

  func run() throws {
    let cluster = try Cluster(named: name)
    Progress.shared.begin { "tctl: waiting for cluster '\(cluster.name)' to be idle" }
    guard let message = try Self.wait(cluster) else {
      throw Problem.cluster("cluster '\(cluster.name)' is busy: a digest is of an idle machine; see 'tctl jobs'")
    }
    Progress.shared.clear()
    print(message.digest)
  }

  /// Waits until the machine has come to rest: a minute for what the kernel still does after a program's end,
  /// a second for programs that run. Nil if it does not.
  static func wait(_ cluster: Cluster) throws -> DigestMessage? {
    let start = ContinuousClock.now
    while true {
      let status = try cluster.ask { try $0.get(StatusMessage.self, "status") }
      if status.state == .idle { return try cluster.ask { try $0.get(DigestMessage.self, "digest", timeout: 600) } }
      if ContinuousClock.now - start > .seconds(status.activeJobs > 0 ? 1 : 60) { return nil }
      usleep(5_000)
    }
  }
}
