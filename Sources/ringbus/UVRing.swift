import CLibuv
import Glibc
import Synchronization

/// The ring between daemons, over libuv streams: Unix sockets between daemons of one host, TCP between hosts.
///
/// Each daemon listens on one address and connects to its successor. A station's frame goes from daemon to
/// daemon until the next is the one that it came from. Neighbours are at most one round apart, so frames are
/// kept for the present round and the next.
///
/// Make it (which listens), `join`, then `put` and `take` round after round. All on one thread; only `wake`
/// may come from others. Making one lets the process ignore SIGPIPE, unless it has a handler of its own.
public final class UVRing: Ring {
  public var stations: Int { configuration.stations }
  public var local: Range<Int> { configuration.local }
  /// Where this daemon listens, with the port that the system chose.
  public internal(set) var address: RingAddress

  let configuration: RingConfiguration
  let greeting: Greeting
  let loop: UnsafeMutablePointer<uv_loop_t>
  /// The handles that live as long as the ring.
  let async = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
  let ticker = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
  let alarm = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
  var listener: UnsafeMutablePointer<uv_stream_t>?

  var predecessor: Link?
  var successor: Link?
  /// Accepted connections that have not said who they are.
  var strangers: [Link] = []
  /// Milliseconds between two heartbeats, and between two judgements of the neighbours.
  let tick: Int
  /// Whether wake may still touch the loop; held while it does.
  let awake = Mutex(true)
  var woken = false

  /// How the ring came to its end, once it has. Thrown by every call since.
  var verdict: RingError?
  var isClosed = false
  /// A daemon that left in order, and the number of rounds that it had completed; this one may still complete
  /// as many.
  var departure: Notice?

  // Frames. A slot is (round & 1) * stations + station.
  /// Rounds completed, so the number of the present one. The first, round 0, is the ring's own: see `join`.
  var round: UInt64 = 0
  /// The local stations' frames of the present round have been said.
  private var isUnderWay = false
  var inbox: [[UInt8]]
  var arrived: [Bool]
  /// How many frames of a round with this parity are still to come.
  var missing: [Int]
  /// Counted through all rounds, so that the loop gets its turn however quick they are.
  private var polls: UInt = 0
  /// Rounds for which waiting blocks at once, since others have been seen to want the processors.
  private var crowdedRounds = 0
  var outgoing: UnsafeMutableRawPointer
  var outgoingCapacity = 1 << 16

  // Joining.
  var target: RingAddress?
  /// In the loop's milliseconds.
  var deadline: UInt64 = .max
  var successorAddresses: [sockaddr_storage] = []
  var nextAddress = 0
  var lastProblem: String?
  var lastRefusal: String?

  /// Listens at the configuration's address.
  ///
  /// - Throws: `RingError` of kind `address` when the configuration is impossible, or when the address cannot
  ///   be listened on.
  public init(_ configuration: RingConfiguration) throws(RingError) {
    try configuration.check()
    self.configuration = configuration
    greeting = Greeting(configuration)
    address = configuration.listen
    tick = max(5, min(1000, configuration.silenceTimeout / 5))
    inbox = Array(repeating: [], count: 2 * configuration.stations)
    arrived = Array(repeating: false, count: 2 * configuration.stations)
    missing = Array(repeating: configuration.stations - configuration.local.count, count: 2)
    outgoing = .allocate(byteCount: outgoingCapacity, alignment: 16)
    loop = .allocate(capacity: 1)
    let result = uv_loop_init(loop)
    precondition(result == 0, "libuv makes no loop: \(reason(result))")
    ignoreBrokenPipes()

    let me = Unmanaged.passUnretained(self).toOpaque()
    uv_async_init(loop, async) { async in
      Unmanaged<UVRing>.fromOpaque(async!.pointee.data).takeUnretainedValue().woken = true
    }
    async.pointee.data = me
    uv_timer_init(loop, ticker)
    ticker.pointee.data = me
    uv_timer_init(loop, alarm)
    alarm.pointee.data = me
    do throws(RingError) {
      if !isAlone { try listen() }
    } catch {
      verdict = error
      shutDown(within: 0)
      throw error
    }
  }

  deinit {
    shutDown(within: 0)
    outgoing.deallocate()
  }

  /// All stations are here: there are no links.
  var isAlone: Bool { local.count == stations }

  // MARK: Rounds

  public func put(_ frames: [[UInt8]]) throws(RingError) {
    precondition(frames.count == stations, "a round has a frame for each of \(stations) stations")
    precondition(!isUnderWay, "a round is under way already")
    try begin()
    if !isAlone { try say(frames) }
    isUnderWay = true
  }

