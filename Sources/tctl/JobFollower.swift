import ControlAPI
import Foundation
import HostSystem

/// Follows a program of a cluster from its start to its end.
struct JobFollower {
  var cluster: Cluster
  /// Standard output is not passed on but returned.
  var keepsOutput: Bool

  /// Passes the output on; returns the event that ended the program and, for `--json`, what it wrote.
  func follow(_ job: Int) throws -> (JobEvent, [UInt8]) {
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
          } else if keepsOutput {
            output += event.outputBytes
          } else {
            Progress.shared.pass(1, event.outputBytes)
          }
        case .dropped:
          if lost == 0 {
            Progress.shared.pass(
              2, Array("tctl: output is being lost: the program writes faster than it is read\n".utf8))
          }
          lost += event.bytes ?? 0
        case .exited, .failed: end = event
        }
      }
      if end == nil { throw ControlClient.Unreachable(reason: "the connection was closed") }
    }
    if lost > 0 { Progress.shared.pass(2, Array("tctl: \(lost) bytes of output were lost in all\n".utf8)) }
    guard let end, end.event == .exited else { throw Problem.cluster(explain(end?.reason ?? "")) }
    return (end, output)
  }

  /// Station 0's reason, unless a neighbour of the station at fault knows better.
  private func explain(_ reason: String) -> String {
    guard let folder = cluster.folder, let record = cluster.record else { return "the cluster has failed: \(reason)" }
    usleep(300_000)
    if !HostFile.exists(folder.path) || reason.hasSuffix("was stopped") { return reason }
    return (Failure.find(folder, record) ?? Failure(reason: reason)).line(cluster.name)
  }
}
