// Executed instructions of Tornado's mechanisms beside the paper's figures. Rows: operation instructions
// paper
import Tornado

/// An operation that the kernel carries out between marks of its own; the number is its `Measurement`.
struct KernelOperation {
  let number: Int
  static let nothing = KernelOperation(number: 0)
  static let pointerCall = KernelOperation(number: 1)
  static let objectCall = KernelOperation(number: 2)
  static let translationMiss = KernelOperation(number: 3)
  static let allocate = KernelOperation(number: 4)
  static let free = KernelOperation(number: 5)
  static let lockUnlock = KernelOperation(number: 6)
  static let freeUnchecked = KernelOperation(number: 7)
  static let objectCreation = KernelOperation(number: 20)
  static let objectRemoval = KernelOperation(number: 21)
  static let objectDestruction = KernelOperation(number: 22)
  static let operation = KernelOperation(number: 23)

  /// Instructions of one time in steady state, the marks' taken off; nil if the kernel does not know the
  /// operation.
  var instructions: Int? {
    guard let marks = median(of: KernelOperation.nothing.number), let all = median(of: number) else { return nil }
    return all - marks
  }

  private func median(of number: Int) -> Int? {
    Costs.median { tornado_call(Int(TORNADO_CALL_MEASURE), number, 1, 0, 0, 0, 0) }
  }
}

enum Costs {
  /// How often each operation is measured. The first times bring code, data and translations to where they
  /// stay.
  static let times = 31

  /// The middle one of `times` measurements; nil if one of them fails.
  static func median(_ measure: () -> Int) -> Int? {
    var seen: [Int] = []
    for _ in 0..<times {
      let instructions = measure()
      if instructions < 0 { return nil }
      seen.append(instructions)
    }
    seen.sort()
    return seen[times / 2]
  }

  /// A row, unless the mechanism is not there.
  static func report(_ name: Text, _ instructions: Int?, paper: Text) {
    if let instructions { printLine("\(name) \(instructions) \(paper)") }
  }

  /// What both have together.
  static func sum(_ one: KernelOperation, _ other: KernelOperation) -> Int? {
    guard let a = one.instructions, let b = other.instructions else { return nil }
    return a + b
  }

  /// What one has more than the other.
  static func difference(_ more: KernelOperation, _ less: KernelOperation) -> Int? {
    guard let a = more.instructions, let b = less.instructions else { return nil }
    return a - b
  }
}

/// What the program does itself, between marks of its own (marks.c).
@_silgen_name("costs_call") func costsCall() -> Int
@_silgen_name("costs_malloc") func costsMalloc() -> Int
@_silgen_name("costs_free") func costsFree() -> Int

extension Costs {
  /// What a function of the program costs over and above a call of a null function, which is how the paper
  /// measures (footnotes 10 and 12); nil where there is no counter.
  static func programOperation(_ measure: () -> Int) -> Int? {
    guard tornado_program.monitor_page != nil, let call = median(costsCall), let all = median(measure) else {
      return nil
    }
    return all - call
  }
}

PPCCosts.serveIfAsked()
printLine("# operation instructions paper")
Costs.report("object_call_extra", Costs.difference(.objectCall, .pointerCall), paper: "1")
Costs.report("translation_miss", Costs.difference(.translationMiss, .objectCall), paper: "150")
Costs.report("create_destroy", Costs.sum(.objectCreation, .objectRemoval), paper: "300")
Costs.report("destruction", KernelOperation.objectDestruction.instructions, paper: "270")
Costs.report("operation", KernelOperation.operation.instructions, paper: "-")
Costs.report("allocate", KernelOperation.allocate.instructions, paper: "16")
Costs.report("free", KernelOperation.free.instructions, paper: "21")
Costs.report("user_allocate", Costs.programOperation(costsMalloc), paper: "16")
Costs.report("user_free", Costs.programOperation(costsFree), paper: "21")
Costs.report("home_check", Costs.difference(.free, .freeUnchecked), paper: "3")
Costs.report("lock_unlock", KernelOperation.lockUnlock.instructions, paper: "20")
PPCCosts.report()
