/// Turns the LLVM IR that Swift makes for `riscv64-none-none-eabi` into IR for MIPS III.
///
/// Swift ships an Embedded standard library for 64-bit RISC-V and none for MIPS. Both have the same data
/// layout (little-endian, 64-bit pointers and integers, the same alignments) and, in 64-bit registers, the
/// same rules for extending integers, so nothing in the code depends on which of the two it was made for.
/// What names the processor is replaced, and `guardAgainstForeignCode` fails on anything of the kind that is
/// left.
public enum Retargeting {
  static let triple = "mips64el-unknown-none-elf"
  static let dataLayout = "e-m:e-i8:8:32-i16:16:32-i64:64-i128:128-n32:64-S128"
  private static let foreignAttributes = ["\"target-cpu\"", "\"target-features\"", "\"tune-cpu\"", "\"target-abi\""]
  private static let foreignFlags = ["\"riscv-isa\"", "\"target-abi\"", "\"SmallDataLimit\"", "\"PIC Level\""]

  /// The retargeted text of a whole IR file. Throws `foreignCode` when it cannot be retargeted.
  public static func retarget(_ ir: [UInt8]) throws(GuestCompilerError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(ir.count + ir.count / 16)
    let dropped = droppedFlags(ir)
    for range in lines(ir) {
      let line = ir[range]
      if line.starts(with: "target triple".utf8) {
        out += "target triple = \"\(triple)\"\n".utf8
      } else if line.starts(with: "target datalayout".utf8) {
        out += "target datalayout = \"\(dataLayout)\"\n".utf8
      } else if line.first == UInt8(ascii: "!") {
        if line.starts(with: "!llvm.module.flags".utf8) {
          out += withoutDropped(line, dropped)
        } else if !dropped.contains(where: { line.starts(with: "\($0) = ".utf8) }) {
          out += line
        }
      } else if line.starts(with: "attributes #".utf8) {
        out += withoutForeignAttributes(line)
      } else {
        rename(line, into: &out)
      }
    }
    try guardAgainstForeignCode(out)
    return out
  }

  /// Fails on IR in which a RISC-V intrinsic, attribute, calling convention or module flag remains. What
  /// stands between quotes as the program's own data is of no concern.
  public static func guardAgainstForeignCode(_ ir: [UInt8]) throws(GuestCompilerError) {
    let word = Array("riscv".utf8)
    for range in lines(ir) {
      let line = ir[range]
      let isAttributes = line.starts(with: "attributes #".utf8)
      // Most lines have no 'r' followed by 'i' and so on: the plain search is fast enough for tens of
      // megabytes.
      if contains(line, word),
        contains(isAttributes || line.first == UInt8(ascii: "!") ? Array(line) : outsideOfData(line), word)
      {
        throw .foreignCode(line: String(decoding: line, as: UTF8.self).trimmed(to: 160))
      }
      if isAttributes, foreignAttributes.contains(where: { contains(line, Array($0.utf8)) }) {
        throw .foreignCode(line: String(decoding: line, as: UTF8.self).trimmed(to: 160))
      }
    }
  }

  /// Names that begin with `$` would read as registers in MIPS assembly: `$e…` becomes `_Se…`, in names of
  /// globals and comdats alone. Text in quotes ends at the next quote, for IR escapes quotes in it.
  private static func rename(_ line: ArraySlice<UInt8>, into out: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let dollar = UInt8(ascii: "$")
    let at = UInt8(ascii: "@")
    let e = UInt8(ascii: "e")
    var i = line.startIndex
    let end = line.endIndex
    while i < end {
      let c = line[i]
      if c == quote {
        // Data, metadata or an asm text (a name's quote is taken below, with its sigil).
        var j = i + 1
        while j < end, line[j] != quote { j += 1 }
        out += line[i..<min(j + 1, end)]
        i = j + 1
      } else if c == at || c == dollar {
        out.append(c)
        i += 1
        var quoted = false
        if i < end, line[i] == quote {
          quoted = true
          out.append(quote)
          i += 1
        }
        if i + 1 < end, line[i] == dollar, line[i + 1] == e {
          out += "_S".utf8
          i += 1
        }
        if quoted {
          while i < end, line[i] != quote {
            out.append(line[i])
            i += 1
          }
          if i < end {
            out.append(quote)
            i += 1
          }
        }
      } else {
        out.append(c)
        i += 1
      }
    }
  }

  private static func withoutForeignAttributes(_ line: ArraySlice<UInt8>) -> [UInt8] {
    let text = String(decoding: line, as: UTF8.self)
    let kept = text.split(separator: " ", omittingEmptySubsequences: true).filter { word in
      !foreignAttributes.contains { word.hasPrefix($0 + "=") }
    }
    return Array(kept.joined(separator: " ").utf8)
  }

  /// The numbers (`!3`) of the module flags that describe RISC-V, and of what only they refer to.
  private static func droppedFlags(_ ir: [UInt8]) -> [String] {
    var dropped: [String] = []
    for range in lines(ir) where ir[range].starts(with: "!".utf8) {
      let line = String(decoding: ir[range], as: UTF8.self)
      guard let equals = line.range(of: " = !{i32 "), foreignFlags.contains(where: { line.contains($0) }) else {
        continue
      }
      dropped.append(String(line[..<equals.lowerBound]))
      if line.contains("\"riscv-isa\""), let comma = line.lastIndex(of: ","), let brace = line.lastIndex(of: "}") {
        dropped.append(String(line[line.index(after: comma)..<brace].filter { $0 != " " }))
      }
    }
    return dropped
  }

  private static func withoutDropped(_ line: ArraySlice<UInt8>, _ dropped: [String]) -> [UInt8] {
    let text = String(decoding: line, as: UTF8.self)
    guard let open = text.firstIndex(of: "{"), let close = text.lastIndex(of: "}") else { return Array(line) }
    let items = text[text.index(after: open)..<close].split(separator: ",").map { $0.filter { $0 != " " } }
    let kept = items.filter { !dropped.contains($0) }
    return Array("!llvm.module.flags = !{\(kept.joined(separator: ", "))}\n".utf8)
  }

  private static func outsideOfData(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var inside = false
    for c in line {
      if c == UInt8(ascii: "\"") { inside.toggle() } else if !inside { out.append(c) }
    }
    return out
  }

  private static func lines(_ text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    for i in 0..<text.count where text[i] == 10 {
      found.append(start..<i + 1)
      start = i + 1
    }
    if start < text.count { found.append(start..<text.count) }
    return found
  }

  private static func contains(_ line: some Collection<UInt8>, _ word: [UInt8]) -> Bool {
    var matched = 0
    for c in line {
      if c == word[matched] {
        matched += 1
        if matched == word.count { return true }
      } else {
        matched = c == word[0] ? 1 : 0
      }
    }
    return false
  }
}

extension String {
  func trimmed(to count: Int) -> String {
    self.count <= count ? self.filter { $0 != "\n" } : String(prefix(count)) + "…"
  }
}
