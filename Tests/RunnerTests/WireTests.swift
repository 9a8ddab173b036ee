import GuestImages
import Profiles
import TestSupport
import Testing

@testable import NUMAchine
@testable import Runner

/// What daemons say to each other is read with all checks: what no station of this machine says is refused by
/// name, whatever it is.
@Suite struct WireTests {
  /// What one station said in a window, and the decoder's answers to it.
  struct Said {
    var station: Int
    var now: UInt64
    var frame: [UInt8]
  }

  /// Frames of a machine that boots and runs a program, with all kinds of control records among them.
  struct Machine {
    let decoder: FrameDecoder
    private(set) var frames: [Said] = []
    private(set) var section: [UInt8] = []
    let profile: MachineProfile

    init(profile name: String) throws {
      profile = try #require(try Profiles.named(name))
      decoder = FrameDecoder(profile: profile, stations: 4)
      let stations = (0..<4).map { [profile] in Station(profile: profile, number: $0, stations: 4) }
      let image = try BootImage(GuestImages.kernel, memoryBytes: profile.memoryBytes)
      image.boot(stations)
      let machine = LockStep(stations)
      let image2 = GuestImages.program("hello") ?? []
      let record = JobRecord.run(Submission(job: 1, processors: 0, arguments: [Array("hello".utf8)], image: image2))
      for part in 0..<2 {
        var random = SeededRandom(seed: 7)
        while try machine.step({ station in
          let packets = station.sent.count / MemoryLayout<Packet>.size
          guard station.hasSent, station.output.count > 0 || packets > 2 || random.below(50) == 0 else { return }
          var frame: [UInt8] = []
          Frame.write(
            nextTime: station.nextTime, packets: station.sent, output: station.output,
            control: random.below(4) == 0 ? Self.control(station, random.below(6)) : [], into: &frame)
          frames.append(Said(station: station.number, now: machine.now, frame: frame))
        }) {}
        if part == 0 { stations[0].enter(record) }
      }
      var section = StationSection()
      section.now = machine.now
      let counters = StationCounters(stations[1])
      section.running = [.init(job: 3, start: 17, counters: counters, sharing: stations[1].sharing)]
      section.lastSharing = stations[1].sharing
      section.inputs = [[1, 2, 3], record]
      section.state = [1, 2, 3, 4]
      self.section = section.bytes
    }

    static func control(_ station: Station, _ which: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      let id: UInt64 = 12
      let records: [ControlRecord] = [
        .input([1, 2, 3]), .query(.digest, id: id), .reply([5, 6], id: id),
        .jobCounters(StationCounters(station), job: 1), .stop, .part([7, 8, 9], id: id, .last),
      ]
      if !records[which].isStation0s || station.number == 0 { records[which].write(into: &bytes) }
      return bytes
    }

    /// Why a frame is refused, or nil.
    func refusal(_ said: Said) -> String? {
      var isWhole = true
      do throws(RunnerError) {
        _ = try decoder.frame(said.frame, from: said.station, now: said.now) { packets in
          // Whoever has passed has packets that can be looked at.
          var offset = 0
          while offset < packets.count {
            let packet = packets.loadUnaligned(fromByteOffset: offset, as: Packet.self)
            offset += MemoryLayout<Packet>.size + packet.recordBytes
          }
          isWhole = offset == packets.count
        }
        return isWhole ? nil : "the packets do not end with the frame"
      } catch { return "\(error)" }
    }
  }

  private static let numachine = Result { try Machine(profile: "numachine") }
  private static let simos = Result { try Machine(profile: "simos") }

  @Test func whatStationsSayIsAccepted() throws {
    for machine in [try Self.numachine.get(), try Self.simos.get()] {
      #expect(machine.frames.count > 500)
      for said in machine.frames { #expect(machine.refusal(said) == nil) }
      #expect(throws: Never.self) {
        try StationSection(machine.section, profile: machine.profile, stations: 4)
      }
    }
  }

