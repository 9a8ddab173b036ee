/// The ring, as every station simulates it from the same packets' headers: who gets which packet when.
///
/// Links are taken in the order in which packets are ready (ties: sender, then its count), which is also the order in which every station sees
/// any two packets that both reach it. Because all stations book from the same headers, nothing more than a window's packets has to be exchanged.
struct RingSimulation {
  private struct Waiting: BitwiseCopyable {
    var ready: UInt64
    var sequence: UInt32
    var source: UInt8
    var slot: UInt16
  }

  private struct Counts: BitwiseCopyable {
    var waiting = 0
    var free = 0
  }

  private let stations: Int
  private let hop: UInt64
  private let input: UInt64
  private let beat: UInt64
  private let beatBytes: Int
  /// Tick at which the link out of each station is free.
  private let links: FlatBuffer<UInt64>
  private let waiting: FlatBuffer<Waiting>
  private let packets: FlatBuffer<Packet>
  private let freeSlots: FlatBuffer<UInt16>
  private let counts: StateValue<Counts>
  private let lines: FlatBuffer<UInt8>
  private let recordBytes: Int

  static let capacity = 1024

  init(_ state: StateSpace, profile: MachineProfile, stations: Int) {
    self.stations = stations
    hop = UInt64(profile.ringHop)
    input = UInt64(profile.ringIn)
    beat = UInt64(profile.ringBeat)
    beatBytes = profile.busBeatBytes
    recordBytes = LineRecord(lineBytes: profile.secondaryLineBytes).bytes
    links = state.buffer("links", count: stations)
    waiting = state.buffer("waiting", count: Self.capacity)
    packets = state.buffer("packets", count: Self.capacity)
    freeSlots = state.buffer("free slots", count: Self.capacity)
    lines = state.buffer("lines", count: Self.capacity * recordBytes)
    for slot in 0..<Self.capacity { freeSlots[slot] = UInt16(Self.capacity - 1 - slot) }
    counts = state.value("counts", Counts(free: Self.capacity))
  }

  private var count: Int { counts.value.waiting }

  /// Earliest tick at which a packet that has not been delivered can arrive anywhere.
  var nextTime: UInt64 { count == 0 ? .max : waiting[0].ready &+ hop &+ input }

  /// Takes in a packet that some station sent.
  func accept(_ packet: Packet, data: UnsafeRawPointer) {
    require(counts.value.free > 0, "more packets are under way than the ring can hold")
    counts.value.free &-= 1
    let slot = freeSlots[counts.value.free]
    packets[Int(slot)] = packet
    if packet.dataBytes > 0 {
      (lines.base + Int(slot) &* recordBytes).update(from: data.assumingMemoryBound(to: UInt8.self), count: packet.recordBytes)
    }
    let entry = Waiting(ready: packet.ready, sequence: packet.sequence, source: packet.source, slot: slot)
    let count = self.count
    var position = count
    while position > 0, Self.precedes(entry, waiting[position &- 1]) {
      waiting[position] = waiting[position &- 1]
      position &-= 1
    }
    waiting[position] = entry
    counts.value.waiting = count &+ 1
  }

  /// Sends all packets that are ready before `horizon` round the ring.
  ///
  /// - Parameters:
  ///   - horizon: no packet that is ready before this tick can still be unknown.
  ///   - carried: called with sender and station for each link taken, and the ticks it is taken for.
  ///   - delivered: called for each station that a packet reaches, with the tick at which it has come through that station's ring interface.
  func advance(
    to horizon: UInt64, carried: (_ source: Int, _ station: Int, _ ticks: UInt64) -> Void,
    delivered: (_ packet: UnsafePointer<Packet>, _ data: UnsafeRawPointer, _ station: Int, _ time: UInt64) -> Void
  ) {
    var count = self.count
    var done = 0
    while done < count, waiting[done].ready < horizon {
      let slot = Int(waiting[done].slot)
      let packet = packets.base + slot
      let line = UnsafeRawPointer(lines.base + slot &* recordBytes)
      let length = UInt64(1 &+ Int(packet.pointee.dataBytes) / beatBytes) &* beat
      var remaining = packet.pointee.stations
      var station = Int(packet.pointee.source)
      var time = packet.pointee.ready
      while remaining != 0 {
        time = max(time, links[station])
        links[station] = time &+ length
        carried(Int(packet.pointee.source), station, length)
        time &+= hop
        station = station &+ 1 == stations ? 0 : station &+ 1
        if remaining & (1 << UInt16(station)) != 0 {
          remaining &= ~(1 << UInt16(station))
          delivered(packet, line, station, time &+ input)
        }
      }
      freeSlots[counts.value.free] = UInt16(slot)
      counts.value.free &+= 1
      done &+= 1
    }
    guard done > 0 else { return }
    count &-= done
    counts.value.waiting = count
    for index in 0..<count { waiting[index] = waiting[index &+ done] }
  }

  /// The packets that have not been delivered, with their lines.
  func forEachWaiting(_ body: (Packet, UnsafeMutableRawPointer) -> Void) {
    for index in 0..<count {
      let slot = Int(waiting[index].slot)
      body(packets[slot], UnsafeMutableRawPointer(lines.base + slot &* recordBytes))
    }
  }

  private static func precedes(_ a: Waiting, _ b: Waiting) -> Bool {
    if a.ready != b.ready { return a.ready < b.ready }
    if a.source != b.source { return a.source < b.source }
    return a.sequence < b.sequence
  }

  func state(_ body: (UnsafeRawBufferPointer) -> Void) {
    body(links.bytes)
    for index in 0..<count {
      body(
        UnsafeRawBufferPointer(
          rebasing: packets.bytes[(Int(waiting[index].slot) * MemoryLayout<Packet>.stride)...].prefix(MemoryLayout<Packet>.stride)))
    }
  }
}
