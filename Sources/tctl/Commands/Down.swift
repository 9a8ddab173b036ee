import ArgumentParser
import ControlAPI
import Foundation
import HostSystem

/// Stops a cluster, or removes what is left of one.
struct Down: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Stop a cluster; nothing is left behind.")

  @Argument(help: "The cluster's name (default: \"default\").")
  var name: String?

  func run() throws {
    if name == nil, HostText.variable("TORNADO_CLUSTER") != nil {
      try Cluster(named: nil).ask { _ = try $0.send("POST", "stop") }
      return
    }
    let name = name ?? "default"
    let home = Home()
    let folder = try home.folder(name)
    guard HostFile.exists(folder.path) else {
      throw Problem.cluster("no cluster is called '\(name)': there is nothing to stop")
    }
    // Its files may be damaged: then its processes are found by the folder that they were given.
    let record = (try? home.record(folder)) ?? nil
    let daemons = record?.daemons ?? strays(folder)
    Progress.shared.begin { "tctl: stopping cluster '\(name)'" }
    let asked = (try? Cluster(named: name).client.send("POST", "stop", timeout: 5)) != nil
    Launcher.end(daemons, patience: asked ? 5 : 0)
    home.remove(folder, record)
    Progress.shared.clear()
  }

  private func strays(_ folder: ClusterFolder) -> [ClusterRecord.Daemon] {
    let pids = HostFile.names(in: "/proc")?.compactMap { Int32($0) } ?? []
    return pids.compactMap { pid in
      guard let line = try? HostFile.read("/proc/\(pid)/cmdline"),
        let start = ProcessTable.start(of: pid)
      else { return nil }
      let words = line.split(separator: 0).map { HostText.string($0) }
      guard words.first?.hasSuffix("/stationd") == true, let at = words.firstIndex(of: "--folder"),
        words.dropFirst(at + 1).first == folder.path
      else { return nil }
      return ClusterRecord.Daemon(stations: [0], pid: pid, started: start, address: "")
    }
  }
}
