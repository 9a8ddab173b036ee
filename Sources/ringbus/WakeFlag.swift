import Dispatch

/// Wakes a waiting thread: any number of signals before a wait count as one.
final class WakeFlag: @unchecked Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func wait() {
    semaphore.wait()
    while semaphore.wait(timeout: .now()) == .success {}
  }
  func signal() { semaphore.signal() }
}
