import NUMAchine

/// One conversation in GDB's remote serial protocol about a machine that stands still: packets in, answers
/// out. Threads are processors, numbered from 1.
///
/// Whatever a packet holds, the answer is a packet: `Exx` for what makes no sense, nothing at all for what is
/// not supported.
struct DebugSession {
  enum Outcome: Equatable {
    case reply(String)
    /// Bytes that are not text.
    case binary([UInt8])
    /// The machine goes on; the answer comes when it stops.
    case resume
    /// The client leaves; the machine goes on by itself.
    case detach
    case kill
  }

  private let view: MachineView
  private let debugger: Debugger
  private let processors: [Processor]
  /// The processor that register and memory packets are about.
  private var selected = 0
  /// Why the machine stands still.
  private var stop: (processor: Int, reason: Debugger.Reason)
  /// Bytes of the longest memory access.
  private static let memoryLimit: UInt64 = 0x1000

  /// - Parameter stations: all of the machine.
  init(stations: [Station], debugger: Debugger) {
    view = MachineView(stations)
    processors = view.processors
    self.debugger = debugger
    stop = (0, .interrupt)
  }

  /// The machine has stopped; returns what to tell the client.
  mutating func stopped(_ processor: Int, _ reason: Debugger.Reason) -> String {
    stop = (processor, reason)
    selected = processor
    return stopReply
  }

  private var stopReply: String {
    let signal = stop.reason == .interrupt ? "02" : "05"
    var reply = "T\(signal)thread:\(Self.thread(stop.processor));"
    switch stop.reason {
    case .breakpoint: reply += "swbreak:;"
    case .watchpoint(let address, let kind):
      let name =
        switch kind {
        case .write: "watch"
        case .read: "rwatch"
        case .access: "awatch"
        }
      reply += "\(name):\(String(address, radix: 16));"
    case .step, .interrupt: break
    }
    return reply
  }

  private static func thread(_ processor: Int) -> String { String(processor + 1, radix: 16) }

  // MARK: Packets

