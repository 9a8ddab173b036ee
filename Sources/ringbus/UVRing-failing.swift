import CLibuv
import Glibc

/// How a ring ends: a neighbour's death, its silence, its leaving, a broken protocol. Every daemon comes to
/// name the same station, because who finds a fault tells both ways round the ring before it closes.
extension UVRing {
  public func close() {
    guard !isClosed else { return }
    if verdict == nil {
      let error = RingError(.left, station: local.lowerBound, "\(stationName(local)) has left the ring")
      tell(Notice(error, round: round), except: nil)
      verdict = RingError(.left, station: local.lowerBound, "this end of the ring, \(stationName(local)), is closed")
    }
    shutDown(within: 500)
  }

  /// The ring cannot go on. The first reason counts.
  func fail(_ error: RingError, toldBy source: Link? = nil) {
    guard verdict == nil else { return }
    verdict = error
    tell(Notice(error, round: round), except: source)
  }

  private func tell(_ notice: Notice, except source: Link?) {
    let message = notice.message
    for link in [predecessor, successor] where link != nil && link !== source && link!.state == .open {
      link!.send(message)
    }
  }

  /// Closes the links, and returns what was the matter.
  func conclude() -> RingError {
    shutDown(within: 500)
    return verdict!
  }

  func hear(_ notice: Notice, from link: Link) {
    guard notice.error.kind == .left, notice.round > round else { return fail(notice.error, toldBy: link) }
    // It had all frames of the present round, and has handed on all that it had to: this round can be
    // completed without it.
    guard departure == nil || departure!.error.station != notice.error.station else { return }
    if departure == nil || notice.round < departure!.round { departure = notice }
    let other = other(than: link)
    if other?.state == .open { other?.send(notice.message) }
  }

  /// The other end closed the link, or the system broke it.
  func ended(_ link: Link, _ code: Int32) {
    let why = code == UV_EOF.rawValue ? "its connection closed" : "its connection broke: \(reason(code))"
    switch link.state {
    // After a departure the others leave too, each when its round is complete.
    case .open where departure != nil && (link.side == .successor || missing[Int(round & 1)] == 0): link.close()
    case .open:
      fail(
        RingError(
          .died, station: link.neighbour.lowerBound,
          "the daemon of \(stationName(link.neighbour)) has died (\(why)); look at its log, then start the cluster again"
        ),
        toldBy: link)
      link.close()
    case .connecting, .greeting, .welcomed:
      if link.side == .successor {
        lastProblem = "the daemon there gave no answer (\(why))"
      } else {
        report("turned away a connection to \(address): it ended before its greeting was complete")
      }
      forget(link)
    case .draining: link.close()
    case .gone: break
    }
  }

  /// A message that no daemon of this ring sends.
  func violated(_ link: Link, _ what: String) {
    switch link.state {
    case .open:
      fail(
        RingError(
          .protocolViolation, station: link.neighbour.lowerBound,
          "the daemon of \(stationName(link.neighbour)) \(what); start the cluster again, with one version of the daemon everywhere"
        ))
    case .connecting, .greeting, .welcomed:
      if link.side == .successor {
        lastProblem = "whoever listens there \(what)"
      } else {
        report("turned away a connection to \(address): it \(what)")
      }
      forget(link)
    case .draining, .gone: break
    }
  }

  /// Bytes at `place` that are no message, or too few to be one: if they cannot become one, the link is not
  /// worth having.
  func rejectGarbage(_ link: Link, _ place: UnsafeRawPointer, _ count: Int) {
    let magic: [UInt8] = [0x52, 0x49, 0x4e, 0x47]
    let bytes = UnsafeRawBufferPointer(start: place, count: count)
    if count < MessageHead.size, zip(bytes, magic).allSatisfy({ $0 == $1 }) { return }
    let shown = bytes.prefix(12).map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
    violated(link, "sent what is no message of the ring ('\(shown)')")
  }

  func report(_ line: String) { configuration.report("ring: \(line)") }

  /// Gives up a connection that is not part of the ring.
  func forget(_ link: Link) {
    link.close()
    strangers.removeAll { $0 === link }
    if predecessor === link { predecessor = nil }
    if successor === link { successor = nil }
  }

  // MARK: Heartbeats

  /// Called each `tick` milliseconds while this daemon waits; never while it computes, so that its own long
  /// window blames nobody.
  func beat() {
    // One tick more than the time-out has: the first may have been due before the wait began.
    let limit = (configuration.silenceTimeout + tick - 1) / tick + 1
    for case let link? in [predecessor, successor] where link.state == .open {
      // Timers come before reading: what explains the problem may not have been read at the first tick.
      if let problem = link.writeProblem {
        if link.problemIsOld { return ended(link, problem) }
        link.problemIsOld = true
      }
      link.silentTicks = link.heard ? 0 : link.silentTicks + 1
      link.heard = false
      if link.silentTicks > limit {
        return fail(
          RingError(
            .silent, station: link.neighbour.lowerBound,
            "the daemon of \(stationName(link.neighbour)) has said nothing for \(configuration.silenceTimeout) ms; see whether it is stopped, or its host unreachable"
          ))
      }
      if link.queuedWrites == 0 { link.send(MessageHead.message(.heartbeat, station: local.lowerBound)) }
    }
    for link in strangers + [predecessor].compactMap({ $0?.state == .welcomed ? $0 : nil }) {
      link.silentTicks += 1
      if link.silentTicks > limit {
        report("turned away a connection to \(address): it said nothing for \(configuration.silenceTimeout) ms")
        forget(link)
      }
    }
  }

  func releaseDelayed() {
    for case let link? in [predecessor, successor] {
      while let bytes = link.held?.take() { link.send(bytes) }
    }
  }

  // MARK: The end

  /// Closes everything. Waits up to `limit` milliseconds for neighbours to take their last message: a TCP
  /// connection that is closed with bytes unread throws away what it was still sending.
  func shutDown(within limit: Int) {
    guard !isClosed else { return }
    isClosed = true
    awake.withLock { $0 = false }
    if let listener { closeListener(listener) }
    listener = nil
    for link in strangers { link.close() }
    strangers = []
    uv_timer_stop(ticker)
    let links = [predecessor, successor].compactMap { $0 }
    for link in links {
      // A silent neighbour will not take its leave.
      if limit == 0 || verdict?.kind == .silent && link.neighbour.contains(verdict?.station ?? -1) {
        link.close()
      } else {
        link.drain()
      }
    }
    if limit > 0 {
      uv_update_time(loop)
      let began = uv_now(loop)
      uv_timer_start(alarm, { _ in }, 20, 20)
      while links.contains(where: { $0.state != .gone }), uv_now(loop) - began < limit { uv_run(loop, UV_RUN_ONCE) }
    }
    for link in links { link.close() }
    uv_close(UnsafeMutableRawPointer(async).assumingMemoryBound(to: uv_handle_t.self), nil)
    uv_close(UnsafeMutableRawPointer(ticker).assumingMemoryBound(to: uv_handle_t.self), nil)
    uv_close(UnsafeMutableRawPointer(alarm).assumingMemoryBound(to: uv_handle_t.self), nil)
    uv_run(loop, UV_RUN_DEFAULT)
    let result = uv_loop_close(loop)
    precondition(result == 0, "a handle of the ring was left open: \(reason(result))")
    loop.deallocate()
    async.deallocate()
    ticker.deallocate()
    alarm.deallocate()
    predecessor = nil
    successor = nil
  }
}
