/// A station of NUMAchine: four processors with their caches, a bus, a memory module with its directory, a
/// ring interface and devices.
///
/// Pure state and transitions: it runs a window when it is told to, from what other stations sent before, and
/// says what it sent itself.
/// - `Station-run`: the order of things inside a window.
/// - `Station-requests`: what processors ask for goes on the bus and the ring.
/// - `Station-processors`: interrupts, and when a processor goes on.
/// - `Station-memory`: the time that memory takes.
/// - `Station-messages`: messages, and the packets that they become.
/// - `Station-devices`: the local window.
///
/// What becomes of lines is its protocol's (`Coherence`).
public final class Station {
  public let profile: MachineProfile
  public let budget: LatencyBudget
  public let number: Int
  public let stations: Int
  let processors: [Processor]
  let bank: ProcessorBank
  let firstProcessor: Int
  /// Other stations' messages for memory come and go by the interface to a plain network; with rings they
  /// take the bus.
  let isPlain: Bool
  /// From a memory's answer to another station, of a processor's answer on the bus, and of a command on the
  /// bus, until it is at the interface's output.
  let answerLead: UInt64
  let processorAnswerLead: UInt64
  let networkLead: UInt64
  /// From the decision that is being made until the memory's banks can begin: a command's time on the bus, or
  /// none.
  var commandTicks: UInt64 = 0

  /// Everything that follows is in it.
  let state: StateSpace
  let faults = FaultRecord()
  let memory: MemoryModule
  let bus: SlotCalendar
  let events: EventQueue
  let network: Interconnect
  let host: HostPort

  let coherence: Coherence

  /// Where what happens to lines is noted, if it is.
  var log: LineLog?

  let messages: FlatBuffer<Message>
  let lines: FlatBuffer<UInt8>
  let lineRecord: LineRecord
  let freeMessages: FlatBuffer<Int32>

  /// Per processor: its counters, side by side.
  let processorCounters: FlatBuffer<UInt64>
  let stationCounters: FlatBuffer<UInt64>
  let cards: FlatBuffer<CardState>

  let moment: UnsafeMutablePointer<Moment>
  /// Packets sent since the last frame: headers, each followed by its line.
  public internal(set) var sent: [UInt8] = []

  /// Where the station is in time, and the ends of its lists.
  struct Moment: BitwiseCopyable {
    var time: UInt64 = 0
    var now: UInt64 = 0
    /// The home's answers leave its memory module in order.
    var lastOutput: UInt64 = 0
    /// What comes in from the ring gets on the bus in order; in NUMAchine's protocol only what is sinkable.
    var lastInput: UInt64 = 0
    var freeMessages = 0
    var sequence: UInt32 = 0
  }

  static let poolSize = 512
  /// Requester of a message that only accounts for the time of a write-back.
  static let bookkeeping: UInt8 = 254
  static let transactionCount = 160
  static var noLine: UInt64 { .max }

  /// What the station keeps beside each processor.
  struct CardState: BitwiseCopyable {
    /// Bits of INTERRUPTS.
    var interrupts: UInt64 = 0
    /// The line in the write-back buffer, and until when it is there.
    var writeBackLine: UInt64 = 0
    var writeBackEnd: UInt64 = 0
    /// The value of the uncached access that is being answered.
    var answer: UInt64 = 0
    /// The request has been taken from the processor.
    var isIssued = false
    var isIdle = false
    var isBusError = false
    /// A copy of the line that was read from the network cache has been taken away on its way to the
    /// processor: it is used once.
    var usedOnce = false
    /// How often the present request has been refused, and when it was issued first.
    var retries: UInt8 = 0
    private var reserved: UInt8 = 0
    private var reservedToo: UInt16 = 0
    var issued: UInt64 = 0
    /// The line that is on its way from the network cache, `Station.noLine` where none is.
    var fillUnderWay: UInt64 = .max
  }

