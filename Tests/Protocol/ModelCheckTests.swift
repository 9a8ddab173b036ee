import Foundation
import TestSupport
import Testing

/// Runs the models of `Tests/Protocol` through Spin, as `check.sh` says.
@Suite struct ModelCheckTests {
  @Test func theProtocolHoldsAndEachOfItsConditionsIsNeeded() throws {
    let run = try runCheck(arguments: SeededRandom.isLong ? ["soak"] : [])
    if SeededRandom.isLong { print(run.output) }
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }

  @Test func aMissingSpinIsNamed() throws {
    let run = try runCheck(arguments: [], environment: ["PATH": "/nowhere"])
    #expect(run.status == 69)
    #expect(run.errors.contains("install spin"))
  }

  @Test func anUnknownModeIsRefused() throws {
    let run = try runCheck(arguments: ["gently"])
    #expect(run.status == 64)
    #expect(run.errors.contains("'gently'"))
  }

  private func runCheck(arguments: [String], environment: [String: String]? = nil) throws -> (
    status: Int32, output: String, errors: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [protocolFolder.appendingPathComponent("check.sh").path] + arguments
    if let environment { process.environment = environment }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let problem = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: problem, as: UTF8.self))
  }
}

let protocolFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
