/// The protocol by which a station's lines are kept coherent: chosen once, when the station is made.
///
/// Both protocols have the same entries: a processor's request goes out (`issue`), a message is at its home,
/// which is this station's memory (`decide`), and a message has been on the bus in full (`notice`). The station
/// calls them when their time has come, and lends them what is its own: bus, events, messages, processors.
enum Coherence {
  case flat(FlatProtocol)
  case numachine(NUMAchineProtocol)

  init(_ state: StateSpace, profile: MachineProfile) {
    switch profile.coherence {
    case .flat: self = .flat(FlatProtocol(state))
    case .numachine: self = .numachine(NUMAchineProtocol(state, profile: profile))
    }
  }

  /// A processor's request for a line is decided at its time.
  func issue(_ kind: MessageKind, _ local: Int, _ request: ExternalRequest, in station: Station) {
    switch self {
    case .flat(let flat): flat.issue(kind, local, request, in: station)
    case .numachine(let numachine): numachine.issue(kind, local, request, at: request.time, in: station)
    }
  }

  /// A processor's dirty line leaves it behind a command on the bus.
  func giveUpVictim(_ request: ExternalRequest, _ local: Int, after commandEnd: UInt64, in station: Station) {
    switch self {
    case .flat(let flat): flat.giveUpVictim(request, local, after: commandEnd, in: station)
    case .numachine(let numachine): numachine.giveUpVictim(request, local, after: commandEnd, in: station)
    }
  }

  /// A processor has lost its dirty line by a CACHE operation, unwritten.
  func forgetOwner(of address: UInt64, _ local: Int, in station: Station) {
    if case .numachine(let numachine) = self { numachine.forgetOwner(of: address, local, in: station) }
  }

  /// A packet has come through the station's interface: it takes a slot on the bus.
  func arrive(_ index: Int, at time: UInt64, in station: Station) {
    switch self {
    case .flat(let flat): flat.arrive(index, at: time, in: station)
    case .numachine(let numachine): numachine.arrive(index, at: time, in: station)
    }
  }

  /// A message has its slot on the home's bus.
  func decide(_ index: Int, at time: UInt64, in station: Station) {
    switch self {
    case .flat(let flat): flat.decide(index, at: time, in: station)
    case .numachine(let numachine): numachine.decide(index, at: time, in: station)
    }
  }

  /// A message has been on the bus in full: those that it is for take notice.
  func notice(_ index: Int, at time: UInt64, in station: Station) {
    switch self {
    case .flat(let flat): flat.notice(index, at: time, in: station)
    case .numachine(let numachine): numachine.notice(index, at: time, in: station)
    }
  }

  /// Something that the protocol itself has put off is due.
  func goOn(_ event: Event, in station: Station) {
    switch self {
    case .flat: station.faults.note("the flat protocol puts nothing off")
    case .numachine(let numachine): numachine.goOn(event, in: station)
    }
  }

  /// Whether what was restored is what a protocol of this machine can know.
  func isSound(in station: Station) -> Bool {
    switch self {
    case .flat(let flat): flat.isSound(in: station)
    case .numachine(let numachine): numachine.isSound(in: station)
    }
  }

  /// For the digest: `NUMAchineProtocol.Input`, zeros where there is none.
  var inputState: (UInt64, UInt64, UInt64) {
    guard case .numachine(let numachine) = self else { return (0, 0, 0) }
    let input = numachine.input.value
    return (input.lastNonSinkable, input.lastWriteBackReady, input.isInputHalted ? 1 : 0)
  }
}

extension MachineProfile.CoherenceProtocol {
  var packetRules: PacketRules {
    switch self {
    case .flat: FlatProtocol.packetRules
    case .numachine: NUMAchineProtocol.packetRules
    }
  }
}

extension Station {
  /// nil where the protocol has none.
  var networkCache: NetworkCache? {
    if case .numachine(let numachine) = coherence { numachine.networkCache } else { nil }
  }
}