  /// Thousands of frames; millions in a soak.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func aChangedFrameIsRefusedOrOfTheRightForm(seed: UInt64) throws {
    let machine = seed % 2 == 0 ? try Self.simos.get() : try Self.numachine.get()
    var random = SeededRandom(seed: seed)
    var refused = 0
    let count = SeededRandom.count(5000)
    for index in 0..<count {
      var said = machine.frames[random.below(machine.frames.count)]
      said.frame = random.changed(said.frame)
      guard let problem = machine.refusal(said) else { continue }
      refused += 1
      #expect(problem.hasPrefix("station \(said.station) sent "), "seed \(seed), frame \(index): \(problem)")
    }
    #expect(refused > count / 2, "seed \(seed)")
  }

  @Test(arguments: [1, 2] as [UInt64]) func aChangedSectionIsRefusedOrOfTheRightForm(seed: UInt64) throws {
    let machine = try Self.numachine.get()
    var random = SeededRandom(seed: seed)
    var refused = 0
    let count = SeededRandom.count(2000)
    // What is the runner's own comes first, and what is the host port's after it.
    for index in 0..<count {
      let section = random.changed(Array(machine.section.prefix(400))) + machine.section.dropFirst(400)
      do {
        let read = try StationSection(section, profile: machine.profile, stations: 4)
        #expect(read.running.allSatisfy { $0.counters.processors.count == 4 }, "seed \(seed), section \(index)")
      } catch {
        refused += 1
        #expect("\(error)".hasPrefix("is a checkpoint that this version does not understand: it has "))
      }
    }
    #expect(refused > count / 4, "seed \(seed)")
  }

  @Test(arguments: [1, 2] as [UInt64]) func aChangedAnswerIsRefusedOrOfTheRightForm(seed: UInt64) throws {
    let machine = try Self.numachine.get()
    let counters = try StationSection(machine.section, profile: machine.profile, stations: 4).running[0].counters
    let sharing = SharingRecord.bytes(
      try StationSection(machine.section, profile: machine.profile, stations: 4).lastSharing)
    var random = SeededRandom(seed: seed)
    for _ in 0..<SeededRandom.count(2000) {
      var desk = QueryDesk(profile: machine.profile, stations: 1)
      nonisolated(unsafe) var replies = 0
      let query = [Query.counters, .digest, .cycle, .sharing, .jobSharing][random.below(5)]
      let answer = [counters.bytes, [UInt8](repeating: 3, count: 32), [], sharing, sharing][random.below(5)]
      let id = desk.open(query) { _ in replies += 1 }
      do throws(WireProblem) {
        try desk.take(random.changed(answer), query: id, station: 0, cycle: 5, isIdle: true)
        #expect(replies == 1)
      } catch { #expect(replies == 0 && !error.what.isEmpty) }
    }
  }

  // MARK: By name

  private func refusal(_ change: (inout Said) -> Void, where isFit: (Said) -> Bool = { _ in true }) throws -> String? {
    let machine = try Self.numachine.get()
    let fit = machine.frames.first(where: isFit)
    var said = try #require(fit)
    change(&said)
    return machine.refusal(said)
  }

  private func hasPacket(_ said: Said) -> Bool { said.frame[8] >= 48 && said.frame[9] == 0 }

  @Test func whatIsWrongWithAFrameIsSaid() throws {
    #expect(try refusal { $0.frame.removeLast($0.frame.count - 3) }?.contains("a frame due of 8 bytes") == true)
    #expect(try refusal { $0.frame += [1] }?.contains("1 bytes behind the end of its frame") == true)
    #expect(try refusal { $0.frame[7] = 0x70 }?.contains("a frame due of tick") == true)
    let kind = 24 + MemoryLayout<Packet>.offset(of: \.kind)!
    #expect(try refusal({ $0.frame[kind] = 77 }, where: hasPacket)?.contains("a packet of an unknown kind 77") == true)
    let source = 24 + MemoryLayout<Packet>.offset(of: \.source)!
    #expect(try refusal({ $0.frame[source] = 9 }, where: hasPacket)?.contains("in the name of station 9") == true)
    let ready = 24 + MemoryLayout<Packet>.offset(of: \.ready)!
    #expect(try refusal({ $0.frame[ready + 7] = 0x70 }, where: hasPacket)?.contains("ready at tick") == true)
  }

  @Test(
    arguments: [
      ([2, 99, 0, 0] + [UInt8](repeating: 0, count: 12), "a query of an unknown kind 99"),
      ([9, 0, 0, 0] + [UInt8](repeating: 0, count: 12), "a control record of an unknown kind 9"),
      ([1, 0, 0, 0, 200] + [UInt8](repeating: 0, count: 11), "a control record of 200 bytes where 0 are left"),
      ([6, 2, 0, 0] + [UInt8](repeating: 0, count: 12), "a part of a checkpoint at an unknown place 2"),
      ([4, 0, 0, 0, 8, 0, 0, 0] + [UInt8](repeating: 0, count: 16), "counters of 0 processors where a station has 4"),
    ] as [([UInt8], String)])
  func whatIsWrongWithAControlRecordIsSaid(record: [UInt8], what: String) throws {
    let machine = try Self.numachine.get()
    let error = #expect(throws: RunnerError.self) { try machine.decoder.control(record, from: 0) }
    #expect(error?.description.contains("station 0 sent \(what);") == true && error?.station == 0)
  }

  @Test func onlyStation0EntersAnything() throws {
    let machine = try Self.numachine.get()
    var record: [UInt8] = []
    ControlRecord.input([1, 2, 3]).write(into: &record)
    #expect(try machine.decoder.control(record, from: 0) == [.input([1, 2, 3])])
    #expect(throws: RunnerError.self) { try machine.decoder.control(record, from: 1) }
  }
}
