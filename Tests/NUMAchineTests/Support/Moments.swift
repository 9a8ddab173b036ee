import TestSupport

@testable import NUMAchine

/// A busy machine of two stations as it stood at some moments, and stations that become it again and again.
struct Moments {
  struct Moment {
    var now: UInt64
    var images: [[UInt8]]
  }

  let profile: MachineProfile
  let stations: [Station]
  private(set) var moments: [Moment] = []

  init(profile name: String) {
    profile = BusyMachine.profile(name)
    stations = (0..<2).map { [profile] in Station(profile: profile, number: $0, stations: 2) }
    let machine = BusyMachine.machine(rounds: 200, profile)
    var random = SeededRandom(seed: 17)
    while moments.count < 12, !machine.run(cycles: 200 + random.below(2000)) {
      moments.append(Moment(now: machine.now, images: machine.stations.map(\.checkpoint)))
    }
  }

  /// The stations as they stood at a moment, one of them perhaps as other bytes say.
  func machine(_ moment: Moment, station: Int = 0, _ image: [UInt8]? = nil) throws -> LockStep {
    for (number, one) in stations.enumerated() {
      try one.restore(number == station ? image ?? moment.images[number] : moment.images[number])
    }
    let machine = LockStep(stations)
    machine.now = moment.now
    return machine
  }

  /// The image of a station at a moment with one to three words of its state changed, in any of its regions.
  func changed(_ image: [UInt8], _ number: Int, _ random: inout SeededRandom) throws -> [UInt8] {
    let station = stations[number]
    try station.restore(image)
    let regions = station.state.regions([.architectural, .transient])
    for _ in 0...random.below(3) {
      switch random.one(of: regions).content {
      case .fixed(let memory):
        // What means something stands at the beginning of a region, or is not zero.
        var place = random.below(random.below(2) == 0 ? min(memory.count, 256) : memory.count)
        for _ in 0..<64 where memory[place] == 0 { place = random.below(memory.count) }
        let width = random.one(of: [1, 1, 2, 4, 8])
        let value = random.below(2) == 0 ? random.word() : UInt64(random.below(300))
        let start = place / width * width
        for index in start..<min(memory.count, start + width) {
          memory[index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (index - start)))
        }
      case .growing(let bytes): bytes.bytes = random.changed(bytes.bytes + [0])
      }
    }
    var bytes: [UInt8] = []
    station.state.write([.architectural, .transient]) { bytes.append(contentsOf: $0) }
    return bytes
  }
}
