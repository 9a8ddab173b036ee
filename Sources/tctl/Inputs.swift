import ArgumentParser
import ControlAPI
import Foundation
import GuestImages
import HostSystem
import NUMAchine
import Profiles
import Runner

/// The machine that `--profile` and `--stations` ask for.
struct MachineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Stations of the machine (default: as the profile says).", valueName: "n"))
  var stations: Int?
  @Option(
    name: .customLong("profile"),
    help: ArgumentHelp(
      "The machine: a profile that ships ('tctl profiles') or a file (default: numachine).", valueName: "profile"))
  var givenProfile: String?
  @Option(
    help: ArgumentHelp(
      "A Tornado image of your own ('tctl build --kernel'); default: the one that ships.", valueName: "file"))
  var kernel: String?
  @Flag(help: "Check the lines' coherence all the time; stop at the first broken rule, with the line's history.")
  var check = false

  @Option(help: ArgumentHelp("A checkpoint to go on with instead of booting ('tctl checkpoint').", valueName: "file"))
  var from: String?

  var profile: String { givenProfile ?? "numachine" }

  /// The checkpoint to start from, which settles all else.
  func checkpoint() throws(Problem) -> CheckpointSource? {
    guard let from else { return nil }
    for (option, isGiven) in [
      ("--profile", givenProfile != nil), ("--stations", stations != nil), ("--kernel", kernel != nil),
    ] where isGiven {
      throw .usage("\(option) and --from contradict each other: a checkpoint is of its own machine and Tornado image")
    }
    return try CheckpointSource(path: from)
  }

  /// The image to boot.
  func image(for machine: MachineProfile) throws(Problem) -> [UInt8] {
    guard let kernel else { return GuestImages.kernel }
    let image: [UInt8]
    do throws(SystemError) { image = try HostFile.read(kernel) } catch {
      guard HostFile.exists(kernel) else { throw .usage("there is no Tornado image in \(kernel)") }
      throw .usage("\(error)")
    }
    do { _ = try BootImage(image, memoryBytes: machine.memoryBytes) } catch { throw .usage("\(kernel): \(error)") }
    return image
  }

  /// The profile, with its text, and the number of stations.
  func read() throws(Problem) -> (text: String, profile: MachineProfile) {
    let text: String
    if let shipped = Profiles.shipped.first(where: { $0.name == profile }) {
      text = shipped.text
    } else if HostFile.exists(profile) {
      do throws(SystemError) { text = String(decoding: try HostFile.read(profile), as: UTF8.self) } catch {
        throw .usage("\(error)")
      }
    } else if profile.contains("/") {
      throw .usage("there is no profile in \(profile)")
    } else {
      throw .usage(
        "'\(profile)' is neither a profile that ships (\(Profiles.shipped.map(\.name).joined(separator: ", "))) nor a file"
      )
    }
    var machine: MachineProfile
    do { machine = try MachineProfile(text: text) } catch { throw .usage("profile \(profile): \(error)") }
    if let stations {
      guard (1...16).contains(stations) else { throw .usage("a machine has 1 to 16 stations, not \(stations)") }
      machine.stations = stations
    }
    return (text, machine)
  }
}

/// `PROGRAM [ARG…]`: everything after the program's name is the program's.
struct ProgramArguments: ParsableArguments {
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "A program that ships ('tctl workloads') or an ELF file, and its arguments.", valueName: "program [arg...]"))
  var words: [String] = []

  @Option(help: ArgumentHelp("Processors that the program may use (default: all).", valueName: "n"))
  var processors: Int?

  mutating func validate() throws {
    if let first = words.first, first.hasPrefix("-") { throw ValidationError("Unknown option '\(first)'") }
  }

  /// For where a program must be named.
  func require() throws {
    if words.isEmpty { throw ValidationError("Missing expected argument 'PROGRAM'") }
  }

  /// Says what was done with options that stand after the program's name and are called like the command's own.
  /// Behind `--` nobody takes them for those.
  func tellOptions(of command: any ParsableCommand.Type) {
    guard words.dropFirst().contains(where: { $0.hasPrefix("-") }) else { return }
    var own: Set<Substring> = []
    for line in command.helpMessage(includeHidden: true, columns: 1000).split(separator: "\n")
    where line.hasPrefix("  -") {
      for word in line.split(whereSeparator: { " ,".contains($0) }) {
        guard word.hasPrefix("-") else { break }
        own.insert(word)
      }
    }
    own.subtract(["-h", "--help", "--version"])
    let alike = words.dropFirst().prefix { $0 != "--" }.filter { word in own.contains(word.prefix { $0 != "=" }) }
    guard !alike.isEmpty else { return }
    say(
      "tctl: \(alike.joined(separator: " ")) went to the program, as all that stands after its name; tctl's own options stand before '\(words[0])'"
    )
  }

  /// The program's name and its arguments.
  var bytes: [[UInt8]] { words.map(HostText.bytes) }

  /// The program's file, checked.
  ///
  /// - Parameter processor: what is to execute it; nil where only the cluster knows.
  func read(for processor: ProcessorModel?) throws(Problem) -> [UInt8] {
    let name = words[0]
    let image: [UInt8]
    if !name.contains("/"), let shipped = GuestImages.program(name) {
      image = shipped
    } else if HostFile.exists(name) {
      do throws(SystemError) { image = try HostFile.read(name) } catch { throw .usage("\(error)") }
    } else if name.contains("/") {
      throw .usage("there is no file \(name)")
    } else {
      throw .usage("no program and no file is called '\(name)'; 'tctl workloads' lists the programs")
    }
    do { try ELFCheck.check(image, for: processor) } catch { throw .usage("\(name): \(error)") }
    return image
  }

  /// - Parameter machine: processors of the machine.
  func checkProcessors(machine: Int) throws(Problem) {
    guard let processors else { return }
    guard processors >= 1 else { throw .usage("a program needs at least 1 processor, not \(processors)") }
    guard processors <= machine else { throw .usage("this machine has \(machine) processors, not \(processors)") }
  }
}

/// `--deadlock`
struct DeadlockOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "When all threads wait for each other for ever: 'report' on standard error what for, or then also 'exit' with status 124 (default: report; of 'run' where standard error is no terminal: exit).",
      valueName: "report|exit"))
  var deadlock: DeadlockPolicy?
}

extension DeadlockPolicy: ExpressibleByArgument {}

/// Columns side by side, as wide as they need to be.
struct Table {
  private var rows: [[String]] = []
  private let alignRight: Set<Int>

  /// - Parameter right: columns of numbers.
  init(right: Set<Int> = []) { alignRight = right }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  func lines(indent: Int = 0) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return alignRight.contains(column) ? padding + cell : cell + padding
      }
      var line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private func write(_ line: String) {
    _ = HostText.bytes(line + "\n").withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stdout) }
  }

  func print() { for line in lines() { write(line) } }
}
