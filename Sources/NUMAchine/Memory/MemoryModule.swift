/// A directory entry: who holds a line of this station's memory.
struct DirectoryEntry: BitwiseCopyable {
  enum State: UInt8, StateChoice, CaseIterable {
    /// Only memory has the line.
    case uncached
    /// Memory is valid; `holders` may have copies.
    case shared
    /// The one processor in `holders` has the line to itself, clean or dirty, or has silently dropped a clean
    /// one.
    case exclusive
  }
  /// Global mask of processors.
  var holders: UInt64 = 0
  var state: State = .uncached
  /// 1 + index of the transaction that has the line locked, 0 where none has.
  var lock: UInt8 = 0
  private var reserved: UInt16 = 0
  private var reservedToo: UInt32 = 0
}

/// A station's memory with its directory and banks.
struct MemoryModule {
  let bytes: FlatBuffer<UInt8>
  /// The directory of the flat protocol, or of NUMAchine's; the other has no entries.
  let directory: FlatBuffer<DirectoryEntry>
  let homeDirectory: FlatBuffer<HomeEntry>
  /// The `Provenance` of each line; zeros, which take no room on the host, for lines that no processor has
  /// taken from another.
  private let provenances: FlatBuffer<UInt8>
  private let lineRecord: LineRecord
  private let lineShift: UInt64
  private let offsetMask: UInt64
  private let banks: FlatBuffer<UInt64>

  init(_ state: StateSpace, profile: MachineProfile) {
    bytes = state.buffer("bytes", count: profile.memoryBytes)
    let lines = profile.memoryBytes / profile.secondaryLineBytes
    directory = state.buffer("directory", count: profile.coherence == .flat ? lines : 0)
    homeDirectory = state.buffer("home directory", count: profile.coherence == .numachine ? lines : 0)
    lineRecord = LineRecord(lineBytes: profile.secondaryLineBytes)
    provenances = state.buffer("provenances", count: lines * lineRecord.provenanceBytes)
    lineShift = UInt64(profile.secondaryLineBytes.trailingZeroBitCount)
    offsetMask = 0xFFFF_FFFF
    banks = state.buffer("banks", count: profile.memoryBanks)
  }

  /// The entry of the line at a physical address of this station.
  func entry(_ address: UInt64) -> UnsafeMutablePointer<DirectoryEntry> {
    directory.base + Int((address & offsetMask) >> lineShift)
  }

  /// The same in NUMAchine's protocol.
  func homeEntry(_ address: UInt64) -> UnsafeMutablePointer<HomeEntry> {
    homeDirectory.base + Int((address & offsetMask) >> lineShift)
  }

  /// The number of the line's bank.
  func bank(_ address: UInt64) -> Int { Int(address >> lineShift) & (banks.count &- 1) }

  /// The bytes at a physical address of this station.
  func pointer(_ address: UInt64) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bytes.base + Int(address & offsetMask))
  }

  private func provenance(_ address: UInt64) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(provenances.base + Int((address & offsetMask) >> lineShift) &* lineRecord.provenanceBytes)
  }

  /// Copies the line at a physical address of this station to a `LineRecord`.
  func copyLine(_ address: UInt64, to record: UnsafeMutableRawPointer) {
    record.copyMemory(from: pointer(address), byteCount: lineRecord.lineBytes)
    (record + lineRecord.lineBytes).copyMemory(from: provenance(address), byteCount: lineRecord.provenanceBytes)
  }

  /// Stores the `LineRecord` of the line at a physical address of this station.
  func storeLine(_ address: UInt64, from record: UnsafeRawPointer) {
    pointer(address).copyMemory(from: record, byteCount: lineRecord.lineBytes)
    let new = record + lineRecord.lineBytes
    // A line at epoch 0 has never been at another.
    if new.load(as: UInt32.self) != 0 {
      provenance(address).copyMemory(from: new, byteCount: lineRecord.provenanceBytes)
    }
  }

  /// Stores a line that a device has written.
  ///
  /// - Parameter wasTaken: processors have lost the line to it.
  func storeDeviceLine(_ address: UInt64, data: UnsafeRawPointer, wasTaken: Bool) {
    pointer(address).copyMemory(from: data, byteCount: lineRecord.lineBytes)
    let provenance = Provenance(provenance(address))
    let epoch = provenance.epoch &+ (wasTaken ? 1 : 0)
    guard epoch != 0 else { return }
    provenance.epoch = epoch
    for word in 0..<(lineRecord.lineBytes / LineRecord.wordBytes) { provenance[word] = epoch }
  }

  /// Takes the line's bank for `length` ticks, at `earliest` or as soon as it is free.
  func occupy(_ address: UInt64, earliest: UInt64, length: UInt64) -> UInt64 {
    let bank = bank(address)
    let start = max(earliest, banks[bank])
    banks[bank] = start &+ length
    return start
  }
}

extension MemoryModule {
  /// Whether what was restored are times.
  var isSound: Bool { (0..<banks.count).allSatisfy { banks[$0] < PacketCheck.lastTick } }
}
