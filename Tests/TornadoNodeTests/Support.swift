import Foundation
import GuestCompiler
import GuestImages
import NUMAchine
import Profiles
import Runner
import Testing
import TornadoABI

/// A machine in this process, one thread, with the Tornado image booted on it: the kernel's tests see exactly
/// what the host port says.
final class TestMachine {
  struct Failure: Error, CustomStringConvertible { var description: String }
  /// What a program said and how it ended.
  struct Outcome {
    var output = ""
    var errors = ""
    var status: Int?
    /// When the record entered.
    var entered: UInt64 = 0
    /// Cycles between the record's entry and the end of everything that follows from it.
    var cycles: UInt64 = 0
    /// Cycles between the record's entry and the news of the program's end.
    var cyclesToEnd: UInt64 = 0
  }

  let profile: MachineProfile
  let stations: [Station]
  private let steps: LockStep
  private var now: UInt64 { steps.now }
  private var jobs = 0
  private(set) var outcomes: [Int: Outcome] = [:]
  /// Processors that have said that they run Tornado, and what the kernel's console has.
  private(set) var ready: [Int] = []
  private(set) var console = ""
  var cycle: UInt64 { now / UInt64(profile.processorCycle) }

  /// Boots, by default the kernel that ships. Throws if not all processors come up.
  init(
    stations count: Int = 4, memoryBytes: Int? = nil, profile name: String = "numachine",
    kernel image: [UInt8] = GuestImages.kernel
  ) throws {
    var profile = try #require(try Profiles.named(name))
    if let memoryBytes { profile.memoryBytes = memoryBytes }
    self.profile = profile
    stations = (0..<count).map { Station(profile: profile, number: $0, stations: count) }
    steps = LockStep(stations)
    try BootImage(image, memoryBytes: profile.memoryBytes).boot(stations)
    try runUntilIdle()
    guard ready.count == count * profile.processorsPerStation else {
      throw Failure(description: "only \(ready.sorted()) came up; \(console)")
    }
  }

  /// Runs one program to its end.
  func run(_ image: [UInt8], _ arguments: [String], processors: Int = 0) throws -> Outcome {
    let job = start(image, arguments, processors: processors)
    let begin = cycle
    try runUntilIdle()
    outcomes[job]?.cycles = cycle - begin
    return try #require(outcomes[job])
  }

  /// Enters a record that runs a program; returns the job's number.
  @discardableResult func start(_ image: [UInt8], _ arguments: [String], processors: Int = 0) -> Int {
    jobs += 1
    outcomes[jobs] = Outcome(entered: cycle)
    stations[0].enter(Self.record(image, arguments, job: jobs, processors: processors))
    return jobs
  }

  func kill(_ job: Int) { enter(Self.record(TORNADO_RECORD_KILL, job)) }

  /// Asks whether the job waits for ever, and ends it then if it `ends`.
  func ask(_ job: Int, ends: Bool) {
    var header = Self.record(TORNADO_RECORD_DEADLOCK, job)
    header.processors = ends ? 1 : 0
    enter(header)
  }

  private func enter(_ header: TornadoRecord) {
    stations[0].enter(withUnsafeBytes(of: header) { Array($0) })
  }

  /// A counter's sum over all processors, or stations.
  func total(_ counter: ProcessorCounter) -> UInt64 {
    stations.reduce(0) { $0 + $1.counters.processors.reduce(0) { $0 + $1[counter.rawValue] } }
  }
  func total(_ counter: StationCounter) -> UInt64 { stations.reduce(0) { $0 + $1.counters.station[counter.rawValue] } }

  /// Enters a record as it is.
  func enter(_ record: [UInt8]) -> Int {
    jobs += 1
    outcomes[jobs] = Outcome()
    stations[0].enter(record)
    return jobs
  }

  static func record(_ image: [UInt8], _ arguments: [String], job: Int, processors: Int) -> [UInt8] {
    let strings: [UInt8] = arguments.flatMap { Array($0.utf8) + [0] }
    let alignment = Int(TORNADO_RECORD_ALIGNMENT)
    let offset = (MemoryLayout<TornadoRecord>.size + strings.count + alignment - 1) / alignment * alignment
    var header = record(TORNADO_RECORD_RUN, job)
    header.processors = UInt32(processors)
    header.programOffset = UInt(offset)
    header.programBytes = UInt(image.count)
    header.arguments = UInt32(arguments.count)
    header.argumentBytes = UInt32(strings.count)
    let front = withUnsafeBytes(of: header) { Array($0) } + strings
    return front + [UInt8](repeating: 0, count: offset - front.count) + image
  }

