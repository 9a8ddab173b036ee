@testable import NUMAchine

/// A litmus test: two words, x and y, at first 0, and what a few processors do with them.
struct Litmus {
  enum Access: Equatable {
    case write(Int, UInt64)
    case read(Int)
    /// LLD, add 1, SCD until it succeeds; sees the value before.
    case increment(Int)
    /// Reads until it finds this.
    case wait(Int, UInt64)
  }

  var name: String
  var roles: [[Access]]

  static let all = [
    Litmus(name: "SB", roles: [[.write(0, 1), .read(1)], [.write(1, 1), .read(0)]]),
    Litmus(name: "MP", roles: [[.write(0, 1), .write(1, 1)], [.read(1), .read(0)]]),
    Litmus(name: "LB", roles: [[.read(0), .write(1, 1)], [.read(1), .write(0, 1)]]),
    Litmus(name: "2+2W", roles: [[.write(0, 1), .write(1, 2)], [.write(1, 1), .write(0, 2)]]),
    Litmus(name: "R", roles: [[.write(0, 1), .write(1, 1)], [.write(1, 2), .read(0)]]),
    Litmus(name: "S", roles: [[.write(0, 2), .write(1, 1)], [.read(1), .write(0, 1)]]),
    Litmus(name: "CoRR", roles: [[.write(0, 1), .write(0, 2)], [.read(0), .read(0)]]),
    Litmus(name: "WRC", roles: [[.write(0, 1)], [.read(0), .write(1, 1)], [.read(1), .read(0)]]),
    Litmus(name: "IRIW", roles: [[.write(0, 1)], [.write(1, 1)], [.read(0), .read(1)], [.read(1), .read(0)]]),
    waitingReader,
    Litmus(
      name: "LL/SC",
      roles: [
        [.increment(0), .increment(1)], [.increment(1), .increment(0)], [.increment(0), .read(1)],
        [.increment(1), .read(0)],
      ]),
  ]

  /// MP with a reader who waits, and a third who has a copy of x, so that x's write is a broadcast wherever
  /// the reader is.
  static let waitingReader = Litmus(
    name: "MP, waiting", roles: [[.write(0, 1), .write(1, 1)], [.wait(1, 1), .read(0)], [.read(0)]])

  /// What the reads see, in order of roles, and what x and y are in the end.
  typealias Outcome = [UInt64]

  /// The outcomes of all orders in which one memory can serve the accesses one at a time.
  var allowed: Set<Outcome> {
    var outcomes: Set<Outcome> = []
    func go(_ memory: [UInt64], _ seen: [[UInt64]], _ next: [Int]) {
      var isDone = true
      for role in roles.indices where next[role] < roles[role].count {
        isDone = false
        var memory = memory
        var seen = seen
        var next = next
        switch roles[role][next[role]] {
        case .write(let word, let value): memory[word] = value
        case .read(let word): seen[role].append(memory[word])
        case .increment(let word):
          seen[role].append(memory[word])
          memory[word] += 1
        case .wait(let word, let value): if memory[word] != value { continue }
        }
        next[role] += 1
        go(memory, seen, next)
      }
      if isDone { outcomes.insert(seen.flatMap { $0 } + memory) }
    }
    go([0, 0], roles.map { _ in [] }, roles.map { _ in 0 })
    return outcomes
  }

  // MARK: As a guest program

  /// Where the parts are: the processor of each role, and the homes of x and y.
  struct Placement {
    var processors: [Int]
    var homes: [Int]
    /// x and y take each other's place in the caches.
    var isOneSlot = false
    /// A station whose memory all other processors read all the time, so that what it has to say waits.
    var busyHome: Int?
  }

  private static let direct: UInt64 = 0xA800_0000_0000_0000
  private static let stride: UInt64 = 128
  private static func word(_ word: Int, _ placement: Placement) -> UInt64 {
    UInt64(placement.homes[word]) << 32 | 0x10_0000 + UInt64(word) * (placement.isOneSlot ? 0x8_0000 : 0x8_2000)
  }
  // Not in the places of x and y in a cache, or there would be no old copies when all begin.
  private static let barriers: UInt64 = 0x30_1000
  private static let results: UInt64 = 0x40_0000
  private static let ended: UInt64 = 0x38_3000
  private static let load: UInt64 = 0x50_0000

  /// Registers: 4 number, 8 random, 9 iterations left, 10 x, 11 y, 12/13/17 scratch, 14 results, 15 barrier,
  /// 16 how many there are, 20 and up what is seen.
  func program(_ placement: Placement, iterations: Int, seed: UInt64) -> [UInt32] {
    let a = Asm.self
    var code = Assembly()
    code.add(a.wideAddresses)
    for role in roles.indices {
      code.add(a.daddiu(12, 0, placement.processors[role]))
      code.branch(ifEqual: 4, 12, to: "role \(role)")
    }
    if let home = placement.busyHome { writeLoad(on: home, into: &code) }
    code.add(a.idle)
    for role in roles.indices { write(role, placement, iterations, seed, into: &code) }
    return code.program
  }

