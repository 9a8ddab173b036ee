import CLibuv
import Glibc

/// How daemons find each other. Each connects to its successor and says `hello`; the successor compares, and
/// answers `welcome` or `refusal`; the first compares too, and confirms with a heartbeat or refuses.
extension UVRing {
  /// Connects to the successor, lets the predecessor in, and returns when the whole ring is complete.
  ///
  /// - Parameter successor: where the successor listens, if the configuration does not say so.
  /// - Throws: `RingError`: `refused` when the neighbours are not of the same cluster, machine or image,
  ///   `address` when the successor's address leads nowhere, `silent` when the ring is not complete within
  ///   the time-out; or what another daemon of the ring suffered. The ring is then closed for good.
  public func join(successor address: RingAddress? = nil) throws(RingError) {
    if let verdict { throw verdict }
    guard !isAlone else { return }
    do throws(RingError) {
      guard let target = address ?? configuration.successor else {
        throw RingError(.address, "\(stationName(local)) has no address of a successor")
      }
      try target.check()
      if case .tcp(let host, let port) = target { successorAddresses = try RingAddress.resolve(host: host, port: port) }
      self.target = target
    } catch {
      fail(error)
      throw conclude()
    }
    uv_timer_start(
      ticker, { Unmanaged<UVRing>.fromOpaque($0!.pointee.data).takeUnretainedValue().beat() }, UInt64(tick),
      UInt64(tick))
    uv_timer_start(alarm, { Unmanaged<UVRing>.fromOpaque($0!.pointee.data).takeUnretainedValue().connect() }, 0, 20)
    uv_update_time(loop)
    deadline = uv_now(loop) + UInt64(configuration.joinTimeout)
    try wait(busy: false) {
      isLate { whoIsMissing() } || (self.successor?.state == .open && predecessor?.state == .open)
    }
    try meet()
    if configuration.delay != nil {
      uv_timer_start(
        alarm, { Unmanaged<UVRing>.fromOpaque($0!.pointee.data).takeUnretainedValue().releaseDelayed() }, 1, 1)
    } else {
      uv_timer_stop(alarm)
    }
  }

  /// Past the deadline, fails and is true.
  private func isLate(_ who: () -> (station: Int?, text: String)) -> Bool {
    guard uv_now(loop) >= deadline, verdict == nil else { return false }
    let missing = who()
    fail(
      RingError(
        .silent, station: missing.station,
        "the ring is not complete after \(configuration.joinTimeout) ms: \(missing.text)"))
    return true
  }

  private func whoIsMissing() -> (station: Int?, text: String) {
    if successor?.state != .open {
      let station = local.upperBound % stations
      return (station, "station \(station) is not reached at \(target!)\(lastProblem.map { " (\($0))" } ?? "")")
    }
    let station = (local.lowerBound + stations - 1) % stations
    return (
      station,
      "station \(station) has not called at \(address)\(lastRefusal.map { "; turned away before: \($0)" } ?? "")"
    )
  }

  // MARK: Round 0

  /// Waits for the empty frames of all stations, so that nobody starts before everybody is there.
  private func meet() throws(RingError) {
    try wait(busy: false) {
      (missing[0] == 0 && unsent == 0)
        || isLate {
          // Those behind the gap cannot be heard either: the gap is where, going back, the first is missing.
          let station = (1..<stations).map { (local.lowerBound + stations - $0) % stations }.first { !arrived[$0] } ?? 0
          return (station, "station \(station) has not joined")
        }
    }
    for station in 0..<stations { arrived[station] = false }
    missing[0] = stations - local.count
    round = 1
  }

  // MARK: The successor

