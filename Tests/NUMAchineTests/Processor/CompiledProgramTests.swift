import Foundation
import Testing

@testable import NUMAchine

/// Programs that a C compiler made, on the processor and on QEMU.
@Suite struct CompiledProgramTests {
  private static let support = """
    typedef unsigned long u64; typedef unsigned u32; typedef unsigned char u8;
    static long call(long n, long a, long b, long c) {
      register long v0 __asm__("$2") = n; register long a0 __asm__("$4") = a; register long a1 __asm__("$5") = b;
      register long a2 __asm__("$6") = c; register long a3 __asm__("$7");
      __asm__ volatile("syscall" : "+r"(v0), "=r"(a3) : "r"(a0), "r"(a1), "r"(a2)
                       : "memory", "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
      return v0;
    }
    static void print(u64 value) {
      char text[17]; int i;
      for (i = 15; i >= 0; i--) { text[i] = "0123456789abcdef"[value & 15]; value >>= 4; }
      text[16] = 10;
      call(5001, 1, (long)text, 17);
    }
    void *memcpy(void *d, const void *s, u64 n) { u8 *a = d; const u8 *b = s; while (n--) *a++ = *b++; return d; }
    void *memset(void *d, int c, u64 n) { u8 *a = d; while (n--) *a++ = c; return d; }
    static u64 seed = 88172645463325252UL;
    static u64 next(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed; }
    static void body(void);
    void __start(void) { body(); call(5058, 7, 0, 0); for (;;) ; }

    """

  static let programs: [(name: String, text: String)] = [
    (
      "sort",
      """
      static int values[5000];
      static void sort(int *low, int *high) {
        while (low < high) {
          int pivot = low[(high - low) / 2], *i = low, *j = high;
          while (i <= j) {
            while (*i < pivot) i++;
            while (*j > pivot) j--;
            if (i <= j) { int t = *i; *i++ = *j; *j-- = t; }
          }
          sort(low, j);
          low = i;
        }
      }
      static void body(void) {
        for (int i = 0; i < 5000; i++) values[i] = (int)next();
        sort(values, values + 4999);
        u64 sum = 0;
        for (int i = 0; i < 5000; i++) { sum = sum * 31 + values[i]; if (i && values[i - 1] > values[i]) print(i); }
        print(sum);
      }
      """
    ),
    (
      "crc",
      """
      static u8 text[20000]; static u32 table[256];
      static void body(void) {
        for (u32 i = 0; i < 256; i++) { u32 c = i; for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1; table[i] = c; }
        for (int i = 0; i < 20000; i++) text[i] = next() >> 11;
        u32 crc = ~0u;
        for (int i = 0; i < 20000; i++) crc = table[(crc ^ text[i]) & 255] ^ (crc >> 8);
        print(~crc);
        u64 a = 1, b = 0;
        for (int i = 0; i < 20000; i++) { a = (a + text[i]) % 65521; b = (b + a) % 65521; }
        print(b << 16 | a);
      }
      """
    ),
    (
      "matrix",
      """
      static long a[24][24], b[24][24], c[24][24];
      static void body(void) {
        for (int i = 0; i < 24; i++) for (int j = 0; j < 24; j++) { a[i][j] = next() >> 8; b[i][j] = (int)next(); }
        for (int i = 0; i < 24; i++) for (int j = 0; j < 24; j++) { long s = 0; for (int k = 0; k < 24; k++) s += a[i][k] * b[k][j]; c[i][j] = s; }
        for (int i = 0; i < 24; i += 5) print(c[i][23 - i]);
      }
      """
    ),
    (
      "division",
      """
      static void body(void) {
        for (int i = 0; i < 300; i++) {
          long x = next() >> (next() & 63), y = (next() >> (next() & 63)) | 1; int p = x, q = y | 1;
          u64 sum = x / y * 3 + x % y; sum += (u64)x / (u64)y + (u64)x % (u64)y;
          sum ^= (u64)(p / q) * 5 + p % q + (u32)p / (u32)q * 7 + (u32)p % (u32)q;
          sum += (u64)(((__int128)x * y) >> 64) ^ (u64)(((unsigned __int128)(u64)x * (u64)y) >> 64);
          if (i % 30 == 0) print(sum); else seed += sum;
        }
        print(seed);
      }
      """
    ),
    (
      "strings",
      """
      struct __attribute__((packed)) odd { u8 tag; u64 wide; u32 middle; unsigned short narrow; };
      static struct odd records[500]; static char text[4096];
      static int compare(const char *a, const char *b) { while (*a && *a == *b) a++, b++; return (u8)*a - (u8)*b; }
      static void body(void) {
        for (int i = 0; i < 500; i++) { records[i].tag = next(); records[i].wide = next(); records[i].middle = next(); records[i].narrow = next(); }
        u64 sum = 0;
        for (int i = 499; i >= 0; i--) {
          struct odd copy = records[i]; records[i].wide += copy.middle * (u64)copy.narrow; records[(i * 7) % 500].middle -= copy.tag;
          sum = sum * 33 ^ records[i].wide ^ records[(i * 3) % 500].middle;
        }
        print(sum);
        for (int i = 0; i < 4000; i++) text[i] = 'a' + next() % 3;
        for (int i = 0; i < 3000; i += 17) for (int j = i + 1; j < i + 40; j++) sum = sum * 3 + compare(text + i, text + j);
        print(sum);
        static unsigned lock; int got = 0;
        for (int i = 0; i < 100; i++) got += __sync_fetch_and_add(&lock, i);
        print(got); print(lock);
      }
      """
    ),
    (
      "bodies",
      """
      static u64 bits(double x) { u64 b; __builtin_memcpy(&b, &x, 8); return b; }
      static double at[5][3], speed[5][3], mass[5];
      static void body(void) {
        for (int i = 0; i < 5; i++) {
          mass[i] = 1.0 / (1 + i * i);
          for (int k = 0; k < 3; k++) { at[i][k] = (long)next() * 0x1p-60; speed[i][k] = (int)next() * 0x1p-33; }
        }
        for (int step = 0; step < 400; step++) {
          for (int i = 0; i < 5; i++) for (int j = i + 1; j < 5; j++) {
            double d[3], square = 0.01;
            for (int k = 0; k < 3; k++) { d[k] = at[i][k] - at[j][k]; square += d[k] * d[k]; }
            double pull = 0.001 / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) { speed[i][k] -= d[k] * mass[j] * pull; speed[j][k] += d[k] * mass[i] * pull; }
          }
          for (int i = 0; i < 5; i++) for (int k = 0; k < 3; k++) at[i][k] += 0.001 * speed[i][k];
        }
        for (int i = 0; i < 5; i++) for (int k = 0; k < 3; k++) print(bits(at[i][k]));
      }
      """
    ),
    (
      "decomposition",
      """
      static u32 bits(float x) { u32 b; __builtin_memcpy(&b, &x, 4); return b; }
      static float a[20][20];
      static void body(void) {
        for (int i = 0; i < 20; i++) for (int j = 0; j < 20; j++) a[i][j] = (int)next() * 0x1p-20f;
        for (int k = 0; k < 20; k++) {
          int best = k;
          for (int i = k; i < 20; i++) if (__builtin_fabsf(a[i][k]) > __builtin_fabsf(a[best][k])) best = i;
          for (int j = 0; j < 20; j++) { float t = a[k][j]; a[k][j] = a[best][j]; a[best][j] = t; }
          for (int i = k + 1; i < 20; i++) {
            a[i][k] /= a[k][k];
            for (int j = k + 1; j < 20; j++) a[i][j] -= a[i][k] * a[k][j];
          }
        }
        for (int i = 0; i < 20; i += 3) { print(bits(a[i][19 - i])); print((long)(int)a[i][i]); print(bits((float)((double)a[i][i] * 1e30))); }
      }
      """
    ),
  ]

