import ControlAPI
import Runner
import Testing

@testable import stationd

@Suite("The table of programs")
struct JobTableTests {
  private func exited(_ status: Int) -> JobEvent {
    var event = JobEvent(.exited)
    event.exitStatus = status
    return event
  }

  /// A table of an idle machine of 16 processors, and what it hands on.
  private final class Machine {
    let table = JobTable(processors: 16)
    var entered: [Int] = []
    var killed: [Int] = []
    init() {
      table.enter = { [unowned self] in entered.append($0.job) }
      table.interrupt = { [unowned self] in killed.append($0) }
      for processor in 0..<16 { table.processorReady(processor) }
      table.idle()
    }
    func submit(_ processors: Int? = nil) throws -> Int {
      try table.submit([[0x70]], processors: processors, image: [1]).job
    }
  }

  @Test("a program enters an idle machine at once, and waits for rest after its predecessor")
  func waitsForRest() throws {
    let machine = Machine()
    let first = try machine.submit()
    #expect(machine.entered == [first])
    machine.table.started(first, cycle: 1)
    machine.table.exited(first, exited(0))
    let second = try machine.submit()
    #expect(machine.entered == [first])
    machine.table.idle()
    #expect(machine.entered == [first, second])
  }

  @Test("a program enters at once where another runs")
  func runsBeside() throws {
    let machine = Machine()
    let jobs = [try machine.submit(), try machine.submit()]
    #expect(machine.entered == jobs)
  }

  @Test("processors beyond the machine, and programs beyond the limit, are refused")
  func refuses() throws {
    let machine = Machine()
    #expect(throws: JobTable.Refusal.self) { try machine.submit(17) }
    for _ in 0..<JobTable.activeLimit { _ = try machine.submit(16) }
    #expect(throws: JobTable.Refusal.self) { try machine.submit() }
  }

  @Test("kill ends what waits, interrupts what runs, and refuses the rest")
  func kills() throws {
    let machine = Machine()
    let first = try machine.submit()
    machine.table.exited(first, exited(0))
    let waiting = try machine.submit()
    try machine.table.kill(waiting)
    #expect(machine.killed.isEmpty)
    #expect(machine.table.list().last?.exitStatus == 137)
    machine.table.idle()
    #expect(machine.entered == [first])
    let running = try machine.submit()
    try machine.table.kill(running)
    #expect(machine.killed == [running])
    #expect(throws: JobTable.Refusal.self) { try machine.table.kill(first) }
    #expect(throws: JobTable.Refusal.self) { try machine.table.kill(99) }
  }

  @Test("what is over a time has the symbols of the one program that ran in it, and of none where several did")
  func symbolsOfATime() throws {
    let machine = Machine()
    let before = machine.table.now
    #expect(machine.table.symbols(since: before) == nil)
    let first = try machine.submit()
    #expect(machine.table.symbols(since: before) != nil)
    machine.table.exited(first, exited(0))
    machine.table.idle()
    // The program that ran before is not meant.
    let between = machine.table.now
    #expect(machine.table.symbols(since: between) == nil)
    let second = try machine.submit()
    #expect(machine.table.symbols(since: between) != nil && machine.table.symbols(since: before) == nil)
    let beside = try machine.submit()
    #expect(machine.table.symbols(since: between) == nil)
    for job in [second, beside] { machine.table.exited(job, exited(0)) }
    // One that only waits has not run.
    let waiting = try machine.submit()
    let late = machine.table.now
    try machine.table.kill(waiting)
    #expect(machine.table.symbols(since: late) == nil)
  }

  @Test("a failure ends every program's events with the reason, and refuses new programs")
  func failure() async throws {
    let machine = Machine()
    let job = try machine.submit()
    machine.table.fail("station 2 has died")
    var position = JobLog.Position()
    let events = await machine.table.log(job)?.next(&position)
    #expect(events?.last?.event == .failed && events?.last?.reason == "station 2 has died")
    #expect(throws: JobTable.Refusal.self) { try machine.submit() }
  }

  @Test("ended programs are forgotten, the oldest first")
  func forgets() throws {
    let machine = Machine()
    for _ in 0..<JobTable.historyLimit + 10 {
      let job = try machine.submit()
      machine.table.exited(job, exited(0))
      machine.table.idle()
    }
    let jobs = machine.table.list().map(\.job)
    #expect(jobs.count == JobTable.historyLimit && jobs.first == 11)
  }
}

@Suite("The log of a program's output")
struct JobLogTests {
  private func bytes(_ events: [JobEvent]) -> [UInt8] { events.filter { $0.event == .output }.flatMap(\.outputBytes) }

  @Test("every reader gets everything, in order, streams apart, and then the end")
  func readsAll() async {
    let log = JobLog()
    log.started(JobEvent(.started))
    for number in 0..<50 { log.append(stream: number % 5 == 0 ? 2 : 1, Array("\(number)\n".utf8)) }
    log.ended(JobEvent(.exited))
    for _ in 0..<2 {
      var position = JobLog.Position()
      var events: [JobEvent] = []
      while let next = await log.next(&position) { events += next }
      #expect(events.first?.event == .started && events.last?.event == .exited)
      #expect(bytes(events) == (0..<50).flatMap { Array("\($0)\n".utf8) })
      #expect(
        bytes(events.filter { $0.stream == 2 }) == stride(from: 0, to: 50, by: 5).flatMap { Array("\($0)\n".utf8) })
    }
  }

  @Test("a reader waits for what comes")
  func waits() async {
    let log = JobLog()
    let reader = Task {
      var position = JobLog.Position()
      var events: [JobEvent] = []
      while let next = await log.next(&position) { events += next }
      return events
    }
    for number in 0..<100 {
      log.append(stream: 1, [UInt8(number)])
      await Task.yield()
    }
    log.ended(JobEvent(.exited))
    #expect(bytes(await reader.value) == Array(0..<100))
  }

  @Test("what nobody reads is bounded, and who comes late is told how much is gone")
  func bounded() async {
    let log = JobLog()
    let piece = [UInt8](repeating: 0x41, count: 100_000)
    let count = JobLog.capacity / piece.count + 50
    for _ in 0..<count { log.append(stream: 1, piece) }
    #expect(log.size <= JobLog.capacity)
    log.ended(JobEvent(.exited))
    var position = JobLog.Position()
    var dropped = 0
    var read = 0
    while let events = await log.next(&position) {
      dropped += events.compactMap { $0.event == .dropped ? $0.bytes : nil }.reduce(0, +)
      read += bytes(events).count
    }
    #expect(dropped > 0 && dropped + read == count * piece.count)
  }
}