  public func take(_ frames: inout [[UInt8]], patience: RingPatience) throws(RingError) {
    precondition(frames.count == stations, "a round has a frame for each of \(stations) stations")
    precondition(isUnderWay, "no round is under way")
    defer { isUnderWay = false }
    if let verdict { throw verdict }
    if isAlone {
      round += 1
      return
    }
    if crowdedRounds > 0 { crowdedRounds -= 1 }
    let parity = Int(round & 1)
    let slots = parity * stations
    try wait(busy: patience == .busy) { missing[parity] == 0 && unsent == 0 }
    for station in 0..<stations where !local.contains(station) {
      swap(&frames[station], &inbox[slots + station])
      arrived[slots + station] = false
    }
    missing[parity] = stations - local.count
    round += 1
  }

  public func waitForWake() throws(RingError) {
    precondition(!isUnderWay, "a round is under way")
    try begin()
    try wait(busy: false) { woken || (hasNews && unsent == 0) }
    woken = false
  }

  public func wake() {
    awake.withLock { if $0 { uv_async_send(async) } }
  }

  /// A frame of the next round has come.
  private var hasNews: Bool { missing[Int(round & 1)] < stations - local.count }

  /// Frames that this daemon still has to pass to the system; its neighbours may wait for them.
  var unsent: Int { successor?.pending ?? 0 }

  private func begin() throws(RingError) {
    if let verdict { throw verdict }
    if let departure, departure.round <= round {
      fail(departure.error)
      throw conclude()
    }
    predecessor?.silentTicks = 0
    successor?.silentTicks = 0
  }

  /// Puts the local stations' frames on the link to the successor, all in one write.
  private func say(_ frames: [[UInt8]]) throws(RingError) {
    var size = 0
    for station in local {
      guard frames[station].count <= configuration.frameLimit else {
        throw RingError(
          .protocolViolation, station: station,
          "station \(station) has a frame of \(frames[station].count) bytes for the ring, and \(configuration.frameLimit) are the most"
        )
      }
      size += MessageHead.size + frames[station].count
    }
    if size > outgoingCapacity {
      outgoing.deallocate()
      outgoing = .allocate(byteCount: size, alignment: 16)
      outgoingCapacity = size
    }
    var place = outgoing
    for station in local {
      frames[station].withUnsafeBytes {
        if let bytes = $0.baseAddress { (place + MessageHead.size).copyMemory(from: bytes, byteCount: $0.count) }
        MessageHead.write(.frame, station: station, round: round, length: $0.count, at: place)
        place += MessageHead.size + $0.count
      }
    }
    successor!.sendFrames(outgoing, size)
  }

  /// Runs the loop until `done`, polling for a while if `busy` and nobody but this ring's daemons wants the
  /// processors.
  ///
  /// Who yields to work that has nothing to do with the ring has the processor back only after that one's
  /// time slice, milliseconds later; who blocks has it as soon as a frame comes.
  @inline(__always)
  func wait(busy: Bool, until done: () -> Bool) throws(RingError) {
    var polling = busy && crowdedRounds == 0
    var began: UInt64 = .max
    while verdict == nil, !done() {
      if configuration.delay != nil { releaseDelayed() }
      guard polling else {
        uv_run(loop, UV_RUN_ONCE)
        continue
      }
      polls &+= 1
      // Most of what comes are frames of the predecessor: to read its link takes one call of the system, to
      // let libuv do it takes two. The loop looks after the rest: other connections, timers, the end of a
      // link.
      if polls & 15 != 0, unsent == 0, let predecessor {
        if !predecessor.readDirectly() { polling = yield() }
        continue
      }
      uv_run(loop, UV_RUN_NOWAIT)
      if verdict != nil || done() { break }
      // Without this, a neighbour on the same core would not run before our time slice ends.
      polling = yield()
      guard polling else { continue }
      let now = uv_now(loop)
      if began == .max { began = now }
      polling = now - began < configuration.pollLimit
    }
    if verdict != nil { throw conclude() }
  }

  /// Lets others run. False if they took so long that they cannot have been this ring's daemons, which would
  /// have yielded in turn.
  @inline(__always)
  private func yield() -> Bool {
    let start = uv_hrtime()
    sched_yield()
    // Injected delays are of microseconds, the loop's timers of milliseconds: frames that are held are sent
    // on in time by who polls.
    guard uv_hrtime() &- start > configuration.yieldLimit, configuration.delay == nil else { return true }
    crowdedRounds = configuration.crowdedRounds
    return false
  }

  // MARK: What comes in

