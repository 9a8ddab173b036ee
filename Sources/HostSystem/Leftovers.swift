import Foundation

/// What this process would leave behind if a signal ended it: temporary folders, and tools that it has
/// started.
public final class Leftovers: @unchecked Sendable {
  public static let shared = Leftovers()

  private let lock = NSLock()
  private var folders: Set<String> = []
  private var tools: Set<Int32> = []
  private var sources: [any DispatchSourceSignal] = []

  /// From now on Ctrl-C and its like end the tools, remove the folders, and end the process with 128 + the
  /// signal.
  public func clearOnSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [unowned self] in
        // Not given back: whoever would start another tool waits for the end.
        lock.lock()
        clear()
        exit(128 + number)
      }
      source.resume()
      sources.append(source)
    }
  }

  private func clear() {
    // A tool is the head of a group (`HostProcess.Group`): what it has started goes with it.
    for tool in tools { kill(-tool, SIGKILL) }
    for tool in tools {
      for _ in 0..<200 where kill(-tool, 0) == 0 { usleep(5_000) }
    }
    for folder in folders { HostFile.removeTree(folder) }
  }

  /// Runs a tool, which is known from its first moment on, to its end (`HostProcess`). Returns its status.
  public func run(_ path: String, _ arguments: [String], log: String, environment: [String])
    throws(SystemError) -> Int32
  {
    lock.lock()
    let started = Result { () throws(SystemError) in
      try HostProcess.start(path, arguments, log: log, group: .own, environment: environment)
    }
    if case .success(let tool) = started { tools.insert(tool) }
    lock.unlock()
    let tool = try started.get()
    defer { lock.withLock { _ = tools.remove(tool) } }
    return HostProcess.wait(tool)
  }

  /// Makes a folder that goes with the process, or before.
  public func makeFolder(_ path: String) throws(SystemError) {
    lock.lock()
    defer { lock.unlock() }
    guard HostText.withCString(path, { mkdir($0, 0o700) }) == 0 else { throw SystemError("cannot make", path) }
    folders.insert(path)
  }

  public func removeFolder(_ path: String) {
    lock.withLock {
      HostFile.removeTree(path)
      folders.remove(path)
    }
  }
}
