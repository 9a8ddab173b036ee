import ControlAPI
import Foundation
import HostSystem

/// Starts daemons that outlive this process, and ends them.
enum Launcher {
  /// The daemon's executable: beside this one.
  static func stationd() throws(Problem) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = HostText.string(buffer.prefix(max(count, 0)))
    let path =
      own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/stationd"
    guard HostText.withCString(path, { access($0, X_OK) }) == 0 else {
      throw .cluster("there is no stationd beside tctl at \(path); build both with 'make build'")
    }
    return path
  }

  /// Starts a process in a session of its own, without a terminal; what it says goes to the log.
  static func start(_ path: String, _ arguments: [String], log: String) throws(Problem) -> Int32 {
    do throws(SystemError) {
      return try HostProcess.start(
        path, arguments, log: log, group: .session,
        environment: HostText.environment.filter { !$0.hasPrefix("TORNADO_TOKEN=") })
    } catch { throw .cluster("\(error)") }
  }

  /// Ends daemons: waits `patience` seconds for them to go by themselves, asks by signal, then insists.
  static func end(_ daemons: [ClusterRecord.Daemon], patience: Double) {
    let steps: [(signal: Int32?, seconds: Double)] = [(nil, patience), (SIGTERM, 3), (SIGKILL, 3)]
    for step in steps {
      let alive = daemons.filter(\.isAlive)
      if alive.isEmpty { return }
      if let signal = step.signal { for daemon in alive { kill(daemon.pid, signal) } }
      let deadline = ContinuousClock.now + .seconds(step.seconds)
      while ContinuousClock.now < deadline, daemons.contains(where: \.isAlive) {
        for daemon in daemons { waitpid(daemon.pid, nil, WNOHANG) }
        usleep(5_000)
      }
    }
  }
}