  /// - Throws: `UserProgram.Problem` where a tool is missing or fails.
  private func compile(_ text: String) throws -> UserProgram {
    guard let clang = UserProgram.tool("clang"), let linker = UserProgram.tool("ld.lld") else {
      throw UserProgram.Problem(description: "clang and ld.lld not found: they come with the Swift toolchain")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("processor-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, object, program) = (folder.path + "/a.c", folder.path + "/a.o", folder.path + "/a.elf")
    try (Self.support + text).write(toFile: source, atomically: true, encoding: .utf8)
    let options = [
      "--target=mips64el-unknown-none-elf", "-march=mips3", "-mabi=64", "-mno-abicalls", "-fno-pic", "-G0", "-O2", "-ffreestanding",
      "-fno-builtin", "-fno-math-errno", "-Wno-everything", "-Xclang", "-target-feature", "-Xclang", "+sym32", "-c", source, "-o", object,
    ]
    guard try UserProgram.run(clang, options).status == 0 else { throw UserProgram.Problem(description: "clang fails") }
    let linking = ["-m", "elf64ltsmip", "-e", "__start", "--image-base=0x10010000", object, "-o", program]
    guard try UserProgram.run(linker, linking).status == 0 else { throw UserProgram.Problem(description: "ld.lld fails") }
    return UserProgram(elf: [UInt8](try Data(contentsOf: URL(fileURLWithPath: program))))
  }

  @Test(arguments: programs.map(\.name))
  func compiledProgramsWriteWhatTheyWriteOnQEMU(name: String) throws {
    let program = try compile(Self.programs.first { $0.name == name }!.text)
    let expected = try program.runOnQEMU()
    #expect(expected.status == 7)
    #expect(expected.output.count >= 34 || name == "sort")
    #expect(try program.runOnProcessor() == expected)
  }
}
