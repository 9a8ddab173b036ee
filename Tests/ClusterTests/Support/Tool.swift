import Foundation

/// The programs that the same build has made, run as a user runs them.
enum Tool {
  /// The folder that holds `tctl`, `stationd` and this test.
  static let folder: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    var folder = URL(fileURLWithPath: own).deletingLastPathComponent()
    while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("tctl").path)
    {
      folder.deleteLastPathComponent()
    }
    return folder.path
  }()

  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// Lines on standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// A command that runs.
  final class Running {
    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var collected = (output: Data(), errors: Data())
    private let lock = NSLock()
    private let group = DispatchGroup()

    init(_ arguments: [String], environment: [String: String], executable: String = "tctl") throws {
      process.executableURL = URL(
        fileURLWithPath: executable.hasPrefix("/") ? executable : Tool.folder + "/" + executable)
      process.arguments = arguments
      var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TORNADO_") }
      all.merge(environment) { $1 }
      process.environment = all
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      collect(output) { [self] data in lock.withLock { collected.output += data } }
      collect(errors) { [self] data in lock.withLock { collected.errors += data } }
    }

    private func collect(_ pipe: Pipe, _ take: @escaping (Data) -> Void) {
      group.enter()
      Thread.detachNewThread { [group] in
        while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty { take(data) }
        group.leave()
      }
    }

    /// What it has written so far.
    var outputSoFar: String { lock.withLock { String(decoding: collected.output, as: UTF8.self) } }

    /// What it has written to standard error so far.
    var errorsSoFar: String { lock.withLock { String(decoding: collected.errors, as: UTF8.self) } }

    /// Waits for text on standard output; false if it does not come in time.
    func waitFor(_ text: String, seconds: Double = 60) -> Bool {
      ClusterTests.wait(seconds) { outputSoFar.contains(text) }
    }

    /// Waits for text on standard error; false if it does not come in time.
    func waitForError(_ text: String, seconds: Double = 60) -> Bool {
      ClusterTests.wait(seconds) { errorsSoFar.contains(text) }
    }

    /// Waits for its end; after `timeout` seconds it is killed, and the status is that of SIGKILL.
    func finish(timeout: Double = 180) -> Result {
      let deadline = Date() + timeout
      while process.isRunning, Date() < deadline { usleep(5_000) }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      // What it started in the background must not hold its pipes.
      _ = group.wait(timeout: .now() + 5)
      let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
      return lock.withLock {
        Result(
          status: status, output: String(decoding: collected.output, as: UTF8.self),
          errors: String(decoding: collected.errors, as: UTF8.self))
      }
    }
  }
}

/// Waits until something is so; false if it does not come to that in time.
func wait(_ seconds: Double = 60, until isSo: () throws -> Bool) rethrows -> Bool {
  let deadline = Date() + seconds
  while Date() < deadline {
    if try isSo() { return true }
    usleep(10_000)
  }
  return false
}

/// A home for clusters of its own, so that tests do not know of each other. Stops what was started in it.
final class TestHome {
  let path: String
  var environment: [String: String]
  private var started: [String] = []
  private var janitor: Pipe?

  /// The program library is compiled once for all tests.
  private static let cache: String = {
    let path = NSTemporaryDirectory() + "tornado-test-cache-\(getpid())"
    // Removes it when this process has ended.
    TestHome.lastWill = try? TestHome.will("rm -rf \"$1\"", [path])
    return path
  }()
  nonisolated(unsafe) private static var lastWill: Pipe?
  /// Compiles the library, at the first use.
  static let library: Void = {
    guard let home = try? TestHome(), let source = try? home.file("p.c", Array("int main(void) { return 0; }\n".utf8))
    else { return }
    _ = try? Tool.Running(["build", source, "-o", home.path + "/p"], environment: home.environment).finish()
  }()

  /// - Parameter suffix: makes the path longer.
  init(suffix: String = "") throws {
    path = NSTemporaryDirectory() + "tornado-test-\(UUID().uuidString.prefix(8))" + suffix
    environment = ["TORNADO_HOME": path + "/home", "XDG_CACHE_HOME": Self.cache]
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { clean() }

  func clean() {
    for name in started { _ = try? Tool.Running(["down", name], environment: environment).finish() }
    try? FileManager.default.removeItem(atPath: path)
  }

  func start(_ arguments: String...) throws -> Tool.Running { try Tool.Running(arguments, environment: environment) }

  @discardableResult
  func tctl(_ arguments: String..., timeout: Double = 180) throws -> Tool.Result {
    if arguments.first == "build" { _ = Self.library }
    if arguments.first == "up" {
      try keepJanitor()
      started.append(arguments.dropFirst().first { !$0.hasPrefix("-") } ?? "default")
    }
    return try Tool.Running(arguments, environment: environment).finish(timeout: timeout)
  }

  /// A shell that takes everything down when this process has ended, however it has: then its standard input
  /// ends.
  func keepJanitor() throws {
    guard janitor == nil else { return }
    janitor = try Self.will(
      "for cluster in \"$1\"/home/*/; do \"$2\" down \"$(basename \"$cluster\")\"; done; rm -rf \"$1\"",
      [path, Tool.folder + "/tctl"], environment)
  }

  /// A shell that does this when the pipe is closed, which is at this process's end at the latest.
  private static func will(_ script: String, _ arguments: [String], _ environment: [String: String] = [:]) throws
    -> Pipe
  {
    let pipe = Pipe()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "read line; " + script, "janitor"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = pipe
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return pipe
  }

  func folder(_ name: String = "default") -> String { path + "/home/" + name }

  /// A file with these bytes; returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// The folder of the cluster's sockets, where it is not the cluster's own.
  func socketFolder(_ name: String = "default") throws -> String? {
    struct State: Decodable { var socket_folder: String? }
    let data = try Data(contentsOf: URL(fileURLWithPath: folder(name) + "/cluster.json"))
    return try JSONDecoder().decode(State.self, from: data).socket_folder
  }

  /// Processes of the cluster, station by station.
  func pids(_ name: String = "default") throws -> [Int32] {
    struct State: Decodable {
      struct Daemon: Decodable { var pid: Int32 }
      var daemons: [Daemon]
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: folder(name) + "/cluster.json"))
    return try JSONDecoder().decode(State.self, from: data).daemons.map(\.pid)
  }

  /// Whether the process lives; one that has ended and was not waited for does not.
  static func isAlive(_ pid: Int32) -> Bool {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    return String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first != "Z"
  }
}

/// The cluster that tests share which leave a cluster as it was. Started by the first, stopped by its home's
/// janitor when the tests end.
final class SharedCluster {
  static let shared = Result { try SharedCluster() }
  let home: TestHome
  let up: Tool.Result

  private init() throws {
    home = try TestHome()
    // Of few daemons: where they outnumber the cores they crawl. Other tests start one for each station.
    up = try home.tctl("up", "--daemons", "2")
  }

  /// The home of the running cluster.
  static func running() throws -> TestHome {
    let cluster = try shared.get()
    guard cluster.up.status == 0 else { throw NotRunning(description: "tctl up: \(cluster.up.errors)") }
    return cluster.home
  }

  struct NotRunning: Error, CustomStringConvertible { var description: String }
}
