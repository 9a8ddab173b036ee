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
      "--target=mips64el-unknown-none-elf", "-march=mips3", "-mabi=64", "-mno-abicalls", "-fno-pic", "-G0", "-O2",
      "-ffreestanding",
      "-fno-builtin", "-fno-math-errno", "-Wno-everything", "-Xclang", "-target-feature", "-Xclang", "+sym32", "-c",
      source, "-o", object,
    ]
    guard try UserProgram.run(clang, options).status == 0 else { throw UserProgram.Problem(description: "clang fails") }
    let linking = ["-m", "elf64ltsmip", "-e", "__start", "--image-base=0x10010000", object, "-o", program]
    guard try UserProgram.run(linker, linking).status == 0 else {
      throw UserProgram.Problem(description: "ld.lld fails")
    }
    return UserProgram(elf: [UInt8](try Data(contentsOf: URL(fileURLWithPath: program))))
  }

  /// With Debian's C library: its string functions, its mathematics, its output, thread-local storage.
  static let library: [(name: String, options: [String], text: String)] = [
    (
      "words and functions", ["-O2"],
      #"""
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <math.h>
      static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
      static __thread int local = 5;
      int main(int argc, char **argv) {
        char text[400]; char *words[64]; int n = 0;
        strcpy(text, "the quick brown fox jumps over the lazy dog while forty two angry penguins march towards the sea");
        for (char *w = strtok(text, " "); w; w = strtok(0, " ")) words[n++] = strdup(w);
        qsort(words, n, sizeof *words, compare);
        for (int i = 0; i < n; i++) printf("%s%c", words[i], i + 1 < n ? ' ' : '\n');
        double x = 0.1;
        for (int i = 0; i < 20; i++) {
          x = x * 1.37 + 0.01;
          printf("%.17g %.15g %.15g %.15g %a\n", x, sin(x), exp(-x / 20), log(x) * sqrt(x), pow(x, 0.3));
          printf("%f %e %.3f %d %ld\n", tan(x), cbrt(x), fmod(x * 1000, 7), (int)x, lrint(x * 100));
        }
        local += n;
        unsigned long h = 0;
        for (int i = 0; i < 300; i++) {
          unsigned char b[300]; memset(b, i, i % 97 + 100); memmove(b + 3, b, i % 90);
          h = h * 31 + b[i % 50] + strlen(words[i % n]) + memcmp(b, b + 1, 40);
        }
        printf("%lx %d %s\n", h, local, strstr("hello mips world", "mips"));
        float f = 1e-3f; for (int i = 0; i < 50; i++) f = sinf(f) * 1.5f + 0.2f;
        printf("%.9g %s %lld\n", f, strtod("3.25e10", 0) > 3e10 ? "yes" : "no", strtoll("-123456789012345", 0, 10));
        char *big = malloc(300000); memset(big, 7, 300000); printf("%d\n", big[299999]); free(big);
        return 7;
      }
      """#
    ),
    (
      "bits and products", ["-O3", "-ffast-math", "-ffp-contract=fast"],
      #"""
      #include <stdio.h>
      #include <stdint.h>
      #include <string.h>
      static uint64_t seed = 88172645463325252UL;
      static uint64_t next(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed; }
      struct packed { unsigned a : 5, b : 13, c : 14; uint64_t d : 37, e : 20, f : 7; };
      static double m[20][20], v[20], w[20]; static float s[64], t[64];
      int main(void) {
        uint64_t sum = 0; struct packed p[50]; memset(p, 0, sizeof p);
        for (int i = 0; i < 2000; i++) {
          uint64_t x = next(); unsigned y = x >> 17; struct packed *q = p + i % 50;
          q->a += x; q->b ^= y; q->c -= x >> 3; q->d += x; q->e ^= y; q->f += 3;
          sum += __builtin_clz(y | 1) + __builtin_clzll(x | 1) * 3 + __builtin_bswap32(y) + __builtin_bswap64(x) + (x << 13 | x >> 51) + (y >> 7 | y << 25);
          sum ^= q->a + q->b * 5ul + q->c + q->d + q->e + q->f + (int8_t)x + (int16_t)y + (y & 1 ? x : sum) + (int)y * (int)(x >> 40);
          sum += (int64_t)(int)y * (int)x + ((x >> 12) & 0xFFFFFFFFFul);
        }
        printf("%016lx\n", sum);
        for (int i = 0; i < 20; i++) { v[i] = (int)next() * 0x1p-30; for (int j = 0; j < 20; j++) m[i][j] = (int)next() * 0x1p-31; }
        for (int k = 0; k < 30; k++) {
          for (int i = 0; i < 20; i++) { double a = 0; for (int j = 0; j < 20; j++) a += m[i][j] * v[j]; w[i] = a < 0 ? 0.25 - a * v[i] : a; }
          double n = 0; for (int i = 0; i < 20; i++) n += w[i] * w[i];
          for (int i = 0; i < 20; i++) v[i] = w[i] / __builtin_sqrt(n);
        }
        for (int i = 0; i < 20; i++) printf("%.17g\n", v[i]);
        for (int i = 0; i < 64; i++) { s[i] = (int)next() * 0x1p-31f; t[i] = (int)next() * 0x1p-31f; }
        float a = 0; for (int i = 0; i < 64; i++) { a += s[i] * t[i]; t[i] = 1.0f / (s[i] * s[i] + 0.1f) - t[i] * a; }
        for (int i = 0; i < 64; i += 9) printf("%.9g\n", t[i]);
        return 7;
      }
      """#
    ),
  ]

  @Test(arguments: library.map(\.name))
  func programsWithDebiansLibraryWriteWhatTheyWriteOnQEMU(name: String) throws {
    guard let compiler = UserProgram.tool("mips64el-linux-gnuabi64-gcc") else {
      throw UserProgram.Problem(
        description: "mips64el-linux-gnuabi64-gcc not found: install gcc-mips64el-linux-gnuabi64")
    }
    let (_, options, text) = Self.library.first { $0.name == name }!
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("processor-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, file) = (folder.path + "/a.c", folder.path + "/a.elf")
    try text.write(toFile: source, atomically: true, encoding: .utf8)
    let result = try UserProgram.run(compiler, ["-static", "-march=mips64r2"] + options + [source, "-lm", "-o", file])
    guard result.status == 0 else { throw UserProgram.Problem(description: "the compiler fails") }
    let program = UserProgram(elf: [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
    let expected = try program.runOnQEMU(model: "MIPS64R2-generic")
    #expect(expected.status == 7)
    #expect(expected.output.count > 300)
    let found = try program.runOnProcessor(profile: .numachine(.mips64r2))
    #expect(String(decoding: found.output, as: UTF8.self) == String(decoding: expected.output, as: UTF8.self))
    #expect(found.status == 7)
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
