import Foundation

/// The threads of several daemons' rings: a test waits until one waits.
final class RingThreads: @unchecked Sendable {
  private let lock = NSLock()
  /// Where the system tells of each thread.
  private var folders: [Int: String] = [:]

  /// Called on the thread, from which moment on it counts.
  func begin(_ index: Int) {
    // PROCESS/task/THREAD
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    lock.withLock { folders[index] = own.map { "/proc/\($0)" } }
  }

  /// Returns when the thread sleeps, which it does where it waits for others; false if it does not in time.
  @discardableResult func waitUntilAsleep(_ index: Int, seconds: Double = 10) -> Bool {
    let deadline = Date() + seconds
    var seen = 0
    while seen < 3, Date() < deadline {
      seen = isAsleep(index) ? seen + 1 : 0
      usleep(1_000)
    }
    return seen == 3
  }

  private func isAsleep(_ index: Int) -> Bool {
    guard let folder = lock.withLock({ folders[index] }),
      let stat = try? String(contentsOfFile: folder + "/stat", encoding: .utf8)
    else { return false }
    return stat.split(separator: ")").last?.hasPrefix(" S") == true
  }
}
