import ControlAPI
import Foundation
import HostSystem

/// What `tctl up` started, as it stands in the cluster's folder.
struct ClusterRecord: Codable {
  struct Daemon: Codable {
    /// The stations that it holds, in the ring's order.
    var stations: [Int]
    var pid: Int32
    /// The process's start in clock ticks since the host's boot: a number that its successor with the same
    /// pid does not have.
    var started: UInt64
    /// Where its predecessor on the ring reaches it.
    var address: String
  }
  var name: String
  var profile: String
  var processorsPerStation: Int
  var daemons: [Daemon]
  /// A folder for sockets elsewhere, where the cluster's own has too long a path.
  var socketFolder: String?

  var stations: Int { daemons.reduce(0) { $0 + $1.stations.count } }
}

extension ClusterRecord.Daemon {
  var isAlive: Bool { ProcessTable.start(of: pid) == started }

  /// "0" or "0-3": numbers of what is `count` a station.
  func range(times count: Int = 1) -> String {
    let first = stations[0] * count
    let last = (stations[stations.count - 1] + 1) * count - 1
    return first == last ? "\(first)" : "\(first)-\(last)"
  }
}

/// What the host knows of processes.
enum ProcessTable {
  /// When the process started, in clock ticks since boot; nil for none, and for one that has ended and was
  /// not yet waited for.
  static func start(of pid: Int32) -> UInt64? {
    guard let data = try? HostFile.read("/proc/\(pid)/stat") else { return nil }
    // The name in parentheses may hold anything; the fields after it are separated by blanks, the state
    // first.
    let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 19, fields[0] != "Z" else { return nil }
    return UInt64(fields[19])
  }
}

/// The folder that holds the clusters of a user on this host: `$TORNADO_HOME`, by default `~/.tornado`.
struct Home {
  var path: String
  /// Stands in a home that `tctl up` made, so that the last `tctl down` removes it.
  private static let marker = ".made-by-tctl"

  init() {
    path =
      HostText.variable("TORNADO_HOME").map(HostFile.absolute)
      ?? HostFile.home + "/.tornado"
  }

  func folder(_ name: String) throws(Problem) -> ClusterFolder {
    guard ClusterFolder.isValid(name: name) else {
      throw .usage(
        "'\(name)' is no name for a cluster: use up to 64 letters, digits, '-', '_' and '.', a letter or digit first")
    }
    return ClusterFolder(path: path + "/" + name)
  }

  /// Makes the cluster's folder; fails if there is one.
  func make(_ name: String) throws(Problem) -> ClusterFolder {
    let folder = try folder(name)
    if !HostFile.exists(path) {
      do throws(SystemError) {
        try HostFile.makeFolders(path, mode: 0o700)
        try HostFile.write([], to: path + "/" + Self.marker)
      } catch { throw .cluster("\(error); set TORNADO_HOME to a folder that can be written") }
    } else if !HostFile.isFolder(path) {
      throw .cluster("\(path) is no folder; set TORNADO_HOME to one")
    }
    guard HostText.withCString(folder.path, { mkdir($0, 0o700) }) == 0 else {
      if errno == EEXIST { throw existing(name, folder) }
      throw .cluster("\(SystemError("cannot make", folder.path))")
    }
    return folder
  }

  private func existing(_ name: String, _ folder: ClusterFolder) -> Problem {
    if let record = try? record(folder), record.daemons.contains(where: { !$0.isAlive }) {
      return .cluster("cluster '\(name)' has failed and was not cleaned up; run 'tctl down \(name)' first")
    }
    return .cluster("cluster '\(name)' is up already; stop it with 'tctl down \(name)' or choose another name")
  }

  func record(_ folder: ClusterFolder) throws -> ClusterRecord? {
    guard let bytes = try? HostFile.read(folder.state) else { return nil }
    return try Wire.decode(ClusterRecord.self, from: Data(bytes))
  }

  /// Removes a cluster's files and, if it is the last and the home was made for it, the home.
  func remove(_ folder: ClusterFolder, _ record: ClusterRecord?) {
    if let sockets = record?.socketFolder { HostFile.removeTree(sockets) }
    HostFile.removeTree(folder.path)
    if HostFile.names(in: path) == [Self.marker] { HostFile.removeTree(path) }
  }
}
