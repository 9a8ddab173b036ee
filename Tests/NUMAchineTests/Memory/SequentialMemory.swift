/// One access of a program to a word of memory, with what it saw.
struct MemoryOperation: Equatable {
  enum Kind { case read, write, swap }
  var kind: Kind
  var address: UInt64
  /// What a read or swap found there.
  var found: UInt64 = 0
  /// What a write or swap put there: a value of its own, not 0, which stands for the beginning.
  var put: UInt64 = 0
}

/// Decides whether what programs saw can have been seen in one memory that serves one access at a time.
///
/// Values tell which write a read has read. The order of the writes to a word is known, too: a word is
/// written by swaps alone, each of which has found its predecessor's value, or by the plain writes of one
/// program. So the question has a plain answer: there is such an order of all accesses exactly if program
/// order, reads-from, write order and from-reads together have no cycle.
struct SequentialMemory {
  private let programs: [[MemoryOperation]]
  private let firsts: [Int]
  private var edges: [(from: Int32, to: Int32)] = []
  /// The last value of each word that was written.
  private(set) var finalValues: [UInt64: UInt64] = [:]
  private(set) var violation: String?

  init(_ programs: [[MemoryOperation]]) {
    self.programs = programs
    var total = 0
    firsts = programs.map { program in
      defer { total += program.count }
      return total
    }
    guard violation == nil, let successors = orderWrites() else { return }
    addEdges(successors)
    findCycle(of: total)
  }

  // MARK: Orders

  private struct Write: Hashable {
    var address: UInt64
    var value: UInt64
  }

  private var writers: [Write: Int] = [:]

  /// The write that follows each value of each word.
  private mutating func orderWrites() -> [Write: Int]? {
    var successors: [Write: Int] = [:]
    var lastPlain: [UInt64: (program: Int, value: UInt64)] = [:]
    for (number, program) in programs.enumerated() {
      for (index, operation) in program.enumerated() where operation.kind != .read {
        let node = firsts[number] + index
        let before: UInt64
        if operation.kind == .swap {
          before = operation.found
        } else {
          before = lastPlain[operation.address]?.value ?? 0
          precondition(
            lastPlain[operation.address].map { $0.program == number } ?? true, "two programs write a word plainly")
          lastPlain[operation.address] = (number, operation.put)
        }
        writers[Write(address: operation.address, value: operation.put)] = node
        if let other = successors.updateValue(node, forKey: Write(address: operation.address, value: before)) {
          violation = "an update is lost: \(describe(other)) and \(describe(node)) have found the same value"
          return nil
        }
      }
    }
    // From the beginning on, each word's values form one chain.
    var length = 0
    for start in successors.keys where start.value == 0 {
      var value: UInt64 = 0
      while let node = successors[Write(address: start.address, value: value)] {
        value = operation(node).put
        length += 1
      }
      finalValues[start.address] = value
    }
    if length != successors.count { violation = "some swap has found a value that was never there" }
    return violation == nil ? successors : nil
  }

  private mutating func addEdges(_ successors: [Write: Int]) {
    for (number, program) in programs.enumerated() {
      for (index, operation) in program.enumerated() {
        let node = firsts[number] + index
        if index > 0 { edges.append((Int32(node - 1), Int32(node))) }
        guard operation.kind != .write else {
          // Write order; swaps have it by what they find.
          if let next = successors[Write(address: operation.address, value: operation.put)] {
            edges.append((Int32(node), Int32(next)))
          }
          continue
        }
        let found = Write(address: operation.address, value: operation.found)
        if operation.found != 0 {
          guard let writer = writers[found] else {
            violation = "\(describe(node)): nobody has written that"
            return
          }
          edges.append((Int32(writer), Int32(node)))
        }
        if operation.kind == .read, let next = successors[found] { edges.append((Int32(node), Int32(next))) }
      }
    }
  }

  // MARK: Cycles

  private mutating func findCycle(of total: Int) {
    guard violation == nil else { return }
    var starts = [Int32](repeating: 0, count: total + 2)
    var waiting = [Int32](repeating: 0, count: total)
    for edge in edges {
      starts[Int(edge.from) + 2] += 1
      waiting[Int(edge.to)] += 1
    }
    for index in 2..<starts.count { starts[index] += starts[index - 1] }
    var targets = [Int32](repeating: 0, count: edges.count)
    for edge in edges {
      targets[Int(starts[Int(edge.from) + 1])] = edge.to
      starts[Int(edge.from) + 1] += 1
    }
    var ready = (0..<total).filter { waiting[$0] == 0 }
    var done = 0
    while let node = ready.popLast() {
      done += 1
      for target in targets[Int(starts[node])..<Int(starts[node + 1])] {
        waiting[Int(target)] -= 1
        if waiting[Int(target)] == 0 { ready.append(Int(target)) }
      }
    }
    guard done < total else { return }
    // Every node that is left has a predecessor that is left: going back leads into a cycle.
    var predecessor: [Int: Int] = [:]
    for edge in edges where waiting[Int(edge.from)] > 0 && waiting[Int(edge.to)] > 0 {
      predecessor[Int(edge.to)] = Int(edge.from)
    }
    var seen: Set<Int> = []
    var node = (0..<total).first { waiting[$0] > 0 }!
    while seen.insert(node).inserted { node = predecessor[node]! }
    var cycle = [node]
    var next = predecessor[node]!
    while next != node {
      cycle.insert(next, at: 0)
      next = predecessor[next]!
    }
    violation =
      "no memory can serve these one at a time: " + cycle.prefix(24).map { describe($0) }.joined(separator: ", ")
  }

  private func operation(_ node: Int) -> MemoryOperation {
    let program = programs.indices.last { firsts[$0] <= node && !programs[$0].isEmpty }!
    return programs[program][node - firsts[program]]
  }

  private func describe(_ node: Int) -> String {
    let program = programs.indices.last { firsts[$0] <= node && !programs[$0].isEmpty }!
    let operation = programs[program][node - firsts[program]]
    let address = String(operation.address, radix: 16)
    let found = String(operation.found, radix: 16)
    let put = String(operation.put, radix: 16)
    let what =
      switch operation.kind {
      case .read: "reads \(found) at \(address)"
      case .write: "writes \(put) at \(address)"
      case .swap: "swaps \(found) for \(put) at \(address)"
      }
    return "processor \(program) #\(node - firsts[program]) \(what)"
  }
}