  private static func record(_ kind: Int32, _ job: Int) -> TornadoRecord {
    var header = TornadoRecord()
    header.magic = UInt32(TORNADO_RECORD_MAGIC)
    header.kind = UInt32(kind)
    header.job = UInt32(job)
    return header
  }

  static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { (word: UInt32) -> [UInt8] in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
  }

  /// Runs until nothing is due anywhere.
  /// - Throws: when that is not so after `limit` cycles, or when the kernel has panicked.
  func runUntilIdle(limit: UInt64 = 400_000_000) throws {
    let end = now + limit * UInt64(profile.processorCycle)
    while try runWindow() {
      if now > end { throw Failure(description: "not idle after \(limit) cycles") }
    }
  }

  /// Runs `cycles` cycles, or until nothing is due.
  func run(cycles: UInt64) throws {
    let end = now + cycles * UInt64(profile.processorCycle)
    while now < end, try runWindow() {}
  }

  /// One window. False if nothing was due.
  private func runWindow() throws -> Bool {
    let isBusy = try steps.step { take($0.output) }
    if hasPanicked { throw Failure(description: "the kernel has panicked: \(console)") }
    return isBusy
  }

  private var hasPanicked = false

  private func take(_ output: [UInt8]) {
    output.withUnsafeBytes { bytes in
      var rest = bytes
      while let (record, text) = HostRecord.first(of: &rest) { take(record, String(decoding: text, as: UTF8.self)) }
    }
  }

  private func take(_ record: HostRecord, _ text: String) {
    let job = Int(record.job)
    switch record.kind {
    case .output where job == 0: console += text
    case .output where record.stream == 1: outcomes[job]?.output += text
    case .output: outcomes[job]?.errors += text
    case .processorReady: ready.append(Int(record.value))
    case .started: break
    case .exited:
      outcomes[job]?.status = Int(record.value)
      let entered = outcomes[job]?.entered ?? cycle
      outcomes[job]?.cyclesToEnd = cycle - entered
    case .panic: hasPanicked = true
    }
  }
}

/// The programs that the tests bring along, compiled once.
enum TestPrograms {
  static let exercise: Result<[UInt8], Error> = Result { try compile("exercise.c") }
  static let linux: Result<[UInt8], Error> = Result { try compile("linux.c") }
  static let objects: Result<[UInt8], Error> = Result { try compile("objects.swift") }
  static let heap: Result<[UInt8], Error> = Result { try compile("heap.c") }
  static let pages: Result<[UInt8], Error> = Result { try compile("pages.c") }
  static let locks: Result<[UInt8], Error> = Result { try compile("locks.c") }
  static let calls: Result<[UInt8], Error> = Result { try compile("calls.c") }
  static let memory: Result<[UInt8], Error> = Result { try compile("memory.c") }
  static let waits: Result<[UInt8], Error> = Result { try compile("waits.c") }

  /// The assembly listing of a program of one Swift file.
  static func listing(_ name: String) throws -> String {
    var listing = ""
    _ = try compile(name) { work in listing = try String(contentsOfFile: work + "/main.o.s", encoding: .utf8) }
    return listing
  }

  /// - Parameter base: where it is to begin, if not at the usual address.
  static func compile(_ name: String, base: UInt64? = nil, look: (String) throws -> Void = { _ in }) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let package = folder.deletingLastPathComponent().deletingLastPathComponent()
    let work = NSTemporaryDirectory() + "tornado-node-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: work) }
    let output = work + "/program"
    let compiler = GuestCompiler(toolchain: try Toolchain())
    let library = try compiler.buildLibrary(
      folder: package.appending(path: "Workloads/Library").path, into: work, base: base)
    var options = GuestCompiler.Options()
    options.workFolder = work + "/work"
    _ = try compiler.buildProgram(
      sources: [folder.appending(path: "Programs/" + name).path], output: output, library: library, options: options)
    try look(work + "/work")
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
  }
}

/// The same program file on another implementation of Linux's system calls.
enum QEMU {
  static func run(_ program: [UInt8], _ arguments: [String], model: String = "R4000") throws -> (
    output: String, status: Int
  ) {
    let file = URL(fileURLWithPath: NSTemporaryDirectory() + "tornado-node-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(program).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["qemu-mips64el", "-cpu", model, file.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: bytes, as: UTF8.self), Int(process.terminationStatus))
  }
}
