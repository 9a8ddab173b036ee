import Testing

@testable import NUMAchine

/// A debugger stops processors at any instruction and leaves no trace: not in state, caches, counters or
/// time.
@Suite struct DebuggerTests {
  private let code = BusyMachine.program(rounds: 60, stations: 2)

  /// The machine with a debugger that does to it whatever `body` says before it runs, and what it ends with.
  private func end(_ body: (Debugger, BareMachine) -> Void = { _, _ in }) -> [UInt8] {
    let machine = BusyMachine.machine(rounds: 60)
    let debugger = Debugger()
    debugger.attach(machine.stations)
    body(debugger, machine)
    #expect(machine.run())
    return BusyMachine.bytes(machine)
  }

  private var undisturbed: [UInt8] {
    let machine = BusyMachine.machine(rounds: 60)
    #expect(machine.run())
    return BusyMachine.bytes(machine)
  }

  private func address(_ index: Int) -> UInt64 { 0xFFFF_FFFF_8000_1000 + UInt64(index) * 4 }

  @Test func stopsAtEveryInstructionChangeNothing() {
    var stops = 0
    let bytes = end { debugger, machine in
      for index in code.indices { debugger.setBreakpoint(address(index), true) }
      debugger.stopped = { processor, reason in
        #expect(reason == .breakpoint)
        #expect(code.indices.contains(Int(processor.pc - address(0)) / 4))
        stops += 1
      }
    }
    #expect(bytes == undisturbed)
    #expect(stops > 60 * 8 * 20)
  }

  @Test func aStopForEachInstructionThatIsExecuted() {
    // One processor's run, counted by its own counter.
    var stops = 0
    let bytes = end { debugger, machine in
      let first = machine.stations[0].processors[0]
      debugger.stepping = [0]
      var last: UInt64 = 0
      debugger.stopped = { processor, reason in
        #expect(processor === first && reason == .step)
        let instructions = first.core.pointee.instructions
        #expect(instructions == last + 1)
        last = instructions
        stops += 1
        debugger.stepping = [0]
      }
    }
    #expect(bytes == undisturbed)
    #expect(stops > 60 * 20)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func stopsStepsAndWatchesInAnyMixtureChangeNothing(seed: UInt64) {
    var random = seed &* 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    var kinds: Set<String> = []
    let bytes = end { debugger, machine in
      let view = MachineView(machine.stations)
      func change() {
        let watch = Debugger.Watch(
          address: 0xA800_0000_0010_0000 + UInt64(next(2)) << 32 + UInt64(next(256)) * 128,
          bytes: UInt64(1 + next(200)),
          kind: [.write, .read, .access][next(3)])
        switch next(6) {
        case 0, 1: debugger.setBreakpoint(address(next(code.count)), true)
        case 2: debugger.setBreakpoint(address(next(code.count)), false)
        case 3: debugger.setWatch(watch, true)
        case 4: if let old = debugger.watches.first { debugger.setWatch(old, false) }
        default: debugger.stepping = Set((0..<next(4)).map { _ in next(8) })
        }
      }
      for _ in 0..<8 { change() }
      debugger.stopped = { processor, reason in
        switch reason {
        case .breakpoint: kinds.insert("breakpoint")
        case .step: kinds.insert("step")
        case .watchpoint: kinds.insert("watchpoint")
        case .interrupt: kinds.insert("interrupt")
        }
        if next(4) == 0 { change() }
        for other in view.processors {
          for register in 0..<Processor.debugRegisters { _ = other.debugRegister(register) }
        }
        _ = view.read(0xA800_0000_0010_0000 + UInt64(next(2)) << 32 + UInt64(next(32768)), count: 300, by: processor)
      }
    }
    #expect(bytes == undisturbed)
    #expect(kinds.count >= 2, "\(kinds)")
  }

  @Test func whoWritesWatchedWordsIsStoppedBeforeHeDoes() {
    // All shared words of station 0: whoever is about to store to one with SCD stops, once for each attempt.
    let first: UInt64 = 0xA800_0000_0010_0000
    var attempts = 0
    let machine = BusyMachine.machine(rounds: 60)
    let debugger = Debugger()
    debugger.attach(machine.stations)
    debugger.setWatch(.init(address: first, bytes: 256 * 128, kind: .write), true)
    let view = MachineView(machine.stations)
    debugger.stopped = { processor, reason in
      guard case .watchpoint(let address, .write) = reason, address &- first < 256 * 128 else {
        Issue.record("\(reason)")
        return
      }
      // Registers 11 and 13 of the program: where, and what.
      #expect(processor[11] == address)
      let value = view.read(address, count: 8, by: processor).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      #expect(value + 1 >= processor[13], "the store is not done yet")
      attempts += 1
    }
    #expect(machine.run())
    let updates = (0..<256 as Range<UInt64>).reduce(0) { $0 + machine.word(0x10_0000 + $1 * 128) }
    #expect(updates > 100 && attempts >= Int(updates), "\(attempts) attempts, \(updates) updates")
    #expect(BusyMachine.bytes(machine) == undisturbed)
  }

  @Test func whatADebuggerWritesReachesEveryCopy() {
    let machine = BusyMachine.machine(rounds: 60)
    let view = MachineView(machine.stations)
    for _ in 0..<40 {
      if machine.run(cycles: 300) { break }
      for line in 0..<64 as Range<UInt64> {
        let address = 0xA800_0000_0010_0000 + line * 128 + 8
        #expect(view.write(Array(repeating: UInt8(line), count: 8), to: address, by: view.processors[0]))
        for processor in view.processors {
          #expect(view.read(address, count: 8, by: processor) == Array(repeating: UInt8(line), count: 8))
        }
      }
    }
    #expect(machine.run())
    for line in 0..<64 as Range<UInt64> {
      #expect(machine.word(0x10_0000 + line * 128 + 8) == line &* 0x0101_0101_0101_0101)
    }
    #expect(view.read(0x1000, count: 4, by: view.processors[0]) == [], "no TLB entry")
    #expect(!view.write([0], to: 0xA800_00FF_0000_0000, by: view.processors[0]), "no memory")
  }
}
