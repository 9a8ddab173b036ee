import Foundation
import Testing

@testable import NUMAchine

/// `docs/instructions.md`: every instruction of both models and what tests it, made from the instruction
/// table and from the tests.
@Suite struct InstructionDocumentTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let document = tests.appendingPathComponent("../../../docs/instructions.md").standardizedFileURL

  /// For each operation, the suites whose sources name it.
  private func directed() throws -> [String: Set<String>] {
    let names = Set(Assembler.forms.values.map(\.name))
    var found: [String: Set<String>] = [:]
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.tests.path).filter {
      $0.hasSuffix("Tests.swift")
    }
    for file in files {
      let text = try String(contentsOf: Self.tests.appendingPathComponent(file), encoding: .utf8)
      for match in text.matches(of: #/(?:emit\(|encode\(|branch\(|Operation|\(|, |\[)\.(\w+)/#)
      where names.contains(String(match.1)) {
        found[String(match.1), default: []].insert(String(file.dropLast(6)))
      }
    }
    return found
  }

  private func randomly(_ form: InstructionForm, _ occurring: [ProcessorModel: Set<NUMAchine.Operation>]) -> [String] {
    ProcessorModel.allCases.filter { occurring[$0]!.contains(form.operation) }.map(\.rawValue)
  }

  private func text() throws -> (text: String, untested: [String]) {
    let directed = try directed()
    var occurring: [ProcessorModel: Set<NUMAchine.Operation>] = [:]
    for model in ProcessorModel.allCases {
      occurring[model] = DifferentialTests.occurring(in: model).union(FloatDifferentialTests.occurring(in: model))
    }
    var untested: [String] = []
    func table(_ forms: [InstructionForm]) -> String {
      var rows =
        "| instruction | encoding | word | against QEMU, on random operands, as | directed |\n|---|---|---|---|---|\n"
      for form in forms {
        let random = randomly(form, occurring)
        let suites = directed[form.name, default: []].sorted()
        if random.isEmpty && suites.isEmpty { untested.append(form.mnemonic) }
        let word = String(form.word, radix: 16)
        rows += "| \(form.mnemonic) | \(form.encoding) | `\(String(repeating: "0", count: 8 - word.count) + word)` | "
        rows += "\(random.joined(separator: ", ")) | \(suites.joined(separator: ", ")) |\n"
      }
      return rows
    }
    let text = """
      # Instructions

      Every instruction of the machine's processors, from the table that decoder, assembler and tests are made of
      (`Sources/NUMAchine/Processor/InstructionTable.swift`), and how it is tested. This file is generated: a test fails when it is out of date, and
      `TORNADO_WRITE_DOCS=1 swift test --filter InstructionDocumentTests` writes it anew.

      - **Against QEMU**: the instruction occurs in programs of random instructions, on edge operands and in all rounding modes, that must leave the same
        registers, memory and floating-point status as under `qemu-mips64el` (`DifferentialTests`, `FloatDifferentialTests`; more seeds with
        `TORNADO_SOAK=1`). Models there: R4000 (and 5Kf for conversions of 64-bit integers) and MIPS64R2-generic.
      - **Directed**: test suites that execute it, for what QEMU's user mode cannot show: exceptions and their priorities, delay slots, translation, links,
        caches, timing.
      - Beyond that, programs that compilers made from C run as on QEMU (`CompiledProgramTests`), on `mips64r2` with Debian's C library, and so does
        BusyBox as Debian's package for `mips64el` has it (`DebianProgramTests`, with `TORNADO_SOAK=1`).

      The word has all operand fields zero. \(InstructionForm.r4400.count) instructions are the R4400's, \(InstructionForm.release2.count) more are those of
      `mips64r2`.

      ## R4400

      \(table(InstructionForm.r4400))
      ## `mips64r2` has these beside them

      JR.HB and JALR.HB are JR and JALR, EHB, SSNOP and PAUSE are shifts of `$0`; BC1 and C.cond name one of eight conditions.

      \(table(InstructionForm.release2))
      """
    return (text, untested)
  }

  @Test func everyInstructionIsTestedAndTheDocumentSaysHow() throws {
    let (text, untested) = try text()
    #expect(untested.isEmpty)
    if ProcessInfo.processInfo.environment["TORNADO_WRITE_DOCS"] != nil {
      try text.write(to: Self.document, atomically: true, encoding: .utf8)
    }
    let found = try? String(contentsOf: Self.document, encoding: .utf8)
    #expect(
      found == text,
      "docs/instructions.md is out of date: TORNADO_WRITE_DOCS=1 swift test --filter InstructionDocumentTests")
  }

  @Test func noTwoInstructionsHaveTheSameWord() {
    for model in ProcessorModel.allCases {
      let words = InstructionForm.all(of: model).map(\.word)
      #expect(Set(words).count == words.count)
      let names = InstructionForm.all(of: model).map(\.mnemonic)
      #expect(Set(names).count == names.count)
    }
  }
}
