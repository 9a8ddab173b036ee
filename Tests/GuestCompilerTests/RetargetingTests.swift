import Testing

@testable import GuestCompiler

@Suite struct RetargetingTests {
  private func retarget(_ ir: String) throws -> String {
    String(decoding: try Retargeting.retarget(Array(ir.utf8)), as: UTF8.self)
  }

  @Test func `the target and its attributes become MIPS`() throws {
    let text = try retarget(
      """
      target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
      target triple = "riscv64-none-none-eabi"
      attributes #0 = { nounwind "no-trapping-math"="true" "target-cpu"="generic-rv64" "target-features"="+64bit,+a,+c,+m" "tune-cpu"="x" }
      !llvm.module.flags = !{!1, !2, !3, !4}
      !1 = !{i32 1, !"wchar_size", i32 4}
      !2 = !{i32 1, !"target-abi", !"lp64"}
      !3 = !{i32 6, !"riscv-isa", !5}
      !4 = !{i32 1, !"Swift Version", i32 7}
      !5 = !{!"rv64i2p1_m2p0"}

      """)
    #expect(
      text == """
        target datalayout = "\(Retargeting.dataLayout)"
        target triple = "mips64el-unknown-none-elf"
        attributes #0 = { nounwind "no-trapping-math"="true" }
        !llvm.module.flags = !{!1, !4}
        !1 = !{i32 1, !"wchar_size", i32 4}
        !4 = !{i32 1, !"Swift Version", i32 7}

        """)
  }

  @Test func `names that begin with a dollar sign are renamed, data that looks like them is not`() throws {
    let text = try retarget(
      #"""
      $"$e4main1fyyF" = comdat any
      @"$e4main1xSivp" = global i64 0, comdat($"$e4main1xSivp")
      @0 = private constant [12 x i8] c"@$e or \22$e\22\00"
      define void @"$e4main1fyyF"() comdat { call void @$e4plain() #1 }
      call void asm sideeffect "move $0, $$e", "r"(i64 %1)
      """#)
    #expect(
      text == #"""
        $"_Se4main1fyyF" = comdat any
        @"_Se4main1xSivp" = global i64 0, comdat($"_Se4main1xSivp")
        @0 = private constant [12 x i8] c"@$e or \22$e\22\00"
        define void @"_Se4main1fyyF"() comdat { call void @_Se4plain() #1 }
        call void asm sideeffect "move $0, $$e", "r"(i64 %1)
        """#)
  }

  @Test(arguments: [
    "  %1 = call i64 @llvm.riscv.orc.b.i64(i64 %0)",
    "declare riscv_vector_cc void @f()",
    "attributes #3 = { \"riscv-anything\"=\"1\" }",
    "!9 = !{!\"riscv-something\"}",
  ])
  func `anything of RISC-V that is left fails the build`(line: String) {
    #expect(throws: GuestCompilerError.foreignCode(line: line)) { try retarget("; a module\n" + line + "\n") }
  }

  @Test func `an attribute of another target that is left fails the build`() {
    let line = "attributes #0 = { \"target-features\"=\"+c\" }"
    #expect(throws: GuestCompilerError.foreignCode(line: line)) {
      try Retargeting.guardAgainstForeignCode(Array(line.utf8))
    }
  }

  @Test func `a program may speak of RISC-V in its own texts`() throws {
    let line = "@1 = private constant [6 x i8] c\"riscv\\00\"\n"
    #expect(try retarget(line) == line)
  }

  @Test func `calls that LLVM prints as jumps through a symbol are mended, real ones left alone`() {
    let mended = AssemblyMending.mend(Array("f:\n\tjalr\tmemcpy\n\tnop\n\tjalr\t$25\n".utf8))
    #expect(String(decoding: mended, as: UTF8.self) == "\t.option pic0\nf:\n\tjal\tmemcpy\n\tnop\n\tjalr\t$25\n")
  }

  @Test func `a symbol of the image is shown as it stands in the source`() {
    #expect(SymbolName.readable("_Se4main3fooyyF") == "main.foo() -> ()")
    #expect(SymbolName.readable("tornado_start") == "tornado_start")
  }
}
