import Foundation
import HostSystem

/// A line on the terminal for what takes longer than a second; nothing where standard error is no terminal.
final class Progress: @unchecked Sendable {
  static let shared = Progress()

  private let lock = NSLock()
  private let isTerminal = isatty(2) == 1
  private var timer: (any DispatchSourceTimer)?
  private var text: () -> String = { "" }
  private var since = ContinuousClock.now
  private var isShown = false
  private var endsLine = true

  /// Shows `text`, asked for anew each time, once a second has passed.
  func begin(_ text: @escaping () -> String) {
    guard isTerminal else { return }
    clear()
    lock.withLock {
      self.text = text
      since = .now
      guard timer == nil else { return }
      let timer = DispatchSource.makeTimerSource(queue: .global())
      timer.schedule(deadline: .now() + 0.25, repeating: 0.25)
      timer.setEventHandler { [unowned self] in tick() }
      timer.resume()
      self.timer = timer
    }
  }

  /// Takes the line away for good.
  func clear() {
    lock.withLock {
      timer?.cancel()
      timer = nil
      erase()
    }
  }

  /// Passes a program's output on, without the line in its midst.
  func pass(_ descriptor: Int32, _ bytes: [UInt8]) {
    lock.withLock {
      erase()
      since = .now
      endsLine = bytes.last == 0x0A
      writeAll(descriptor, bytes)
    }
  }

  private func tick() {
    lock.withLock {
      let elapsed = ContinuousClock.now - since
      guard elapsed > .seconds(1), endsLine, timer != nil else { return }
      let seconds = Int(elapsed / .seconds(1))
      writeAll(2, HostText.bytes("\r\u{1B}[K\(text()) (\(seconds) s)"))
      isShown = true
    }
  }

  private func erase() {
    guard isShown else { return }
    writeAll(2, Array("\r\u{1B}[K".utf8))
    isShown = false
  }
}
