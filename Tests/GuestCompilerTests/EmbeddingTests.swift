import Foundation
import Testing

@testable import GuestCompiler

@Suite struct EmbeddingTests {
  /// When a file was last written, to the nanosecond.
  private func written(_ path: String) throws -> Date {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
  }

  @Test func `only the program whose sources changed is compiled again, and the library not at all`() throws {
    let scratch = try Scratch()
    let workloads = scratch.path + "/workloads"
    let work = scratch.path + "/work"
    try scratch.write("workloads/one/main.c", "// The first.\nint main(void) { return 1; }\n")
    try scratch.write("workloads/two/main.c", "// The \"second\".\nint main(void) { return 2; }\n")
    // Sources that the library shares with the kernel are symbolic links: their files are copied.
    #expect(try run("/bin/cp", ["-rL", libraryFolder, workloads + "/Library"]).status == 0)
    let embedding = GuestEmbedding(
      compiler: GuestCompiler(toolchain: try Toolchain()), kernel: scratch.path + "/none", workloads: workloads,
      work: work)
    func generate() throws -> [Date] {
      _ = try embedding.generate(output: scratch.path + "/Images.swift")
      let built = try FileManager.default.contentsOfDirectory(atPath: work).filter { $0.hasPrefix("built-") }
      #expect(built.count == 1)
      return try [written(work + "/one.elf"), written(work + "/two.elf"), written(work + "/\(built[0])/objects")]
    }

    let first = try generate()
    let text = try String(contentsOfFile: scratch.path + "/Images.swift", encoding: .utf8)
    #expect(text.contains("kernel: StaticString = \"\"") && text.contains(#"("two", "The \"second\".", "#))

    #expect(try generate() == first)

    try scratch.write("workloads/two/main.c", "// The second.\nint main(void) { return 3; }\n")
    let changed = try generate()
    #expect(changed[0] == first[0] && changed[1] != first[1] && changed[2] == first[2])

    try scratch.write("workloads/one/main.c", "// The first.\nint main(void) { return; }}\n")
    try scratch.write("workloads/two/main.c", "int main(void) { return 3; }\n")
    #expect(throws: GuestCompilerError.self) { try generate() }
  }
}
