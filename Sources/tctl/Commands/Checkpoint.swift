import ArgumentParser
import ControlAPI
import Foundation
import HostSystem
import NUMAchine
import Runner

/// Writes a cluster's machine to a file.
struct Checkpoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the machine of a cluster to a file, idle or busy; it runs on.",
    discussion: "'tctl up --from FILE' goes on with it, and 'tctl run' and 'tctl debug' do so inside their own process."
  )

  @Argument(help: "The cluster's name.")
  var name: String
  @Argument(help: "The file.")
  var file: String

  func run() throws { try Self.write(try Cluster(named: name), to: file) }

  /// Writes the cluster's machine to a file.
  static func write(_ cluster: Cluster, to file: String) throws {
    // Only a whole checkpoint ever has the file's name.
    let unfinished = file + ".new"
    let descriptor = HostText.withCString(unfinished) { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else { throw Problem.usage("\(SystemError("cannot write", file))") }
    var isComplete = false
    defer { if !isComplete { HostFile.remove(unfinished) } }
    // Ctrl-C leaves nothing behind.
    let interrupts = Interrupts()
    Progress.shared.begin { "tctl: writing \(file)" }
    do {
      defer { close(descriptor) }
      try cluster.ask { client in
        try client.download("checkpoint") { bytes in
          if interrupts.count > 0 { throw ExitCode(130) }
          try write(bytes, to: descriptor, of: file)
        }
      }
      guard fsync(descriptor) == 0 else { throw cannotWrite(file) }
    }
    let checkpoint: CheckpointFile
    do {
      checkpoint = try CheckpointFile(path: unfinished)
      try checkpoint.verify()
    } catch {
      throw Problem.cluster("what cluster '\(cluster.name)' sent \(error); try again")
    }
    guard HostFile.rename(unfinished, to: file) else { throw cannotWrite(file) }
    isComplete = true
    Progress.shared.clear()
  }

  private static func write(_ bytes: Data, to descriptor: Int32, of file: String) throws {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if count > 0 { done += count } else if errno != EINTR { throw cannotWrite(file) }
    }
  }

  private static func cannotWrite(_ file: String) -> Problem {
    .cluster("\(SystemError("cannot write", file))")
  }
}

/// A checkpoint to start from, checked.
struct CheckpointSource {
  var path: String
  /// As messages call it.
  var name: String
  var file: CheckpointFile
  var profile: MachineProfile
  var image: [UInt8]

  init(path: String) throws(Problem) {
    do throws(RunnerError) {
      file = try CheckpointFile(path: path)
    } catch { throw .usage("\(error)") }
    name = path
    self.path = HostFile.absolute(path)
    do throws(RunnerError) {
      try file.verify()
      image = try file.image()
    } catch { throw .usage("\(path) \(error)") }
    do throws(MachineProfile.Problem) {
      profile = try MachineProfile(text: file.profile)
    } catch { throw .usage("\(path) is a checkpoint of another version: its profile: \(error)") }
    guard profile.stations == file.stations else {
      throw .usage("\(path) is a damaged checkpoint: it has \(file.stations) stations, not \(profile.stations)")
    }
  }
}
