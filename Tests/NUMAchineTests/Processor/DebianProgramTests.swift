import Foundation
import TestSupport
import Testing

@testable import NUMAchine

/// A static program from Debian's packages for `mips64el`, as Debian's compiler made it: BusyBox with its
/// many programs in one, on the `mips64r2` processor and on QEMU. Fetches the package, and is left out with
/// the reason where that cannot be done.
@Suite struct DebianProgramTests {
  private static let busybox = Result { try DebianPackage("busybox-static").file("bin/busybox") }

  /// Lines of words and numbers.
  private static let text: [UInt8] = {
    var random = Xorshift(seed: 0x2545_F491_4F6C_DD1D, processor: 0)
    let words = [
      "station", "ring", "line", "home", "network", "cache", "object", "clustered", "representative", "tornado",
      "processor", "worker",
    ]
    var text = ""
    for line in 0..<1500 {
      let value = random.next()
      text +=
        "\(words[Int(value >> 8) % 12]) \(value % 1000) \(line) \(words[Int(value >> 20) % 12])-\(value >> 44) \(Double(value >> 50) / 64)\n"
    }
    return Array(text.utf8)
  }()

  private static let expressions = """
    scale=40; 4*a(1); e(1); l(2); s(1); c(1); sqrt(2); 2^200; 3^100/7^30
    define f(n) { if (n < 2) return n; return f(n-1) + f(n-2); }
    f(15)
    for (i = 1; i < 20; i++) i^i % 1000007

    """

  private static let program = """
    { count[$1]++; sum[$1] += $2; if ($5 > most) most = $5; text = text substr($4, 1, 2) }
    END { n = split("station ring line home network cache object clustered representative tornado processor worker", w, " ")
      for (i = 1; i <= n; i++) { k = w[i]
      printf "%s %d %d %.6f %.10g %x\\n", k, count[k], sum[k], sum[k] / count[k], sum[k] * 1.37 / (count[k] + 0.1), count[k] * 7919 }
      gsub(/[aeiou]/, "<&>", text); print length(text), most, substr(text, 1, 200), toupper(substr(text, 300, 50)), most / 7, int(most * 17.3) % 13 }
    """

  /// Programs with their arguments, and what they are given.
  private static let runs: [([String], [UInt8])] =
    [
      ["md5sum"], ["sha1sum"], ["sha256sum"], ["sha512sum"], ["sha3sum"], ["crc32"], ["gzip", "-c"],
      ["gzip", "-9", "-c"], ["bzip2", "-c"], ["sort"],
      ["sort", "-k2,2n", "-k1,1r"], ["sort", "-u", "-k1,1"], ["wc"], ["tac"], ["rev"], ["nl"], ["base64"],
      ["od", "-t", "x4", "-t", "d2"], ["od", "-t", "fD"],
      ["xxd"],
      ["hexdump", "-C"], ["tr", "a-m", "n-z"], ["cut", "-d", " ", "-f", "2,4"], ["fold", "-w", "37"],
      ["grep", "-n", "-E", "r.ng (1|2)[0-9]+"],
      ["sed", "-e", "s/\\([a-z]*\\)-\\([0-9]*\\)/\\2=\\1/g;3,40d;y/abc/ABC/"], ["awk", program], ["unexpand", "-a"],
      ["uniq", "-c"], ["strings", "-n", "9"],
    ].map { ($0, text) } + [
      (["bc", "-l"], Array(expressions.utf8)),
      (["dc"], Array("20k 2v p 3 7 ^ p 100 [d 1 - d 1 <f *] sf lf x p 16 o 123456789 p\n".utf8)),
      (["factor", "9223372036854775807", "600851475143", "1000000007"], []), (["seq", "-w", "1", "3.5", "200"], []),
      (["expr", "123456789", "*", "987654", "%", "1009"], []),
      (["printf", "%08x %o %e %s %5.2f\\n", "48879", "511", "12345.678", "word", "2.71828"], []),
      (["cal", "9", "1752"], []), (["ascii"], []), (["date", "-u", "-d", "@999999999"], []),
      (["echo", "-e", "a\\tb\\x41"], []),
    ]

  @Test(.enabled(if: SeededRandom.isLong), arguments: runs.indices)
  func programsOfDebianWriteWhatTheyWriteOnQEMU(index: Int) throws {
    let image: [UInt8]
    do { image = try Self.busybox.get() } catch { try Test.cancel("\(error)") }
    let (words, input) = Self.runs[index]
    var program = UserProgram(elf: image)
    program.arguments = ["busybox"] + words
    program.input = input
    try compare(program)
    // And back again.
    let inverse = ["gzip": "gunzip", "bzip2": "bunzip2", "base64": "base64"][words[0]]
    guard let inverse else { return }
    program.input = try program.runOnQEMU(model: "MIPS64R2-generic").output
    program.arguments = ["busybox", inverse, inverse == "base64" ? "-d" : "-c"]
    #expect(try compare(program).output == input)
  }

  @discardableResult private func compare(_ program: UserProgram) throws -> UserProgram.Result {
    let expected = try program.runOnQEMU(model: "MIPS64R2-generic")
    #expect(expected.status == 0 && !expected.output.isEmpty, "\(program.arguments)")
    let found = try program.runOnProcessor(profile: .numachine(.mips64r2), cycles: 4_000_000_000)
    let same = zip(found.output, expected.output).prefix { $0 == $1 }.count
    let difference =
      "status \(found.status), not \(expected.status); \(found.output.count) bytes, not \(expected.output.count), \(same) alike"
    #expect(found == expected, "\(program.arguments): \(difference)")
    return found
  }
}
