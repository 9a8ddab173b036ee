import Profiles

@testable import NUMAchine

/// A processor with memory at once behind it: every request is answered after a fixed time from a flat memory
/// at physical address 0.
final class ProcessorHarness {
  let profile: MachineProfile
  let processor: Processor
  let counters: UnsafeMutablePointer<UInt64>
  let memory: UnsafeMutableRawPointer
  let memoryBytes: Int
  /// Ticks from issue to restart.
  var latency: UInt64 = 1080 - 12
  var fillState: LineState = .cleanExclusive
  /// All requests, oldest first.
  var requests: [ExternalRequest] = []
  var keepsRequests = true
  /// Answers to uncached reads, by physical address.
  var devices: [UInt64: UInt64] = [:]
  /// Called before each answer, with the request.
  var beforeAnswer: ((ExternalRequest) -> Void)?

  static let kernel: UInt64 = 0xFFFF_FFFF_8000_0000

  init(profile: MachineProfile? = nil, memoryBytes: Int = 8 << 20) {
    var profile = profile ?? (try! Profiles.named("numachine")!)
    profile.memoryBytes = memoryBytes
    self.profile = profile
    self.memoryBytes = memoryBytes
    counters = .allocate(capacity: ProcessorCounter.allCases.count)
    counters.initialize(repeating: 0, count: ProcessorCounter.allCases.count)
    memory = .allocate(byteCount: memoryBytes, alignment: 128)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: memoryBytes)
    processor = Processor(profile: profile, number: 0, counters: counters)
  }

  deinit {
    counters.deallocate()
    memory.deallocate()
  }

  subscript(counter: ProcessorCounter) -> UInt64 {
    processor.counted(by: processor.time)[counter.rawValue]
  }

  func put(_ words: [UInt32], at physical: UInt64) {
    for (index, word) in words.enumerated() {
      memory.storeBytes(of: word, toByteOffset: Int(physical) + index * 4, as: UInt32.self)
    }
  }

  /// The word of memory or of the cache, whichever is newer.
  func read(_ physical: UInt64) -> UInt64 {
    if processor.lineState(physical) != .invalid {
      return processor.lineData(physical).load(
        fromByteOffset: Int(physical) & (profile.secondaryLineBytes - 1), as: UInt64.self)
    }
    return memory.load(fromByteOffset: Int(physical), as: UInt64.self)
  }

  /// Answers the request that the processor waits for.
  func answer() {
    let request = processor.request
    if keepsRequests { requests.append(request) }
    beforeAnswer?(request)
    let resumeAt = request.time + latency
    if request.hasVictim {
      (memory + Int(request.victim)).copyMemory(
        from: processor.lineData(request.victim), byteCount: profile.secondaryLineBytes)
    }
    switch request.kind {
    case .none: break
    case .read, .readExclusive:
      guard request.address < memoryBytes else { return processor.busError(resumeAt: resumeAt) }
      processor.fill(
        state: request.kind == .read ? fillState : .dirtyExclusive, data: memory + Int(request.address),
        resumeAt: resumeAt)
    case .upgrade, .conditionalUpgrade: processor.grant(resumeAt: resumeAt)
    case .giveUp: processor.finishGivingUp(resumeAt: resumeAt)
    case .uncachedRead, .uncachedWrite:
      guard request.address >= 0x1F00_0000 else { return processor.busError(resumeAt: resumeAt) }
      processor.answerUncached(value: devices[request.address] ?? 0, resumeAt: resumeAt)
    }
  }

  /// Runs in quanta as a station does.
  func run(until limit: UInt64, quantum: UInt64 = 210) {
    var bound = processor.time
    while processor.time < limit {
      bound = min(max(bound, processor.time) + quantum, limit)
      processor.run(until: bound)
      while processor.status == .waiting { answer() }
    }
  }

  /// Runs until the processor comes to this address at the end of a quantum of one tick, or `limit` has
  /// passed.
  func run(to address: UInt64, limit: UInt64 = 10_000_000) -> Bool {
    while processor.time < limit {
      if processor.pc == address { return true }
      processor.run(until: processor.time + 1)
      while processor.status == .waiting { answer() }
    }
    return false
  }
}
