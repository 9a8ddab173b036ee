import NUMAchine
import ringbus

/// What stations say to each other after each window: over the ring what other daemons' stations say, at
/// first hand what the local ones do.
final class Rounds {
  private let machine: Machine
  private let ring: Ring
  private let decoder: FrameDecoder
  private var frames: [[UInt8]]
  /// Control records for each local station's next frame, and those in this one.
  private var control: [[UInt8]]
  private var outgoing: [[UInt8]]

  /// What all stations have said.
  struct Heard {
    /// The earliest tick at which anything is due in the machine, `UInt64.max` where nothing is.
    var next = UInt64.max
    /// For the host, station by station.
    var publications: [Publication] = []
    var control: [(record: ControlRecord, station: Int)] = []
  }

  init(_ machine: Machine, _ ring: Ring) {
    self.machine = machine
    self.ring = ring
    decoder = FrameDecoder(profile: machine.profile, stations: ring.stations)
    frames = Array(repeating: [], count: ring.stations)
    control = Array(repeating: [], count: machine.stations.count)
    outgoing = control
  }

  /// Puts a control record into a local station's next frame.
  func say(_ record: ControlRecord, _ index: Int) { record.write(into: &control[index]) }

  /// The next frames have no control records.
  var isSilent: Bool { control.allSatisfy(\.isEmpty) }

  /// One round after a window.
  ///
  /// - Throws: `RingError`, and `RunnerError` for what no station says.
  func exchange(_ patience: RingPatience) throws -> Heard {
    for index in control.indices where !control[index].isEmpty || !outgoing[index].isEmpty {
      swap(&outgoing[index], &control[index])
      control[index].removeAll(keepingCapacity: true)
    }
    if !machine.isWhole {
      fillFrames()
      try ring.put(frames)
      try ring.take(&frames, patience: patience)
    }
    return try hear()
  }

  private func fillFrames() {
    for (index, station) in machine.stations.enumerated() {
      frames[station.number].removeAll(keepingCapacity: true)
      Frame.write(
        nextTime: station.nextTime, packets: station.sent, output: station.output, control: outgoing[index],
        into: &frames[station.number])
    }
  }

  /// The machine takes the packets; the rest is for others.
  private func hear() throws(RunnerError) -> Heard {
    var heard = Heard()
    for number in 0..<ring.stations {
      if ring.local.contains(number) {
        try hear(local: number - ring.local.lowerBound, number, &heard)
      } else {
        let frame = try decoder.frame(frames[number], from: number, now: machine.now) { machine.accept($0) }
        heard.next = min(heard.next, frame.nextTime)
        heard.publications += frame.output
        for record in frame.control { heard.control.append((record, number)) }
      }
    }
    heard.next = min(heard.next, machine.nextPacketTime)
    return heard
  }

  private func hear(local index: Int, _ number: Int, _ heard: inout Heard) throws(RunnerError) {
    heard.next = min(heard.next, machine.nextTime(of: index))
    if machine.hasSent(index) {
      let station = machine.stations[index]
      station.sent.withUnsafeBytes { machine.accept($0) }
      if !station.output.isEmpty {
        heard.publications += try decoder.output(station.output, from: number, now: machine.now)
      }
      station.clearSent()
    }
    if !outgoing[index].isEmpty {
      for record in try decoder.control(outgoing[index], from: number) { heard.control.append((record, number)) }
    }
  }
}
