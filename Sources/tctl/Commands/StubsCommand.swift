import ArgumentParser
import Foundation
import GuestCompiler

/// Writes down the stubs with which clustered objects are called from other processes, as builds make them.
struct StubsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stubs",
    abstract: "Make client and server stubs from a clustered object's interface, a Swift protocol.",
    usage: "tctl stubs FILE.swift -o STUBS.swift")

  @Argument(help: ArgumentHelp("A Swift file with nothing but protocols.", valueName: "file"))
  var file: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Where the stubs go.", valueName: "file"))
  var output: String

  func run() throws {
    do throws(GuestCompilerError) { try Stubs.generate(file: file, output: output) } catch {
      if case .rejected(let line) = error {
        say(line)
        throw ExitCode(1)
      }
      throw Problem.usage(
        error.description.hasPrefix("error: ") ? String(error.description.dropFirst(7)) : error.description)
    }
  }
}
