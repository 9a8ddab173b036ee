/// The one slip of LLVM with 32-bit symbols on a 64-bit MIPS: it prints some calls of library symbols as
/// `jalr symbol`, which no processor has. They are calls within the image, so `jal symbol` is what was meant.
public enum AssemblyMending {
  public static func mend(_ assembly: [UInt8]) -> [UInt8] {
    // pic0: the objects are marked as code at fixed addresses, which the linker wants of all or none.
    var out: [UInt8] = Array("\t.option pic0\n".utf8)
    out.reserveCapacity(assembly.count + 64)
    var start = 0
    let jalr = Array("jalr".utf8)
    while start < assembly.count {
      var end = start
      while end < assembly.count, assembly[end] != 10 { end += 1 }
      var i = start
      while i < end, assembly[i] == 9 || assembly[i] == 32 { i += 1 }
      if i > start, i + 5 < end, assembly[i..<i + 4].elementsEqual(jalr) {
        var j = i + 4
        while j < end, assembly[j] == 9 || assembly[j] == 32 { j += 1 }
        if j > i + 4, j < end, assembly[j] != UInt8(ascii: "$") {
          out += "\tjal\t".utf8
          out += assembly[j..<end]
          out.append(10)
          start = end + 1
          continue
        }
      }
      out += assembly[start..<end]
      out.append(10)
      start = end + 1
    }
    return out
  }
}
