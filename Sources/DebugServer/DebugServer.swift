import Foundation
import NUMAchine
import Runner

/// Lets GDB look at a machine in this process, one client at a time.
///
/// The machine runs on its runner's thread and waits there, in the middle of an instruction's window if need
/// be, while a `DebugSession` answers the client on the server's. Only one of the two ever moves.
public final class DebugServer: @unchecked Sendable {
  private enum Event {
    case stopped(processor: Int, Debugger.Reason)
    case ended(status: Int)
  }

  private let runner: MachineRunner
  private let debugger = Debugger()
  private let listener: ListeningSocket
  private var session: DebugSession
  private let lock = NSLock()
  private var events: [Event] = []
  private var isAttached = false
  private var interruptWanted = false
  private let bell: Bell
  private let goOn = DispatchSemaphore(value: 0)
  /// The machine's thread has begun; before that it stands at reset.
  private var isStarted = false
  private var isRunning = false

  public var port: UInt16 { listener.port }

  /// - Parameters:
  ///   - runner: of a whole machine in this process, not started.
  ///   - host: the address to listen on.
  ///   - port: 0 for any.
  /// - Throws: `RunnerError` where that cannot be.
  public init(runner: MachineRunner, host: String = "127.0.0.1", port: UInt16) throws(RunnerError) {
    self.runner = runner
    listener = try ListeningSocket(host: host, port: port)
    bell = Bell()
    session = DebugSession(stations: runner.stations, debugger: debugger)
    debugger.attach(runner.stations)
    debugger.stopped = { [unowned self] processor, reason in stand(processor.number, reason) }
  }

  // MARK: On the machine's thread

  private func stand(_ processor: Int, _ reason: Debugger.Reason) {
    let isWatched = lock.withLock {
      if isAttached {
        interruptWanted = false
        events.append(.stopped(processor: processor, reason))
      }
      return isAttached
    }
    guard isWatched else { return }
    bell.ring()
    goOn.wait()
  }

  /// The program that is debugged has ended: may be called on any thread.
  public func programEnded(status: Int) {
    lock.withLock { events.append(.ended(status: status)) }
    bell.ring()
  }

  // MARK: On the server's thread

  /// Serves clients until the program ends.
  ///
  /// - Returns: its exit status; 137 where a client has killed it.
  public func serve() -> Int {
    while true {
      Self.wait(for: [listener.descriptor, bell.descriptor])
      for event in takeEvents() { if case .ended(let status) = event { return status } }
      guard let client = listener.accept() else { continue }
      lock.withLock { isAttached = true }
      if isRunning { interrupt() }
      let status = converse(client)
      lock.withLock { isAttached = false }
      if let status { return status }
      release()
    }
  }

  private func takeEvents() -> [Event] {
    bell.silence()
    return lock.withLock {
      defer { events = [] }
      return events
    }
  }

  private func resume() {
    isRunning = true
    if isStarted {
      goOn.signal()
    } else {
      isStarted = true
      runner.start()
    }
  }

  /// Stops the machine at the next boundary between windows, unless something else stops it before.
  private func interrupt() {
    lock.withLock { interruptWanted = true }
    runner.pause { [self] in if lock.withLock({ interruptWanted }) { stand(0, .interrupt) } }
  }

  /// The client is gone: the machine runs on undisturbed, unless it was never started.
  private func release() {
    if isRunning {
      // A stop that the client has not heard of any more ends here.
      for event in takeEvents() {
        switch event {
        case .stopped: isRunning = false
        case .ended(let status): programEnded(status: status)
        }
      }
    }
    if isRunning {
      runner.pause { [debugger] in debugger.removeAll() }
    } else {
      debugger.removeAll()
      if isStarted { resume() }
    }
  }

  /// Serves one client until it leaves.
  ///
  /// - Returns: the program's status if it has ended meanwhile.
  private func converse(_ client: ClientSocket) -> Int? {
    defer { client.close() }
    var reader = PacketReader()
    while true {
      Self.wait(for: [client.descriptor, bell.descriptor])
      for event in takeEvents() {
        switch event {
        case .stopped(let processor, let reason):
          let isNews = isRunning && client.hasResumed
          isRunning = false
          let reply = session.stopped(processor, reason)
          if isNews { client.send(Array(reply.utf8)) }
        case .ended(let status):
          client.send(Array("W\(Hex.text([UInt8(truncatingIfNeeded: status)]))".utf8))
          return status
        }
      }
      guard client.isReadable else { continue }
      guard let bytes = client.read() else { return nil }
      for item in reader.take(bytes) {
        switch item {
        case .interrupt: if isRunning { interrupt() }
        case .acknowledged(let isGood): if !isGood { client.sendAgain() }
        case .damaged: client.acknowledge(false)
        case .packet(let packet):
          client.acknowledge(true)
          // While the machine runs there is nothing to answer with, but to a client that has just come and
          // waits for it to stand.
          if isRunning {
            guard !client.hasResumed else {
              client.send(Array("E01".utf8))
              continue
            }
            if let status = awaitStop() { return status }
          }
          if let end = answer(packet, client) { return end }
          if client.hasLeft { return nil }
        }
      }
    }
  }

  /// Waits for the stop that was asked for when the client came.
  private func awaitStop() -> Int? {
    while isRunning {
      Self.wait(for: [bell.descriptor])
      for event in takeEvents() {
        switch event {
        case .stopped(let processor, let reason):
          isRunning = false
          _ = session.stopped(processor, reason)
        case .ended(let status): return status
        }
      }
    }
    return nil
  }

  private func answer(_ packet: [UInt8], _ client: ClientSocket) -> Int? {
    switch session.handle(packet) {
    case .reply(let text): client.send(Array(text.utf8))
    case .binary(let bytes): client.send(bytes)
    case .resume:
      client.hasResumed = true
      resume()
    case .detach:
      client.send(Array("OK".utf8))
      client.hasLeft = true
      debugger.removeAll()
      // Who leaves in order lets the machine go, even one that has not begun.
      if !isStarted { resume() }
    case .kill:
      client.send(Array("OK".utf8))
      return 128 + 9
    }
    if packet.elementsEqual("QStartNoAckMode".utf8) { client.acknowledges = false }
    return nil
  }

  private static func wait(for descriptors: [Int32]) {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&polled, nfds_t(polled.count), -1) < 0 && errno == EINTR {}
  }
}
