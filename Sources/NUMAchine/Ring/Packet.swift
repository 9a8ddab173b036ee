/// What travels between processors, homes and devices: on a station's bus as a transfer, on the ring as a
/// packet.
public enum MessageKind: UInt8, StateChoice, CaseIterable, BitwiseCopyable, Sendable {
  // To a line's home. Raw values are the bytes in memory: both count from 0.
  case read = 0
  case readExclusive, upgrade, conditionalUpgrade
  case writeBack
  case deviceWrite
  // From a home to those who hold a line.
  case invalidate
  /// Asks the owner to share the line.
  case intervene
  /// Asks the owner to give the line up.
  case interveneExclusive
  // The answers to these.
  case invalidated
  /// The owner's line, to the home and to the requester at once.
  case ownerData
  /// The asked processor does not hold the line (any more).
  case notFound
  // To a requester.
  case data, grant, refuse
  /// The line is locked: ask again.
  case retry
  // To processors.
  case interrupt
  // To the rings themselves: what comes in at a station is nearly more than its queue holds, or no longer.
  case halt, resume
}

/// Kinds of packets that belong together for who reads the counters.
public enum PacketGroup: Int, CaseIterable, Sendable {
  case requests, data, grants, refusals, interventions, invalidations, acknowledgements, writeBacks, interrupts, signals

  /// `snake_case`, in the names of counters.
  public var name: String { definition.0 }
  /// The packets, in words.
  var meaning: String { definition.1 }

  private var definition: (String, String) {
    switch self {
    case .requests: ("requests", "requests for lines or for ownership")
    case .data: ("data", "lines for requesters, from memory or from their owners")
    case .grants: ("grants", "grants of ownership without a line")
    case .refusals: ("refusals", "refusals: ask again, or a store conditional that has lost")
    case .interventions: ("interventions", "questions to a line's owner")
    case .invalidations: ("invalidations", "invalidations of copies")
    case .acknowledgements: ("acknowledgements", "answers without a line to interventions and invalidations")
    case .writeBacks: ("write_backs", "dirty lines that go home")
    case .interrupts: ("interrupts", "cross-processor interrupts")
    case .signals: ("signals", "flow control: halt and resume")
    }
  }
}

extension MessageKind {
  /// What the message is counted as.
  var group: PacketGroup {
    switch self {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .deviceWrite: .requests
    case .data, .ownerData: .data
    case .grant: .grants
    case .refuse, .retry: .refusals
    case .intervene, .interveneExclusive: .interventions
    case .invalidate: .invalidations
    case .invalidated, .notFound: .acknowledgements
    case .writeBack: .writeBacks
    case .interrupt: .interrupts
    case .halt, .resume: .signals
    }
  }

  /// Whether a home alone takes the message.
  @inline(__always) var isForHome: Bool {
    switch self {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .writeBack, .deviceWrite, .invalidated, .notFound: true
    default: false
    }
  }

  /// Whether the receiver can take the message without sending anything for it that would need room.
  @inline(__always) var isSinkable: Bool {
    switch self {
    case .read, .readExclusive, .upgrade, .conditionalUpgrade, .intervene, .interveneExclusive: false
    default: true
    }
  }
}

/// A packet's header, in memory as on the wire: plain data, 48 bytes, little-endian, followed by the line's
/// `LineRecord` where it carries one.
public struct Packet: BitwiseCopyable {
  /// Tick at which the packet is at the output of its sender's ring interface.
  public var ready: UInt64 = 0
  /// The line's physical address.
  public var address: UInt64 = 0
  /// Global mask of the processors that the message is for.
  public var processors: UInt64 = 0
  /// An interrupt's bits; in a request of NUMAchine's protocol the tick of its first issue.
  public var value: UInt64 = 0
  /// Counts the sender's packets: breaks ties of `ready`.
  public var sequence: UInt32 = 0
  /// Routing mask: the stations that the packet is for.
  public var stations: UInt16 = 0
  /// Bytes of line that the machine carries, 0 or a line's; `recordBytes` follow on the wire.
  public var dataBytes: UInt16 = 0
  public var kind: MessageKind = .read
  /// The sending station.
  public var source: UInt8 = 0
  /// The processor whose request this message belongs to.
  public var requester: UInt8 = 0
  /// `LineState` to fill with, and `Packet.takenFromNobody`; in a `notFound`, `Packet.writeBackComing` or
  /// `Packet.linkRetained`.
  public var flags: UInt8 = 0
  /// The packet passes the sequencing point before anybody reads it.
  public var isSequenced = false
  /// How often a request has been refused.
  public var retries: UInt8 = 0
  private var reservedToo: UInt16 = 0

  /// In a `notFound`: the line is in the asked processor's write-back, which has not left yet.
  static let writeBackComing: UInt8 = 1
  /// In a `notFound`: the asked processor holds a link to the line, which it had clean and dropped, or a
  /// copy, which it had written back: it is to be told of writes.
  static let linkRetained: UInt8 = 2
  /// In a `data` with a line to write: no processor has lost it for that. Where this is not known it is left
  /// out.
  static let takenFromNobody: UInt8 = 4

  /// In an `invalidate` of NUMAchine's protocol: the writer also waits for the line.
  static let dataFollows: UInt8 = 1
  /// In a `data`, beside the `LineState`: the writer also waits for its own invalidation.
  static let awaitInvalidation: UInt8 = 8
  /// In a `writeBack`: the sender may hold shared copies: a network cache has made room, or a CACHE operation
  /// has written back.
  static let stillShared: UInt8 = 1
  /// In a `notFound`: the line is being moved inside the asked station; ask again.
  static let busy: UInt8 = 4

  public init() {}

  /// Bytes of the `LineRecord` behind the header.
  public var recordBytes: Int { dataBytes == 0 ? 0 : LineRecord(lineBytes: Int(dataBytes)).bytes }
}