  /// Takes the whole messages that a link has.
  func take(from link: Link) {
    var at = 0
    var need = 0
    // Frames that go on lie one after the other mostly, and are then sent in one write, right out of the
    // buffer.
    var runStart = 0
    var runEnd = 0
    while link.state != .gone, link.state != .draining {
      let left = link.filled - at
      let place = link.buffer + at
      guard left >= MessageHead.size else {
        if left > 0 { rejectGarbage(link, place, left) }
        break
      }
      guard let head = MessageHead(place) else {
        rejectGarbage(link, place, left)
        break
      }
      let isFrame = head.kind == MessageHead.Kind.frame.rawValue && link.state == .open
      guard head.length <= (isFrame ? configuration.frameLimit : MessageHead.shortLimit) else {
        violated(link, "sent a message of \(head.length) bytes, which is too long")
        break
      }
      let size = MessageHead.size + head.length
      guard left >= size else {
        need = size
        break
      }
      guard head.isWhole(place) else {
        violated(link, "sent a damaged message (its checksum is wrong)")
        break
      }
      let payload = UnsafeRawBufferPointer(start: place + MessageHead.size, count: head.length)
      if isFrame {
        if accept(head, payload, from: link) {
          if runEnd != at {
            successor?.sendFrames(link.buffer + runStart, runEnd - runStart)
            runStart = at
          }
          runEnd = at + size
        }
      } else {
        handle(head, payload, from: link)
      }
      at += size
    }
    guard link.state != .gone else { return }
    if runEnd > runStart { successor?.sendFrames(link.buffer + runStart, runEnd - runStart) }
    link.consume(min(at, link.filled), roomFor: need)
  }

  func other(than link: Link) -> Link? { link === predecessor ? successor : link === successor ? predecessor : nil }

  /// Keeps a frame; whether it goes on to the successor.
  private func accept(_ head: MessageHead, _ payload: UnsafeRawBufferPointer, from link: Link) -> Bool {
    let station = head.station
    let parity = Int(head.round & 1)
    guard head.round &- round <= 1, station < stations, !local.contains(station), !arrived[parity * stations + station],
      link.side == .predecessor
    else {
      violated(
        link, "sent a frame of station \(station) and round \(head.round), which is not its turn in round \(round)")
      return false
    }
    let slot = parity * stations + station
    arrived[slot] = true
    missing[parity] -= 1
    inbox[slot].removeAll(keepingCapacity: true)
    inbox[slot].append(contentsOf: payload)
    // While it joins, a successor gets no frame before its greeting, and then all that have come.
    guard let successor, successor.state == .open else { return false }
    return !successor.neighbour.contains(station)
  }

  private func handle(_ head: MessageHead, _ payload: UnsafeRawBufferPointer, from link: Link) {
    guard let kind = MessageHead.Kind(rawValue: head.kind) else {
      return violated(link, "sent a message of an unknown kind \(head.kind)")
    }
    switch (kind, link.state) {
    case (.hello, .greeting) where link.side == .stranger: hear(hello: payload, from: link)
    case (.welcome, .greeting) where link.side == .successor: hear(welcome: payload, from: link)
    case (.refusal, .greeting) where link.side == .successor: hear(refusal: payload, from: link)
    case (.refusal, .welcomed): dismiss(link, String(decoding: payload, as: UTF8.self))
    case (.heartbeat, .welcomed): confirm(link)
    case (.heartbeat, .open): break
    case (.notice, .open):
      guard let notice = Notice(head, payload) else { return violated(link, "sent a notice that cannot be read") }
      hear(notice, from: link)
    default: violated(link, "sent a message (\(kind)) out of turn")
    }
  }
}

extension Link {
  /// Whether frames still wait here.
  var pending: Int { writeProblem != nil || state == .gone ? 0 : queuedWrites + (held.map { $0.isEmpty ? 0 : 1 } ?? 0) }

  /// Sends frames, through the injected delay if there is one.
  @inline(__always)
  func sendFrames(_ bytes: UnsafeRawPointer, _ count: Int) {
    if held == nil { return send(bytes, count) }
    var at = 0
    while at < count {
      let size = MessageHead.size + (MessageHead(bytes + at)?.length ?? 0)
      held!.put(UnsafeRawBufferPointer(start: bytes + at, count: size))
      at += size
    }
  }
}

/// libuv writes to sockets without asking the system to spare it the signal.
private func ignoreBrokenPipes() {
  var present = sigaction()
  sigaction(SIGPIPE, nil, &present)
  if present.__sigaction_handler.sa_handler == nil { signal(SIGPIPE, SIG_IGN) }
}
