import ControlAPI
import Foundation
import GuestCompiler
import GuestImages
import NUMAchine
import Runner
import TestSupport
import Testing

@testable import stationd

/// What comes from outside to daemon and client, changed in any way: refused in one line, or of the right
/// form.
@Suite("Bytes from outside")
struct FuzzTests {
  /// Thousands of files; millions in a soak.
  @Test("any ELF file is loaded or refused in one line, by all who read such files", arguments: [1, 2, 3] as [UInt64])
  func files(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let small = [TestELF().bytes, TestELF(segments: 2).bytes]
    let large = [GuestImages.kernel, GuestImages.program("hello") ?? []]
    var refused = 0
    let count = SeededRandom.count(1500)
    for index in 0..<count {
      var file = random.one(of: small)
      if index % 50 == 0 {
        // Headers and tables of a real file.
        let whole = random.one(of: large)
        let begin = random.below(4) == 0 ? whole.count - 4096 : 0
        file = Array(whole[..<begin]) + random.changed(Array(whole[begin..<(begin + 4096)])) + whole[(begin + 4096)...]
      } else {
        file = random.changed(file)
      }
      do throws(ELFCheck.Problem) {
        try ELFCheck.check(file, for: random.below(2) == 0 ? .r4400 : .mips64r2)
      } catch {
        refused += 1
        #expect(!error.description.isEmpty && !error.description.contains("\n"), "seed \(seed), file \(index)")
      }
      do throws(RunnerError) {
        let image = try BootImage(file, memoryBytes: 8 << 20)
        let isInside = image.segments.allSatisfy {
          $0.bytes.upperBound <= file.count && $0.address + UInt64($0.bytes.count) <= 8 << 20
        }
        #expect(isInside, "seed \(seed), file \(index)")
      } catch { #expect(error.description.hasPrefix("the boot image "), "seed \(seed), file \(index)") }
      if random.below(4) == 0 { _ = SymbolTable(file) }
    }
    #expect(refused > count / 4, "seed \(seed)")
  }

  /// What a control service keeps of a cluster that has run some programs.
  private func kept() -> CheckpointHost {
    let table = JobTable(processors: 4)
    for processor in 0..<4 { table.processorReady(processor) }
    table.idle()
    for number in 1...3 {
      _ = try? table.submit([Array("p".utf8), [0xFF]], processors: 2, image: TestELF().bytes)
      table.started(number, cycle: 5)
      for piece in 0..<3 { table.output(number, stream: 1 + piece % 2, Array("text \(piece)\n".utf8)) }
      if number < 3 {
        table.exited(number, JobEvent(.exited))
        table.idle()
      }
    }
    return table.saved {}
  }

  /// Thousands of parts; a million in a soak.
  @Test("any host's part of a checkpoint is taken up or refused", arguments: [1, 2, 3] as [UInt64])
  func hostParts(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let good = Array(Wire.encode(kept()))
    var (refused, entered) = (0, 0)
    let count = SeededRandom.count(700)
    for _ in 0..<count {
      guard let host = CheckpointHost.read(Data(numbersChanged(good, &random)), processors: 4) else {
        refused += 1
        continue
      }
      let table = JobTable(processors: 4)
      table.restore(host)
      table.enter = { entered += $0.job }
      table.idle()
      _ = try? table.submit([[0x70]], processors: nil, image: [1])
      for job in table.list() {
        table.output(job.job, stream: 1, [1, 2, 3])
        table.exited(job.job, JobEvent(.exited))
        guard let log = table.log(job.job) else { continue }
        var position = JobLog.Position()
        while await log.next(&position) != nil {}
      }
      _ = table.saved {}
    }
    #expect(refused > count / 10 && refused < count && entered > 0, "seed \(seed): \(refused)")
  }

  /// JSON with changed bytes, or, so that it stays JSON, other numbers.
  private func numbersChanged(_ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    guard random.below(3) > 0 else { return random.changed(text) }
    var text = text
    for _ in 0...random.below(3) {
      let digits = text.indices.filter { (0x30...0x39).contains(text[$0]) && text[$0 - 1] == 0x3A }
      guard !digits.isEmpty else { break }
      let place = random.one(of: digits)
      let end = text[place...].firstIndex { !(0x30...0x39).contains($0) && $0 != 0x2E } ?? text.count
      let number = random.one(of: ["-1", "0", "1", "7", "1e300", "9223372036854775807", "\(random.below(100_000))"])
      text.replaceSubrange(place..<end, with: Array(number.utf8))
    }
    return text
  }

  /// Thousands of lines; millions in a soak.
  @Test("any line of JSON is what a program is to be called with, or none", arguments: [1, 2] as [UInt64])
  func submissions(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let good = [
      SubmissionParameters(words: [[0x70], [0x61, 0xFF], []], processors: 3), SubmissionParameters(words: [[0xFE]]),
    ].map { Array(Wire.encode($0)) }
    var read = 0
    for _ in 0..<SeededRandom.count(3000) {
      let line = numbersChanged(random.one(of: good), &random)
      guard let parameters = try? Wire.decode(SubmissionParameters.self, from: Data(line)) else { continue }
      if let words = parameters.words { read += words.isEmpty ? 0 : 1 }
    }
    #expect(read > 100, "seed \(seed)")
  }
}