  mutating func handle(_ packet: [UInt8]) -> Outcome {
    guard let first = packet.first else { return .reply("") }
    // Binary writes are the one kind of packet that is no text.
    if first == UInt8(ascii: "X") { return .reply(writeBinary(packet)) }
    guard let text = String(validating: packet, as: UTF8.self) else { return .reply("E01") }
    let rest = text.dropFirst()
    switch first {
    case UInt8(ascii: "?"): return .reply(stopReply)
    case UInt8(ascii: "g"):
      return .reply(
        (0..<Processor.debugRegisters).map { Hex.register(processors[selected].debugRegister($0)) }.joined())
    case UInt8(ascii: "G"): return .reply(writeRegisters(rest))
    case UInt8(ascii: "p"):
      guard let number = Hex.number(rest), number < UInt64(Processor.debugRegisters) else { return .reply("E01") }
      return .reply(Hex.register(processors[selected].debugRegister(Int(number))))
    case UInt8(ascii: "P"): return .reply(writeRegister(rest))
    case UInt8(ascii: "m"): return .reply(readMemory(rest))
    case UInt8(ascii: "M"): return .reply(writeMemory(rest))
    case UInt8(ascii: "H"): return .reply(select(rest))
    case UInt8(ascii: "T"): return .reply(processor(rest) == nil ? "E01" : "OK")
    case UInt8(ascii: "Z"): return .reply(point(rest, isSet: true))
    case UInt8(ascii: "z"): return .reply(point(rest, isSet: false))
    case UInt8(ascii: "c"), UInt8(ascii: "C"):
      // With an address it would be a jump, which GDB makes by writing the program counter.
      return .resume
    case UInt8(ascii: "s"), UInt8(ascii: "S"):
      debugger.stepping = [selected]
      return .resume
    case UInt8(ascii: "D"): return .detach
    case UInt8(ascii: "k"): return .kill
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): return query(text)
    case UInt8(ascii: "v"): return verbose(text)
    default: return .reply("")
    }
  }

  private mutating func verbose(_ text: String) -> Outcome {
    if text == "vCont?" { return .reply("vCont;c;C;s;S") }
    if text.hasPrefix("vCont;") { return resume(text.dropFirst(6)) }
    return text.hasPrefix("vKill") ? .kill : .reply("")
  }

  /// All processors go on, because emulated time is one for all; those that are to step stop after an
  /// instruction.
  private mutating func resume(_ actions: Substring) -> Outcome {
    var stepping: Set<Int> = []
    var settled: Set<Int> = []
    for action in actions.split(separator: ";", omittingEmptySubsequences: false) {
      let parts = action.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let kind = parts[0].first, "cCsS".contains(kind) else { return .reply("E01") }
      var named = Set(processors.indices)
      if parts.count > 1, parts[1] != "-1" {
        guard let one = processor(parts[1]) else { return .reply("E01") }
        named = [one]
      }
      // The first action that fits a thread is its.
      if kind == "s" || kind == "S" { stepping.formUnion(named.subtracting(settled)) }
      settled.formUnion(named)
    }
    debugger.stepping = stepping
    return .resume
  }

  private func query(_ text: String) -> Outcome {
    if text.hasPrefix("qSupported") {
      return .reply(
        "PacketSize=\(String(PacketReader.limit, radix: 16));qXfer:features:read+;swbreak+;vContSupported+;QStartNoAckMode+"
      )
    }
    if text.hasPrefix("qXfer:features:read:target.xml:") { return transfer(text.split(separator: ":").last ?? "") }
    if text == "qfThreadInfo" { return .reply("m" + processors.indices.map(Self.thread).joined(separator: ",")) }
    if text == "qsThreadInfo" { return .reply("l") }
    if text == "qC" { return .reply("QC\(Self.thread(stop.processor))") }
    if text.hasPrefix("qThreadExtraInfo,") {
      guard let index = processor(text.dropFirst(17)) else { return .reply("E01") }
      return .reply(Hex.text(description(processors[index]).utf8))
    }
    if text == "qAttached" { return .reply("1") }
    if text.hasPrefix("qSymbol") || text == "QStartNoAckMode" { return .reply("OK") }
    return .reply("")
  }

  private func description(_ processor: Processor) -> String {
    let mode = processor.debugRegister(32)
    let isUser = mode & 6 == 0 && mode >> 3 & 3 == 2
    return
      "processor \(processor.number), \(isUser ? "program" : "kernel"), \(processor.status == .waiting ? "waits" : "runs"), tick \(processor.time)"
  }

  private func transfer(_ range: Substring) -> Outcome {
    let bounds = range.split(separator: ",").map { Hex.number($0) }
    guard bounds.count == 2, let offset = bounds[0], let length = bounds[1] else { return .reply("E01") }
    let text = Array(TargetDescription.text.utf8)
    guard offset < UInt64(text.count) else { return .reply("l") }
    let part = text[Int(offset)...].prefix(Int(min(length, UInt64(PacketReader.limit / 4))))
    return .binary([UInt8(ascii: part.endIndex == text.endIndex ? "l" : "m")] + part)
  }

  /// A thread's number: the processor; 0 and -1 mean any.
  private func processor(_ text: some StringProtocol) -> Int? {
    if text == "-1" || text == "0" { return selected }
    guard let number = Hex.number(text), number >= 1, number <= UInt64(processors.count) else { return nil }
    return Int(number) - 1
  }

  private mutating func select(_ text: Substring) -> String {
    guard let kind = text.first, "gcmGM".contains(kind), let index = processor(text.dropFirst()) else { return "E01" }
    if kind != "c" { selected = index }
    return "OK"
  }

  // MARK: Registers and memory

  private func writeRegister(_ text: Substring) -> String {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Hex.number(parts[0]), number < UInt64(Processor.debugRegisters),
      let value = Hex.register(parts[1])
    else {
      return "E01"
    }
    return processors[selected].setDebugRegister(Int(number), value) ? "OK" : "E02"
  }

  private func writeRegisters(_ text: Substring) -> String {
    guard text.utf8.count == Processor.debugRegisters * 16, let bytes = Hex.bytes(text) else { return "E01" }
    for number in 0..<Processor.debugRegisters {
      let value = bytes[(number * 8)..<(number * 8 + 8)].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      _ = processors[selected].setDebugRegister(number, value)
    }
    return "OK"
  }

  /// `address,length` at the beginning of a packet, and what follows a colon.
  private func range(_ text: some StringProtocol) -> (address: UInt64, length: UInt64)? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = Hex.number(parts[0]), let length = Hex.number(parts[1]),
      length <= Self.memoryLimit
    else { return nil }
    return (address, length)
  }

  private func readMemory(_ text: Substring) -> String {
    guard let (address, length) = range(text) else { return "E01" }
    let bytes = view.read(address, count: Int(length), by: processors[selected])
    return bytes.isEmpty && length > 0 ? "E14" : Hex.text(bytes)
  }

  private func writeMemory(_ text: Substring) -> String {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let (address, length) = range(parts[0]), let bytes = Hex.bytes(parts[1]),
      bytes.count == length
    else { return "E01" }
    return view.write(bytes, to: address, by: processors[selected]) ? "OK" : "E14"
  }

  private func writeBinary(_ packet: [UInt8]) -> String {
    guard let colon = packet.firstIndex(of: UInt8(ascii: ":")),
      let (address, length) = range(String(decoding: packet[1..<colon], as: UTF8.self)),
      packet.count - colon - 1 == length
    else { return "E01" }
    return view.write(Array(packet[(colon + 1)...]), to: address, by: processors[selected]) ? "OK" : "E14"
  }

  // MARK: Stops

  /// Points of each kind that may be set at a time.
  private static let pointLimit = 1024

  private func point(_ text: Substring, isSet: Bool) -> String {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count >= 3, let address = Hex.number(parts[1]), let length = Hex.number(parts[2].prefix { $0 != ";" })
    else { return "E01" }
    switch parts[0] {
    case "0", "1":
      guard address & 3 == 0, !isSet || debugger.breakpoints.count < Self.pointLimit else { return "E01" }
      debugger.setBreakpoint(address, isSet)
      return "OK"
    case "2", "3", "4":
      guard (1...Self.memoryLimit).contains(length), !isSet || debugger.watches.count < Self.pointLimit,
        address <= .max - length,
        let kind = Debugger.WatchKind(rawValue: UInt8(parts[0])!)
      else { return "E01" }
      debugger.setWatch(.init(address: address, bytes: length, kind: kind), isSet)
      return "OK"
    default: return ""
    }
  }
}
