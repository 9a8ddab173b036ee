import ControlAPI
import Foundation
import NUMAchine
import Runner

/// What a machine in this process begins with, reset or a checkpoint, and the program whose output and end
/// are those of the command.
struct MachineStart {
  var profile: MachineProfile
  var kernel: [UInt8]
  var checkpoint: CheckpointFile?
  /// The program's number and name.
  var job = 1
  var name: String
  /// To be entered when the machine is at rest; nil where the program runs already, in the checkpoint.
  var submission: Submission?
  /// The program's file, as far as it is known, for its symbols.
  var file: [UInt8]
  /// What it has written before.
  private var written: [CheckpointHost.Log.Entry] = []
  /// Processors on which Tornado has answered.
  private var ready: Set<Int> = []

  /// - Parameters:
  ///   - program: on a checkpoint it may be left away: then the one program that runs there goes on.
  ///   - source: the checkpoint; nil to boot.
  /// - Throws: where program, machine and checkpoint do not fit.
  init(_ machine: MachineOptions, _ program: ProgramArguments, from source: CheckpointSource?) throws {
    guard let source else {
      try program.require()
      profile = try machine.read().profile
      try program.checkProcessors(machine: profile.processors)
      kernel = try machine.image(for: profile)
      (name, file) = (program.words[0], try program.read(for: profile.processor))
      try submit(program)
      return
    }
    (profile, kernel, checkpoint) = (source.profile, source.image, source.file)
    guard let host = CheckpointHost.read(Data(try source.file.host()), processors: profile.processors) else {
      throw Problem.usage("\(source.name) is a checkpoint of another version: use the version that wrote it")
    }
    ready = Set(host.ready)
    let active = host.jobs.filter { $0.message.state != .exited }
    let names = active.map { "\($0.message.job), \($0.message.program)" }.joined(separator: "; ")
    guard program.words.isEmpty else {
      guard active.isEmpty else {
        throw Problem.usage(
          "in \(source.name) a program runs already (\(names)): leave '\(program.words[0])' away to go on with it, or use 'tctl up --from'"
        )
      }
      try program.checkProcessors(machine: profile.processors)
      (job, name, file) = (host.nextJob, program.words[0], try program.read(for: profile.processor))
      try submit(program)
      return
    }
    guard program.processors == nil else { throw Problem.usage("--processors is of a program, and none is named") }
    guard let running = active.first, running.image == nil, active.count == 1 else {
      let what =
        active.isEmpty
        ? "no program runs in \(source.name): name one"
        : "several programs run in \(source.name) (\(names)): use 'tctl up --from'"
      throw Problem.usage(what)
    }
    (job, name, file) = (running.message.job, running.message.program, running.symbols.map { Array($0) } ?? [])
    written = running.log.entries
    if let line = running.line {
      written.append(.init(stream: HostStream.named, start: running.log.written, bytes: line))
    }
  }

  private mutating func submit(_ program: ProgramArguments) throws {
    let submission = Submission(job: job, processors: program.processors ?? 0, arguments: program.bytes, image: file)
    if let problem = submission.problem(on: profile) { throw Problem.usage("\(name): \(problem)") }
    self.submission = submission
  }

  func configuration(isChecked: Bool = false) -> RunnerConfiguration {
    var configuration = RunnerConfiguration(
      profile: profile, stations: profile.stations, image: kernel, isChecked: isChecked)
    configuration.checkpoint = checkpoint
    return configuration
  }

  /// Tells what had happened before.
  func resume(_ session: RunSession) {
    session.change { $0.ready = ready }
    for entry in written { session.take(.output(job: job, stream: entry.stream, bytes: Array(entry.bytes))) }
  }

  /// Enters the program as soon as the machine is at rest.
  func enter(_ runner: MachineRunner, _ session: RunSession) throws {
    guard let submission else { return }
    try session.wait { $0.ready.count == profile.processors && $0.isIdle }
    session.change { $0.isIdle = false }
    runner.submit(submission)
  }
}
