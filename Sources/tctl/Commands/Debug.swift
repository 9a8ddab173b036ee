import ArgumentParser
import DebugServer
import Foundation
import HostSystem
import NUMAchine
import Runner
import ringbus

/// A machine in this process with a GDB remote port.
struct Debug: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Run a program on a machine inside this process that waits for gdb-multiarch; docs/debugging.md shows how.",
    usage: """
      tctl debug [--port <port>] [--host <address>] [--stations <n>] [--profile <profile>] [--kernel <file>] [--processors <n>] PROGRAM [ARG...]
      tctl debug [--port <port>] [--host <address>] --from <file> [--processors <n>] [PROGRAM [ARG...]]
      tctl debug [--port <port>] [--host <address>] --cluster <name> [--processors <n>] [PROGRAM [ARG...]]
      """,
    discussion:
      "From a checkpoint, or a copy of a cluster's machine, the program that runs there goes on; or, if none does, PROGRAM runs on its machine."
  )

  @OptionGroup var machine: MachineOptions
  @Option(help: ArgumentHelp("Where GDB connects to; 0 for any that is free.", valueName: "port"))
  var port: UInt16 = 1234
  @Option(
    help: ArgumentHelp(
      "The address to listen on. Whoever reaches it can do anything to the machine.", valueName: "address"))
  var host = "127.0.0.1"
  @Option(
    name: [.customShort("c"), .customLong("cluster")],
    help: ArgumentHelp(
      "Debug a copy of this cluster's machine as it stands; the cluster runs on undisturbed.", valueName: "name"))
  var cluster: String?
  @OptionGroup var program: ProgramArguments

  /// The checkpoint to go on with, if there is one.
  private func source() throws -> CheckpointSource? {
    guard let cluster else { return try machine.checkpoint() }
    guard machine.from == nil else { throw Problem.usage("--cluster and --from contradict each other") }
    var copy = machine
    copy.from = HostFile.temporaryFolder + "/tornado-\(UUID().uuidString)"
    // What has been opened stays when its name is gone.
    defer { HostFile.remove(copy.from!) }
    try Checkpoint.write(try Cluster(named: cluster), to: copy.from!)
    var source = try copy.checkpoint()
    source?.name = "cluster '\(cluster)'"
    return source
  }

  func run() throws {
    program.tellOptions(of: Self.self)
    let start = try MachineStart(machine, program, from: try source())
    let session = RunSession(keepsOutput: false, program: start.file)
    start.resume(session)
    let end = ProgramEnd()
    let runner = try Self.runner(start.configuration(), session, end)
    let server = try Self.server(runner, host: host, port: port)
    end.server = server
    Leftovers.shared.clearOnSignals()
    let symbols = try SymbolFiles(kernel: start.kernel, program: start.file)
    defer { symbols.remove() }
    say(
      "tctl: the machine waits for gdb: gdb-multiarch -ex 'target remote \(host):\(server.port)' -ex 'add-symbol-file \(symbols.program)' \(symbols.kernel)"
    )
    Thread.detachNewThread {
      do {
        try start.enter(runner, session)
      } catch { /* The event that reports the failure has ended the session. */  }
    }
    let status = server.serve()
    symbols.remove()
    throw ExitCode(Int32(status & 255))
  }
}

extension Debug {
  /// One thread, so that a processor that stops stops all.
  private static func runner(_ configuration: RunnerConfiguration, _ session: RunSession, _ end: ProgramEnd) throws
    -> MachineRunner
  {
    do {
      return try MachineRunner(
        configuration: configuration, ring: SoloRing(stations: configuration.stations), threads: 1
      ) { event in
        session.take(event)
        end.take(event, failure: session.state.failure)
      }
    } catch { throw Problem.cluster("the machine does not start: \(error)") }
  }

  private static func server(_ runner: MachineRunner, host: String, port: UInt16) throws -> DebugServer {
    do { return try DebugServer(runner: runner, host: host, port: port) } catch { throw Problem.usage("\(error)") }
  }
}

/// Tells the server of the program's end.
private final class ProgramEnd: @unchecked Sendable {
  /// Set before the machine begins.
  weak var server: DebugServer?

  func take(_ event: RunnerEvent, failure: String?) {
    if case .exited(_, let status, _, _, _, _) = event { server?.programEnded(status: status) }
    guard let failure else { return }
    say("tctl: \(failure)")
    server?.programEnded(status: 70)
  }
}

/// The ELF files of image and program where GDB can read them.
private struct SymbolFiles {
  private let folder: String
  var kernel: String { folder + "/tornado" }
  var program: String { folder + "/program" }

  init(kernel: [UInt8], program: [UInt8]) throws {
    folder = HostFile.temporaryFolder + "/tornado-debug-\(UUID().uuidString.prefix(8))"
    try Leftovers.shared.makeFolder(folder)
    do {
      try HostFile.write(kernel, to: self.kernel)
      try HostFile.write(program, to: self.program)
    } catch {
      remove()
      throw error
    }
  }

  func remove() { Leftovers.shared.removeFolder(folder) }
}
