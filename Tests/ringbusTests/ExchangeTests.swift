import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct ExchangeTests {
    @Test("Every station has the frames of all, whole, with 1 to 5 daemons", arguments: 1...5)
    func frames(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons).run { ring, _ in try checkSamples(ring, 0..<300) }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A daemon can hold several stations", arguments: [(1, 4), (2, 2), (3, 2), (4, 4)])
    func several(daemons: Int, each: Int) throws {
      let errors = try TestRing(daemons: daemons, each: each).run { ring, _ in try checkSamples(ring, 0..<200) }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Daemons may hold different numbers of stations")
    func uneven() throws {
      let shares = [0..<1, 1..<4, 4..<6]
      let errors = try TestRing(daemons: 3, each: 2, adjust: { $0.local = shares[$1] }).run { ring, _ in
        try checkSamples(ring, 0..<200)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Frames of a megabyte arrive whole", arguments: [2, 3, 4])
    func big(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons).run { ring, _ in try checkSamples(ring, 0..<4, size: 1 << 20) }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("TCP with a port that the system chose joins daemons as well", arguments: [2, 4])
    func tcp(daemons: Int) throws {
      let errors = try TestRing(daemons: daemons, tcp: true).run { ring, _ in
        try checkSamples(ring, 0..<300)
        try checkSamples(ring, 0..<3, size: 300_000)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("An idle exchange blocks until the frames come")
    func idle() throws {
      let setup = TestRing(daemons: 2)
      let errors = try setup.run { ring, index in
        if index == 1 { #expect(setup.threads.waitUntilAsleep(0)) }
        let before = threadTime()
        try checkSamples(ring, 0..<1, patience: .idle)
        if index == 0 { #expect(threadTime() - before < 0.1) }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A busy exchange blocks at once where others want the processors")
    func crowded() throws {
      func crowd(_ configuration: inout RingConfiguration, _: Int) {
        configuration.pollLimit = 10_000
        configuration.yieldLimit = 0
      }
      let setup = TestRing(daemons: 2, adjust: crowd)
      let errors = try setup.run { ring, index in
        try checkSamples(ring, 0..<200)
        if index == 1 { #expect(setup.threads.waitUntilAsleep(0)) }
        let before = threadTime()
        try checkSamples(ring, 200..<201)
        if index == 0 { #expect(threadTime() - before < 0.1) }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A busy exchange gives up polling when the frames do not come soon")
    func busyTurnsIdle() throws {
      let setup = TestRing(daemons: 2)
      let errors = try setup.run { ring, index in
        if index == 1 { #expect(setup.threads.waitUntilAsleep(0)) }
        let before = threadTime()
        try checkSamples(ring, 0..<1, patience: .busy)
        if index == 0 { #expect(threadTime() - before < 0.2) }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test(
      "A round that is under way brings the others forward while its own daemon does something else", arguments: [2, 3])
    func underWay(daemons: Int) throws {
      // One for each daemon that waits: else one could take its own word for the other's.
      let taken = (0..<2).map { _ in DispatchSemaphore(value: 0) }
      let errors = try TestRing(daemons: daemons).run { ring, index in
        var frames = [[UInt8]](repeating: [], count: ring.stations)
        for round in 0..<20 {
          let isBusy = index == round % daemons
          // What the one before hands on is with the system when it has taken its round.
          for station in ring.local { frames[station] = sample(station, round) }
          try ring.put(frames)
          if isBusy, daemons == 2 { #expect(taken[index].wait(timeout: .now() + 5) == .success, "round \(round)") }
          try ring.take(&frames, patience: .busy)
          if !isBusy, daemons == 2 { taken[1 - index].signal() }
          #expect((0..<ring.stations).allSatisfy { frames[$0] == sample($0, round) }, "round \(round)")
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Random delays in the links change nothing in what arrives", arguments: [1, 2, 3])
    func delays(seed: UInt64) throws {
      let ring = TestRing(
        daemons: 4,
        adjust: { configuration, index in
          configuration.delay = RingDelay(seed: seed &* 100 &+ UInt64(index), longest: 3_000)
        })
      let errors = try ring.run { ring, _ in
        try checkSamples(ring, 0..<20, patience: .busy)
        try checkSamples(ring, 20..<30, patience: .idle)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("Delays are really put in")
    func delayed() throws {
      let taken = Collected<Double>(2)
      let ring = TestRing(daemons: 2, adjust: { $0.delay = RingDelay(seed: UInt64($1), longest: 4_000) })
      try ring.run { ring, index in
        let before = Date()
        try checkSamples(ring, 0..<50)
        taken.put(index, Date().timeIntervalSince(before))
      }
      // The mean of the longer of two delays is 2.7 ms a round.
      #expect(taken.all.allSatisfy { ($0 ?? 0) > 0.06 })
    }

    @Test("Frames keep to their rounds when one daemon is slow")
    func slowOne() throws {
      let errors = try TestRing(daemons: 3).run { ring, index in
        for round in 0..<100 {
          if index == round % 3 { for _ in 0..<100 { sched_yield() } }
          try checkSamples(ring, round..<(round + 1))
        }
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }

    @Test("A frame longer than the limit is refused by name, and harms nobody")
    func tooLong() throws {
      let errors = try TestRing(daemons: 2, adjust: { configuration, _ in configuration.frameLimit = 1000 }).run {
        ring, index in
        if index == 0 {
          var frames: [[UInt8]] = [Array(repeating: 0, count: 1001), []]
          do {
            try ring.exchange(&frames, patience: .busy)
            Issue.record("it was taken")
          } catch {
            #expect("\(error)".contains("1001 bytes"))
          }
        }
        try checkSamples(ring, 0..<10)
      }
      #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
    }
  }
}

/// Processor time of this thread, in seconds.
func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
