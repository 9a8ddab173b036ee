import ArgumentParser
import ControlAPI
import Foundation
import HostSystem

/// What a user meets: starts and stops clusters, runs programs on them, and shows what happened.
struct Tctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tctl",
    abstract: "Tornado on NUMAchine: start a cluster of stations, run programs on it, look at its counters.",
    version: productVersion,
    subcommands: [
      Up.self, Down.self, Status.self, Submit.self, Jobs.self, Kill.self, Attach.self, Checkpoint.self, Counters.self,
      Sharing.self, Digest.self,
      Run.self, Debug.self, Build.self, StubsCommand.self, Workloads.self, ListProfiles.self, DocumentCounters.self,
    ])

  /// Runs the command line and ends the process. Exit statuses are in `docs/control.md`.
  static func begin() -> Never {
    signal(SIGPIPE, SIG_IGN)
    // Whoever starts the command may have blocked signals that end it.
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    do {
      var words = Array(HostText.arguments.dropFirst())
      if words.first == "build" { words = Build.separate(words) }
      var command = try parseAsRoot(words)
      try command.run()
      Foundation.exit(0)
    } catch let problem as Problem {
      Progress.shared.clear()
      say("tctl: \(problem.line)")
      Foundation.exit(problem.status)
    } catch let error as SystemError {
      Progress.shared.clear()
      say("tctl: \(error)")
      Foundation.exit(70)
    } catch let status as ExitCode {
      Foundation.exit(status.rawValue)
    } catch {
      if exitCode(for: error).isSuccess {
        // Help was asked for.
        print(fullMessage(for: error))
        Foundation.exit(0)
      }
      guard exitCode(for: error) == .validationFailure else {
        say("tctl: \(SystemError.line(error))")
        Foundation.exit(70)
      }
      say("tctl: \(message(for: error))")
      say(fullMessage(for: error).split(separator: "\n").dropFirst().joined(separator: "\n"))
      Foundation.exit(2)
    }
  }
}

/// Why a command does not do what was asked, as one line, and how `tctl` then exits.
struct Problem: Error {
  var line: String
  var status: Int32

  /// What was asked for is wrong: exit status 2.
  static func usage(_ line: String) -> Problem { Problem(line: line, status: 2) }
  /// The cluster cannot do it: exit status 70.
  static func cluster(_ line: String) -> Problem { Problem(line: line, status: 70) }
}

/// Writes a line on standard error.
func say(_ line: String) { writeAll(2, HostText.bytes(line + "\n")) }

/// Writes all bytes, or ends quietly when nobody reads them any more.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
  var done = 0
  while done < bytes.count {
    let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      done += count
    } else if errno == EAGAIN {
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&ready, 1, -1)
    } else if errno != EINTR {
      if errno == EPIPE { Foundation.exit(128 + SIGPIPE) }
      return
    }
  }
}