  /// Reads line after line, each processor its own 64 KB, until all roles have ended.
  private func writeLoad(on home: Int, into code: inout Assembly) {
    let a = Asm.self
    code.add(a.li(10, Self.direct | UInt64(home) << 32 | Self.load) + a.li(15, Self.direct | Self.ended))
    code.add(a.dsll(12, 4, 16), a.daddu(10, 10, 12), a.daddiu(16, 0, roles.count), a.or(11, 0, 0))
    code.label("load")
    code.add(
      a.daddu(12, 10, 11), a.ld(13, 0, 12), a.daddiu(11, 11, Int(Self.stride)), a.andi(11, 11, 0xFFFF), a.ld(13, 0, 15))
    code.branch(ifNotEqual: 13, 16, to: "load")
  }

  private func write(_ role: Int, _ placement: Placement, _ iterations: Int, _ seed: UInt64, into code: inout Assembly)
  {
    let a = Asm.self
    code.label("role \(role)")
    code.add(Xorshift.seed(8, seed, scratch: (12, 13)))
    code.add(
      a.li(9, UInt64(iterations)) + a.li(10, Self.direct | Self.word(0, placement))
        + a.li(11, Self.direct | Self.word(1, placement)))
    code.add(a.li(14, Self.direct | Self.results + UInt64(role) << 16) + a.li(15, Self.direct | Self.barriers))
    code.add(a.daddiu(16, 0, roles.count))
    code.label("loop \(role)")
    code.nextRandom(8, scratch: 13)
    // Old copies, or none.
    for word in 0..<2 {
      code.field(12, of: 8, from: UInt32(50 + word), mask: 1, times: 0)
      code.branch(ifEqual: 12, 0, to: "cold \(role) \(word)")
      code.add(a.ld(13, 0, UInt32(10 + word)))
      code.label("cold \(role) \(word)")
    }
    // All begin together, but for a random delay, short or long.
    code.label("arrive \(role)")
    code.add(a.lld(13, 0, 15), a.daddiu(13, 13, 1), a.scd(13, 0, 15))
    code.branch(ifEqual: 13, 0, to: "arrive \(role)")
    code.label("wait \(role)")
    code.add(a.ld(13, 0, 15))
    code.branch(ifNotEqual: 13, 16, to: "wait \(role)")
    code.field(12, of: 8, from: 30, mask: 1, times: 0)
    code.field(13, of: 8, from: 20, mask: 255, times: 0)
    code.branch(ifEqual: 12, 0, to: "delay \(role)")
    code.add(a.andi(13, 13, 7))
    code.label("delay \(role)")
    code.branch(ifEqual: 13, 0, to: "act \(role)")
    code.add(a.daddiu(13, 13, -1))
    code.branch(to: "delay \(role)")
    code.label("act \(role)")
    var register: UInt32 = 20
    for (index, access) in roles[role].enumerated() {
      switch access {
      case .write(let word, let value): code.add(a.daddiu(13, 0, Int(value)), a.sd(13, 0, UInt32(10 + word)))
      case .read(let word):
        code.add(a.ld(register, 0, UInt32(10 + word)))
        register += 1
      case .increment(let word):
        code.label("again \(role) \(index)")
        code.add(a.lld(register, 0, UInt32(10 + word)), a.daddiu(13, register, 1), a.scd(13, 0, UInt32(10 + word)))
        code.branch(ifEqual: 13, 0, to: "again \(role) \(index)")
        register += 1
      case .wait(let word, let value):
        code.add(a.daddiu(12, 0, Int(value)))
        code.label("unchanged \(role) \(index)")
        code.add(a.ld(13, 0, UInt32(10 + word)))
        code.branch(ifNotEqual: 13, 12, to: "unchanged \(role) \(index)")
      }
    }
    for seen in 20..<register { code.add(a.sd(seen, Int(seen - 20) * 8, 14)) }
    code.add(a.daddiu(14, 14, 16))
    for pointer in [10, 11, 15] as [UInt32] { code.add(a.daddiu(pointer, pointer, Int(Self.stride))) }
    code.add(a.daddiu(9, 9, -1))
    code.branch(ifNotEqual: 9, 0, to: "loop \(role)")
    code.add(a.li(15, Self.direct | Self.ended))
    code.label("end \(role)")
    code.add(a.lld(13, 0, 15), a.daddiu(13, 13, 1), a.scd(13, 0, 15))
    code.branch(ifEqual: 13, 0, to: "end \(role)")
    code.add(a.idle)
  }

  /// The outcome of each iteration, after the run.
  func outcomes(_ machine: BareMachine, _ placement: Placement, iterations: Int) -> [Outcome] {
    (0..<iterations).map { iteration in
      var outcome: Outcome = []
      for role in roles.indices {
        var number: UInt64 = 0
        for access in roles[role] {
          switch access {
          case .write, .wait: continue
          case .read, .increment: break
          }
          outcome.append(machine.word(Self.results + UInt64(role) << 16 + UInt64(iteration) * 16 + number * 8))
          number += 1
        }
      }
      return outcome + (0..<2).map { machine.word(Self.word($0, placement) + UInt64(iteration) * Self.stride) }
    }
  }
}
