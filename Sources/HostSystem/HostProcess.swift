import Glibc

/// Other programs of the host, started with arguments and environment as the very bytes that they are
/// (`HostText`).
public enum HostProcess {
  /// What becomes of the signals that a terminal sends to this process and what it has started.
  public enum Group: Int16, Sendable {
    /// The program and what it starts are a group, to be ended together.
    case own = 0x02
    /// The program is in a session without a terminal, and outlives this process. (glibc's POSIX_SPAWN_SETSID, which
    /// its headers show to GNU sources alone.)
    case session = 0x80
  }

  /// Starts a program that reads nothing; what it says on either stream is added to a file.
  ///
  /// - Parameters:
  ///   - log: that file, which others may not read.
  ///   - environment: `NAME=VALUE` each.
  /// - Returns: its number, to be waited for.
  public static func start(
    _ path: String, _ arguments: [String], log: String, group: Group, environment: [String] = HostText.environment
  ) throws(SystemError) -> Int32 {
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
    posix_spawnattr_setflags(
      &attributes, group.rawValue | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var pid: Int32 = 0
    let argv = ([path] + arguments).map(HostText.duplicate) + [nil]
    let variables = environment.map(HostText.duplicate) + [nil]
    defer { for pointer in argv + variables { free(pointer) } }
    let code = posix_spawn(&pid, argv[0]!, &actions, &attributes, argv, variables)
    guard code == 0 else { throw SystemError("cannot start", path, code: code) }
    return pid
  }

  /// Waits for the end of a program that this process has started.
  ///
  /// - Returns: its status, or 128 + the signal that ended it.
  public static func wait(_ pid: Int32) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}
