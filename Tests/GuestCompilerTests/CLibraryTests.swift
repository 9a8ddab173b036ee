import Foundation
import Testing

/// The C library beside another one: the same programs, compiled by Debian's compiler for MIPS with its libc, write
/// the same on QEMU.
@Suite(.serialized) struct CLibraryTests {
  private static let programs = packageFolder + "/Tests/GuestCompilerTests/Programs/"

  /// What a program writes when it is made with our library, and with the other.
  private func outputs(_ name: String, _ arguments: [String] = []) throws -> (ours: [Substring], theirs: [Substring]) {
    let scratch = try Scratch()
    let source = Self.programs + name
    let ours = try runOnQEMU(build(scratch, [source]), arguments)
    let other = scratch.path + "/other"
    let made = try run(
      "/usr/bin/env",
      ["mips64el-linux-gnuabi64-gcc", "-O1", "-static", "-march=mips64r2", source, "-o", other, "-lm"])
    #expect(made.status == 0, "\(made.errors)")
    let theirs = try run("/usr/bin/env", ["qemu-mips64el", "-cpu", "MIPS64R2-generic", other] + arguments)
    #expect(ours.status == 0 && theirs.status == 0)
    return (ours.output.split(separator: "\n"), theirs.output.split(separator: "\n"))
  }

  @Test(
    "long double, __int128, formatted output, decimal numbers, strings, sorting and setjmp are those of another library"
  )
  func same() throws {
    let (ours, theirs) = try outputs("c.c")
    #expect(ours.count == theirs.count && theirs.count > 7000)
    for (own, other) in zip(ours, theirs) where own != other {
      Issue.record("\(own), not \(other)")
      break
    }
  }

  @Test("<math.h> is within two units in the last place of another library")
  func mathematics() throws {
    let (ours, theirs) = try outputs("math.c", ["400"])
    #expect(ours.count == theirs.count && theirs.count > 10000)
    var worst: [Substring: (distance: UInt64, line: Substring)] = [:]
    for (own, other) in zip(ours, theirs) {
      let (name, distance) = (own.split(separator: " ")[0], try Self.distance(own, other))
      if distance > worst[name, default: (0, "")].distance { worst[name] = (distance, own) }
    }
    for (name, (distance, line)) in worst { #expect(distance <= 2, "\(name): \(line)") }
  }

  /// In units in the last place; the arguments must be the same, and a number that is none must be one in both.
  private static func distance(_ own: Substring, _ other: Substring) throws -> UInt64 {
    let (a, b) = (own.split(separator: " "), other.split(separator: " "))
    #expect(a.dropLast() == b.dropLast())
    func bits(_ word: Substring?) throws -> UInt64 { try #require(UInt64(word ?? "", radix: 16)) }
    let (x, y) = (try bits(a.last), try bits(b.last))
    if Double(bitPattern: x).isNaN || Double(bitPattern: y).isNaN {
      return Double(bitPattern: x).isNaN && Double(bitPattern: y).isNaN ? 0 : .max
    }
    guard x >> 63 == y >> 63 else { return .max }
    return x > y ? x - y : y - x
  }
}
