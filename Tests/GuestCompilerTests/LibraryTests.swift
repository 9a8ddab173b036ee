import Foundation
import Testing

@Suite(.serialized) struct LibraryTests {
  private func output(_ swift: String, _ arguments: [String] = []) throws -> Outcome {
    let scratch = try Scratch()
    return try runOnQEMU(build(scratch, [scratch.write("main.swift", "import Tornado\n" + swift)]), arguments)
  }

  @Test func `text, numbers and arguments are printed without Swift's String`() throws {
    let outcome = try output(
      #"""
      printLine("\(-5) \(Int.min) \(UInt64.max) \(hex: 0xbeef) \(10, per: 3) \(5, per: 10) \("literal")")
      for index in 0..<Program.argumentCount { printLine("<\(Program.argument(index)!)> \(Program.argument(index)!.integer ?? -1)") }
      printError("to the error stream")
      Program.exit(7)
      """#, ["12", "", "a b", "-3", "9223372036854775808"])
    #expect(outcome.status == 7 && outcome.errors == "to the error stream\n")
    #expect(
      outcome.output == """
        -5 -9223372036854775808 18446744073709551615 beef 3.3 0.5 literal
        <12> 12
        <> -1
        <a b> -1
        <-3> -3
        <9223372036854775808> -1

        """)
  }

  @Test func `what Swift brings along works: classes, closures, collections, print, globals made at first use`() throws
  {
    let outcome = try output(
      #"""
      class Shape { func area() -> Int { 0 } }
      final class Square: Shape { let side: Int; init(_ side: Int) { self.side = side }; override func area() -> Int { side * side } }
      struct Late { static let table: [Int: Int] = { print("made"); return [1: 10, 2: 20] }() }
      print("first")
      print("\(Late.table[2] ?? 0) \(Late.table[3] ?? -1)")
      let shapes: [Shape] = [Square(2), Shape(), Square(3)]
      print(shapes.map { $0.area() }.sorted(by: >).reduce("") { $0 + "\($1) " })
      var seen = Set<Int>()
      for i in 0..<1000 { seen.insert(i % 77) }
      print("\(seen.count) \([3, 1, 2].sorted()[2])")
      """#)
    #expect(outcome.output == "first\nmade\n20 -1\n9 4 0 \n77 3\n" && outcome.status == 0)
  }

  @Test func `memory that is freed is used again, aligned as asked, and comes back zeroed from map`() throws {
    let outcome = try output(
      #"""
      var taken: [UnsafeMutableRawPointer] = []
      for round in 0..<2000 {
        var memory: UnsafeMutableRawPointer?
        let alignment = 16 << (round % 5)
        guard posix_memalign(&memory, alignment, 1 + round * 37 % 5000) == 0, let memory else { Program.exit(1) }
        if UInt(bitPattern: memory) % UInt(alignment) != 0 { Program.exit(2) }
        memset(memory, 0xff, 1 + round * 37 % 5000)
        taken.append(memory)
        if round % 3 != 0 { free(taken.remove(at: round * 7 % taken.count)) }
      }
      // Out of the optimiser's sight, which may leave out an allocation that is only freed.
      @_optimize(none) func take() -> UnsafeMutableRawPointer { malloc(100)! }
      @_optimize(none) func give(_ memory: UnsafeMutableRawPointer) { free(memory) }
      let first = take()
      give(first)
      if take() != first { Program.exit(3) }
      let big = Lines(count: 1000)
      for line in 0..<1000 where big[line].pointee != 0 { Program.exit(4) }
      var none: UnsafeMutableRawPointer?
      if posix_memalign(&none, 16, 1 << 45) != 12 { Program.exit(5) }
      printLine("right")
      """#)
    #expect(outcome.output == "right\n" && outcome.status == 0)
  }

  @Test func `atomic updates and barriers do what they say`() throws {
    let outcome = try output(
      #"""
      let word = SharedWord(at: Lines(count: 1)[0])
      for _ in 0..<10 { word.add(3) }
      let before = tornado_compare_exchange(word.pointer, 30, 5), failed = tornado_compare_exchange(word.pointer, 30, 6)
      let barrier = Barrier(participants: 1)
      for _ in 0..<3 { barrier.wait() }
      let thread = Thread(on: 1) {}
      printLine("\(word.value) \(before) \(failed) \(thread == nil ? "alone" : "not alone") \(Processors.count) \(Processors.current)")
      """#)
    #expect(outcome.output == "5 30 5 alone 1 0\n")
  }

  @Test func `C programs have the little of the C library that they count on`() throws {
    let scratch = try Scratch()
    let source = try scratch.write(
      "main.c",
      #"""
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      int main(int argc, char **argv) {
        char *text = malloc(10);
        strcpy(text, "abc");
        int *numbers = realloc(calloc(10, 4), 4000);
        printf("%s|%5d|%-5d|%05x|%ld|%c|%%|%lu\n", text, 42, 42, 255, -1L, 'x', strtol("0x1F", 0, 0));
        printf("%d %d %d %s\n", strcmp("a", "b") < 0, strncmp("abc", "abd", 2), numbers[9], argv[1]);
        dprintf(2, "errors %d\n", argc);
        putchar('x');
        return 5;
      }
      """#)
    let outcome = try runOnQEMU(build(scratch, [source]), ["argument"])
    #expect(
      outcome.output == "abc|   42|42   |000ff|-1|x|%|31\n1 0 0 argument\nx" && outcome.errors == "errors 2\n"
        && outcome.status == 5)
  }

  /// A double for each number, of all sizes, with many halves among them.
  private func sample(_ index: Int) -> Double {
    var bits = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 29) &* 0xBF58_476D_1CE4_E5B9
    switch index % 4 {
    case 0: return Double(bitPattern: bits & ~(1 << 62) | bits >> 1 & 1 << 61)
    case 1: return Double(Int32(truncatingIfNeeded: bits)) / 8
    case 2: return Double(bits % 100_000) / 1000
    default: return Double(bitPattern: bits & 0x800F_FFFF_FFFF_FFFF)
    }
  }

  @Test func `C programs print doubles as correctly rounded as elsewhere`() throws {
    let formats = ["%f", "%.0f", "%.17g", "%g", "%e", "%.3e", "%012.4f", "%-14.6g"]
    let numbers =
      (0..<120).map(sample) + [0, -0.0, 0.5, 1.5, 2.5, 9.5, 99999.95, 999_999.5, 1e22, 1e23, .infinity, -.infinity]
    let scratch = try Scratch()
    let bits = numbers.map { "0x\(String($0.bitPattern, radix: 16))ul" }.joined(separator: ",")
    let prints = formats.map { "printf(\"\($0)\\n\", value);" }.joined(separator: " ")
    let source = try scratch.write(
      "main.c",
      """
      #include <stdio.h>
      #include <string.h>
      static const unsigned long numbers[] = {\(bits)};
      int main(void) {
        for (unsigned i = 0; i < sizeof numbers / 8; i++) {
          double value;
          memcpy(&value, numbers + i, 8);
          \(prints)
        }
        printf("%.3s|%5.1s|%05d|%-6.2f|\\n", "abcdef", "xy", -42, -0.125);
        return 0;
      }
      """)
    let outcome = try runOnQEMU(build(scratch, [source]), [])
    var expected = numbers.flatMap { number in formats.map { String(format: $0, number) } }
    expected.append("abc|    x|-0042|-0.12 |")
    let found = outcome.output.split(separator: "\n").map(String.init)
    #expect(found.count == expected.count && outcome.status == 0)
    #expect(zip(found, expected).first { $0 != $1 } == nil)
  }
}
