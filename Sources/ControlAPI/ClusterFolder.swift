import Foundation
import HostSystem

/// The files of one cluster on the host that runs it: `$TORNADO_HOME/NAME`, readable by its owner alone.
public struct ClusterFolder: Equatable {
  public var path: String

  public init(path: String) { self.path = path }

  /// What `tctl up` started.
  public var state: String { path + "/cluster.json" }
  /// The secret that a client of the control service must show.
  public var token: String { path + "/token" }
  /// `host:port` of the control service, written once it listens.
  public var control: String { path + "/control-address" }
  /// The machine's profile, as text.
  public var profile: String { path + "/profile" }
  /// The Tornado image, where it is not the one that ships.
  public var kernel: String { path + "/tornado.elf" }
  public func log(station: Int) -> String { path + "/station-\(station).log" }
  /// Written by a daemon that ends for another reason than being told to.
  public func failure(station: Int) -> String { path + "/station-\(station).failure" }
  /// How the cluster was when it was last looked at, a `LastStatus`.
  public var lastStatus: String { path + "/last-status.json" }

  /// A name that is a file's name everywhere and needs no quoting in a shell.
  public static func isValid(name: String) -> Bool {
    let allowed = name.utf8.allSatisfy { c in
      (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) || c == 0x2D || c == 0x2E
        || c == 0x5F
    }
    return allowed && (1...64).contains(name.utf8.count) && name.utf8.first != 0x2E && name.utf8.first != 0x2D
  }

  /// Writes a file that only the owner may read, whole or not at all.
  public func write(_ data: Data, to file: String) throws(SystemError) {
    try HostFile.write(Array(data), to: file, mode: 0o600)
  }
}

/// Why a daemon ended, in its `failure` file.
public struct FailureRecord: Codable, Equatable {
  /// The station whose daemon writes.
  public var reporter: Int
  /// The station at fault, where it is known.
  public var station: Int?
  /// One line: what, where, what to do.
  public var reason: String

  public init(reporter: Int, station: Int?, reason: String) {
    self.reporter = reporter
    self.station = station
    self.reason = reason
  }
}

/// How a cluster was, kept by station 0's daemon for when it can no longer be asked.
public struct LastStatus: Codable, Equatable {
  public var status: StatusMessage
  /// Seconds since 1970.
  public var time: Double

  public init(_ status: StatusMessage, time: Double) {
    self.status = status
    self.time = time
  }
}
