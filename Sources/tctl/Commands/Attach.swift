import ArgumentParser
import ControlAPI
import Foundation

/// Follows a program that runs already, as `tctl submit` would have.
struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the output of a program that a cluster runs or has run, and exit with its status.")

  @Option(name: [.customShort("c"), .customLong("cluster")], help: "The cluster's name (default: \"default\").")
  var cluster: String?
  @Argument(help: "The program's number, from 'tctl jobs'.")
  var job: Int

  func run() throws {
    let cluster = try Cluster(named: cluster)
    let (end, _) = try JobFollower(cluster: cluster, keepsOutput: false).follow(job)
    Progress.shared.clear()
    throw ExitCode(Int32(end.exitStatus ?? 70))
  }
}
