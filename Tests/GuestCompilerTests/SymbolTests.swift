import GuestCompiler
import GuestImages
import Testing

/// What people see of an image's symbols.
@Suite struct SymbolTests {
  @Test func aNameIsShownWithoutWhatTheCompilerAdded() {
    #expect(SymbolName.short("tornado_lock") == "tornado_lock")
    #expect(SymbolName.short("$e4main5totalSivp") == "main.total")
    #expect(SymbolName.short("$e4main4TeamV7measureyS2iF") == "main.Team.measure")
    // A private function, and one that was specialised.
    #expect(SymbolName.short("$e4main4TeamV6hidden33_577721E09C1BD087B7A10D62B9B99DC0LLyyF") == "main.Team.hidden")
    #expect(SymbolName.short("$e4main7measureyyxlFAA5QuietV_Tg5") == "main.measure<main.Quiet>")
  }

  @Test func aClosureIsKnownByWhereItIsAndNoNameEndsInABlank() {
    #expect(SymbolName.short("$e4main3fooyyFyycfU0_") == "closure #2 in main.foo")
    #expect(SymbolName.short("$e4main3fooyyFyycfU_yycfU0_") == "closure #2 in closure #1 in main.foo")
    #expect(SymbolName.short("$e4main3fooyyFS2icfU_") == "closure #1 in main.foo")
  }

  @Test func theKernelAndTheProgramsThatShipHaveNames() throws {
    let kernel = SymbolTable(GuestImages.kernel)
    #expect(kernel.holds(0xFFFF_FFFF_8000_0000))
    #expect(kernel[0xFFFF_FFFF_8000_4000] != nil)
    #expect(kernel[0x10] == nil)
    let counter = SymbolTable(try #require(GuestImages.program("counter")))
    let names = Set((0..<0x800).compactMap { counter[0x1000_0000 + UInt64($0) * 32]?.name })
    #expect(names.contains("main.Counter.update") && names.contains { $0.hasPrefix("main.sample") })
    #expect(counter[0x1000_0000].map { $0.offset } == 0)
  }

  @Test func whatIsNoFileOrATruncatedOneHasNoNames() throws {
    #expect(SymbolTable([])[0] == nil)
    #expect(SymbolTable(Array("no file".utf8))[0] == nil)
    let kernel = GuestImages.kernel
    for length in [64, 100, 5000, kernel.count / 2, kernel.count - 1] {
      _ = SymbolTable(Array(kernel.prefix(length)))[0xFFFF_FFFF_8000_4000]
    }
    for place in [16, 32, 39, 40, 46, 54, 56, 58, 60] {
      var damaged = kernel
      damaged[place] = 0xFF
      _ = SymbolTable(damaged)[0xFFFF_FFFF_8000_4000]
    }
  }
}
