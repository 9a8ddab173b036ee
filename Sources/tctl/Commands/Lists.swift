import ArgumentParser
import ControlAPI
import GuestImages
import NUMAchine
import Profiles

/// Lists the programs that ship.
struct Workloads: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the programs that ship, a line each.")

  func run() {
    var table = Table()
    for program in GuestImages.programs { table.add([program.name, program.summary]) }
    table.print()
  }
}

/// Lists the machines that ship.
struct ListProfiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profiles", abstract: "List the machine profiles that ship, a line each.")

  @Argument(help: "Print this profile's text, to copy and edit.")
  var name: String?

  func run() throws {
    if let name {
      guard let text = Profiles.shipped.first(where: { $0.name == name })?.text else {
        throw Problem.usage("no profile that ships is called '\(name)'")
      }
      print(text, terminator: "")
      return
    }
    var table = Table()
    for shipped in Profiles.shipped {
      let profile = try MachineProfile(text: shipped.text)
      let budget = LatencyBudget(profile)
      table.add([
        shipped.name, profile.summary, "L \(budget.window / profile.processorCycle) cycles: \(budget.limitingPath)",
      ])
    }
    table.print()
  }
}

/// Prints `docs/counters.md`.
struct DocumentCounters: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the document of all counters.", shouldDisplay: false)

  func run() { print(CountersDocument.markdown(), terminator: "") }
}
