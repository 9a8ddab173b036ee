import Foundation
import GuestImages
import Testing

@testable import GuestCompiler

@Suite(.serialized) struct CompilingTests {
  private func diagnostics(_ name: String, _ text: String) throws -> String {
    let scratch = try Scratch()
    let source = try scratch.write(name, text)
    do {
      _ = try build(scratch, [source])
      Issue.record("\(name) compiled")
      return ""
    } catch let error as GuestCompilerError {
      return error.description.replacingOccurrences(of: scratch.path + "/", with: "")
    }
  }

  @Test func `an error in Swift is the compiler's own message with file and line`() throws {
    let said = try diagnostics("wrong.swift", "import Tornado\nlet number: Int = \"text\"\n")
    #expect(said.hasPrefix("wrong.swift:2:19: error: cannot convert value of type 'String' to specified type 'Int'"))
  }

  @Test func `an error in C is the compiler's own message with file and line`() throws {
    let said = try diagnostics("wrong.c", "int main(void) {\n  return nothing;\n}\n")
    #expect(said.hasPrefix("wrong.c:2:10: error: use of undeclared identifier 'nothing'"))
  }

  @Test func `a function that is nowhere is named`() throws {
    #expect(
      try diagnostics("missing.c", "void nowhere(void);\nint main(void) { nowhere(); return 0; }\n").contains(
        "undefined symbol: nowhere"))
  }

  @Test func `a source that is not there is named`() throws {
    let scratch = try Scratch()
    #expect(throws: GuestCompilerError.file("/no/such.swift: no such file, or not readable")) {
      try build(scratch, ["/no/such.swift"])
    }
    #expect(throws: GuestCompilerError.self) { try build(scratch, [scratch.write("data.txt", "")]) }
    #expect(throws: GuestCompilerError.self) { try build(scratch, []) }
  }

  @Test func `without a toolchain the missing tool is named`() {
    #expect(throws: GuestCompilerError.toolMissing("swiftc")) { try Toolchain { ["PATH": "/nowhere"][$0] } }
    #expect(throws: GuestCompilerError.toolMissing("swiftc")) {
      try Toolchain { ["TORNADO_TOOLCHAIN": "/nowhere", "PATH": "/usr/bin"][$0] }
    }
  }

  @Test
  func
    `the image of a program is a static MIPS III ELF64 below two gigabytes with text, constants and data on pages of their own`()
    throws
  {
    let image = try #require(GuestImages.program("counter"))
    func word<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
      image.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }
    #expect(Array(image[0..<7]) == [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    #expect(word(16, as: UInt16.self) == 2 && word(18, as: UInt16.self) == 8)
    #expect(word(48, as: UInt32.self) >> 28 == 2, "the architecture in e_flags")
    let headers = Int(word(32, as: UInt64.self))
    let count = Int(word(56, as: UInt16.self))
    var pages = Set<UInt64>()
    for index in 0..<count where word(headers + index * 56, as: UInt32.self) == 1 {
      let at = headers + index * 56
      let address = word(at + 16, as: UInt64.self)
      let size = word(at + 40, as: UInt64.self)
      #expect(address >= 0x1000_0000 && address + size < 0x8000_0000)
      for page in address / 16384...(address + size - 1) / 16384 {
        #expect(pages.insert(page).inserted, "two segments on page \(page)")
      }
    }
  }

  @Test func `a program in several files, Swift and C, is one program`() throws {
    let scratch = try Scratch()
    let sources = [
      try scratch.write("main.swift", "import Tornado\nprintLine(\"\\(twice(21)) \\(more(1))\")\n"),
      try scratch.write(
        "other.swift", "@_silgen_name(\"more\") func more(_ x: Int) -> Int\nfunc twice(_ x: Int) -> Int { x * 2 }\n"),
      try scratch.write("more.c", "long more(long x) { return x + 1; }\n"),
    ]
    #expect(try runOnQEMU(build(scratch, sources)).output == "42 2\n")
  }

  @Test func `an installed executable compiles programs with the library that it carries`() throws {
    let scratch = try Scratch()
    let folder = try GuestCompiler.unpackLibrary(GuestImages.library, into: scratch.path)
    #expect(try GuestCompiler.unpackLibrary(GuestImages.library, into: scratch.path) == folder, "unpacked once")
    let source = try scratch.write("own.swift", "import Tornado\nprintLine(\"my own\")\n")
    try GuestCompiler.buildProgram(sources: [source], output: scratch.path + "/own", libraryFolder: folder)
    #expect(try runOnQEMU(scratch.path + "/own").output == "my own\n")
  }

  private func kernel(_ scratch: Scratch, _ swift: String) throws -> String {
    try scratch.write("kernel/main.swift", swift)
    try scratch.write(
      "kernel/boot.S",
      "  .globl _start\n_start:\n  jal boot\n  nop\n  break\n  .globl outside\noutside:\n  jr $31\n  nop\n")
    try scratch.write("kernel/include/module.modulemap", "module Machine { header \"machine.h\" }\n")
    try scratch.write(
      "kernel/include/machine.h",
      "static inline unsigned long status(void) { unsigned long v; __asm__ volatile(\"mfc0 %0, $12\" : \"=r\"(v)); return v; }\n"
    )
    try scratch.write(
      "kernel/kernel.ld",
      "ENTRY(_start)\nSECTIONS { . = 0xffffffff80100000; .text : { *(.text .text.*) } .data : { *(.data .data.* .bss .bss.*) } }\n"
    )
    try GuestCompiler(toolchain: Toolchain()).buildKernel(
      folder: scratch.path + "/kernel", output: scratch.path + "/kernel.elf")
    return scratch.path + "/kernel.elf"
  }

  @Test func `a kernel is linked at its own addresses, with assembly in headers inlined`() throws {
    let scratch = try Scratch()
    let image = try kernel(scratch, "import Machine\n@_silgen_name(\"boot\") func boot() -> UInt { status() }\n")
    let listing = try run(try Toolchain().objdump, ["-d", "--no-show-raw-insn", image]).output
    let boot = try #require(listing.components(separatedBy: "<boot>:").last)
    #expect(listing.contains("\nffffffff80100"))
    #expect(boot.contains("mfc0\t$2, $12"))
  }

  @Test func `a lazily initialised global fails the build of a kernel by name`() throws {
    let scratch = try Scratch()
    let source = """
      @inline(never) func compute() -> Int { table }
      @_silgen_name("outside") func outside() -> Int
      var table = outside()
      @_silgen_name("boot") func boot() -> Int { compute() }
      """
    #expect(throws: GuestCompilerError.lazyGlobals(["table"])) { try kernel(scratch, source) }
  }
}
