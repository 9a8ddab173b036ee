import ControlAPI
import Foundation
import HostSystem

/// Starts daemons that outlive this process, and ends them.
enum Launcher {
  /// glibc's POSIX_SPAWN_SETSID, which its headers show to GNU sources alone.
  private static let setSession: Int16 = 0x80

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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    HostText.withCString(log) {
      _ = posix_spawn_file_actions_addopen(&actions, 1, $0, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Nothing else of this process may leak: a daemon that holds a caller's pipe keeps the caller waiting.
    for name in HostFile.names(in: "/proc/self/fd") ?? [] {
      if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, setSession | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var pid: Int32 = 0
    let argv = ([path] + arguments).map(HostText.duplicate) + [nil]
    let environment =
      HostText.environment.filter { !$0.hasPrefix("TORNADO_TOKEN=") }.map(HostText.duplicate) + [nil]
    defer { for pointer in argv + environment { free(pointer) } }
    let code = posix_spawn(&pid, argv[0]!, &actions, &attributes, argv, environment)
    guard code == 0 else { throw .cluster("\(SystemError("cannot start", path, code: code))") }
    return pid
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