  public init(profile: MachineProfile, number: Int, stations: Int) {
    self.profile = profile
    self.number = number
    self.stations = stations
    budget = LatencyBudget(profile)
    firstProcessor = number * profile.processorsPerStation
    let counterCount = ProcessorCounter.allCases.count
    let state = StateSpace()
    self.state = state
    moment = state.value("moment", Moment()).pointer
    let counters = state.buffer(
      "processor counters", count: counterCount * profile.processorsPerStation, of: UInt64.self)
    processorCounters = counters
    stationCounters = state.buffer("station counters", count: StationCounter.allCases.count)
    processors = (0..<profile.processorsPerStation).map {
      Processor(
        profile: profile, number: number * profile.processorsPerStation + $0,
        counters: counters.base + $0 * counterCount,
        state: state.within("processor \($0)"))
    }
    bank = ProcessorBank(processors)
    cards = state.buffer("cards", count: profile.processorsPerStation)
    memory = MemoryModule(state.within("memory"), profile: profile)
    bus = SlotCalendar(state.within("bus"), faults: faults)
    events = EventQueue(state.within("events"), capacity: Station.poolSize + 256, faults: faults)
    network = Interconnect(state.within("network"), profile: profile, stations: stations, faults: faults)
    coherence = Coherence(state, profile: profile)
    isPlain = profile.network == .plain
    let out = isPlain ? 0 : profile.ringOut
    answerLead = UInt64(isPlain ? 0 : profile.busHeader + out)
    processorAnswerLead = UInt64(profile.busHeader + out)
    networkLead = UInt64(profile.networkLookup + out)
    host = HostPort(state.within("host port"), processors: profile.processorsPerStation)
    messages = state.buffer("messages", count: Station.poolSize)
    lineRecord = LineRecord(lineBytes: profile.secondaryLineBytes)
    lines = state.buffer("message lines", count: Station.poolSize * lineRecord.bytes)
    freeMessages = state.buffer("free messages", count: Station.poolSize)
    for index in 0..<Station.poolSize { freeMessages[index] = Int32(Station.poolSize - 1 - index) }
    moment.pointee.freeMessages = Station.poolSize
    for local in 0..<profile.processorsPerStation { cards[local].fillUnderWay = Station.noLine }
  }

  deinit { bank.deallocate() }

  /// Puts bytes into this station's memory, as the PROM does at reset.
  ///
  /// - Parameter address: physical; the bytes must lie in this station's memory.
  public func load(_ bytes: UnsafeRawBufferPointer, at address: UInt64) {
    for (offset, byte) in bytes.enumerated() {
      memory.pointer(address + UInt64(offset)).storeBytes(of: byte, as: UInt8.self)
    }
  }

  /// Starts every processor at an address.
  public func reset(entry: UInt64) {
    for processor in processors {
      processor.reset(
        entry: entry,
        arguments: (
          UInt64(processor.number), UInt64(stations), UInt64(profile.processorsPerStation), UInt64(profile.memoryBytes)
        ))
    }
  }

  /// A record from outside (`docs/machine.md`), which the operating system finds at the beginning of the next
  /// window.
  public func enter(_ record: [UInt8]) {
    host.enter(record)
    raiseHostLine(at: time)
  }

  /// End of the last window that was run: the station's present.
  public internal(set) var time: UInt64 {
    get { moment.pointee.time }
    set { moment.pointee.time = newValue }
  }
  /// The tick that is being served; nobody books anything before it.
  var now: UInt64 {
    get { moment.pointee.now }
    set { moment.pointee.now = newValue }
  }
  func count(_ counter: StationCounter, _ amount: UInt64 = 1) { stationCounters[counter.rawValue] &+= amount }

  func count(_ counter: ProcessorCounter, _ local: Int, _ amount: UInt64 = 1) {
    processorCounters[local &* ProcessorCounter.allCases.count &+ counter.rawValue] &+= amount
  }

  /// Takes the bus for a command, or for an answer with or without a line.
  func bookBus(earliest: UInt64, length: Int) -> UInt64 {
    count(.busTransactions)
    count(.busBusyTicks, UInt64(length))
    let slot = bus.book(earliest: earliest, length: UInt64(length), now: now)
    count(.busWaitTicks, slot &- earliest)
    return slot
  }

  /// All processors of this station, as a mask.
  var allProcessors: UInt8 { UInt8(truncatingIfNeeded: (1 << processors.count) - 1) }
  var lineTransfer: Int { profile.busHeader + profile.secondaryLineBytes / profile.busBeatBytes * profile.busBeat }
  func home(of address: UInt64) -> Int { Int(address >> 32) }
  func isMemory(_ address: UInt64) -> Bool {
    home(of: address) < stations && Int(address & 0xFFFF_FFFF) < profile.memoryBytes
  }
  /// The stations of a set of processors.
  func routingMask(of processors: UInt64) -> UInt16 {
    let perStation = UInt64(profile.processorsPerStation)
    var mask: UInt16 = 0
    for station in 0..<stations where (processors >> (UInt64(station) * perStation)) & ((1 << perStation) - 1) != 0 {
      mask |= 1 << UInt16(station)
    }
    return mask
  }

  func stationNumber(of processor: UInt8) -> Int { Int(processor) / profile.processorsPerStation }
}