  /// Tries to reach the successor, unless that is under way or done.
  fileprivate func connect() {
    guard verdict == nil, successor == nil, let target else { return }
    let link = Link(self, target, side: .successor, state: .connecting)
    successor = link
    let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
    let whenConnected: uv_connect_cb = { request, status in
      let link = Link.of(request!.pointee.handle)
      request!.deallocate()
      guard link.state == .connecting else { return }
      link.ring.connected(link, status)
    }
    var result: Int32 = 0
    switch target {
    case .unix(let path):
      uv_pipe_connect(
        request, UnsafeMutableRawPointer(link.stream).assumingMemoryBound(to: uv_pipe_t.self), path, whenConnected)
    case .tcp:
      var socket = successorAddresses[nextAddress % successorAddresses.count]
      nextAddress += 1
      result = withUnsafePointer(to: &socket) {
        uv_tcp_connect(
          request, UnsafeMutableRawPointer(link.stream).assumingMemoryBound(to: uv_tcp_t.self),
          UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), whenConnected)
      }
    }
    if result < 0 {
      request.deallocate()
      connected(link, result)
    }
  }

  private func connected(_ link: Link, _ status: Int32) {
    guard status == 0 else {
      lastProblem = reason(status)
      return forget(link)
    }
    link.state = .greeting
    link.sendAtOnce()
    link.startReading()
    link.send(MessageHead.message(.hello, station: local.lowerBound, greeting.bytes))
  }

  func hear(welcome payload: UnsafeRawBufferPointer, from link: Link) {
    let objection: String?
    switch Greeting.read(payload, expecting: greeting) {
    case .greeting(let theirs):
      objection =
        greeting.objection(to: theirs)
        ?? (theirs.local.lowerBound == local.upperBound % stations
          ? nil
          : "\(theirs.name) does not come right after \(greeting.name) in the ring; check the order of the addresses")
      link.neighbour = theirs.local
    case .otherVersion(let version): objection = otherVersion(version)
    case .unreadable: objection = "the greeting from \(link.address) cannot be read"
    }
    if let objection {
      link.send(MessageHead.message(.refusal, station: local.lowerBound, Array(objection.utf8)))
      return fail(RingError(.refused, "\(greeting.name) does not join the daemon at \(link.address): \(objection)"))
    }
    link.state = .open
    link.silentTicks = 0
    if let delay = configuration.delay {
      link.held = DelayLine(RingDelay(seed: delay.seed &+ UInt64(local.lowerBound), longest: delay.longest))
    }
    link.send(MessageHead.message(.heartbeat, station: local.lowerBound))
    // The own frames of round 0, and those of others that came from the predecessor meanwhile.
    for station in 0..<stations where local.contains(station) || (arrived[station] && !link.neighbour.contains(station))
    {
      link.send(MessageHead.message(.frame, station: station, round: 0, inbox[station]))
    }
  }

  func hear(refusal payload: UnsafeRawBufferPointer, from link: Link) {
    fail(
      RingError(
        .refused,
        "the daemon at \(link.address) does not let \(greeting.name) in: \(String(decoding: payload, as: UTF8.self))"))
  }

  private func otherVersion(_ version: UInt32) -> String {
    "the ring's protocol has version \(greeting.version) at \(greeting.name) and \(version) at the other end; run one version of the daemon everywhere"
  }

  // MARK: The predecessor

  func hear(hello payload: UnsafeRawBufferPointer, from link: Link) {
    let objection: String?
    switch Greeting.read(payload, expecting: greeting) {
    case .greeting(let theirs):
      objection =
        greeting.objection(toPredecessor: theirs)
        ?? (predecessor == nil ? nil : "\(theirs.name) is connected already; is this a second daemon for it?")
      link.neighbour = theirs.local
    case .otherVersion(let version): objection = otherVersion(version)
    case .unreadable: objection = "the greeting cannot be read"
    }
    if let objection {
      link.send(MessageHead.message(.refusal, station: local.lowerBound, Array(objection.utf8)))
      return dismiss(link, objection)
    }
    link.state = .welcomed
    link.silentTicks = 0
    link.side = .predecessor
    strangers.removeAll { $0 === link }
    predecessor = link
    link.send(MessageHead.message(.welcome, station: local.lowerBound, greeting.bytes))
  }

  /// A daemon that called is not let in, or does not want to be.
  func dismiss(_ link: Link, _ objection: String) {
    lastRefusal = objection
    report("turned away a daemon at \(address): \(objection)")
    forget(link)
  }

  func confirm(_ link: Link) {
    link.state = .open
  }
}
