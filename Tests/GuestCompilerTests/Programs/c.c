// What C programs expect of their library and of the compiler's run-time: written out, to be compared with another
// library's and another compiler's.
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long state = 88172645463325252ul;
static unsigned long next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

typedef unsigned __int128 wide;
static void show(const char *name, wide value) {
  printf("%s %016lx%016lx\n", name, (unsigned long)(value >> 64), (unsigned long)value);
}
static void show_quad(const char *name, long double value) {
  wide bits;
  memcpy(&bits, &value, sizeof bits);
  // Which of the many it is not a number by is the implementation's affair.
  if (value != value) printf("%s nan\n", name);
  else show(name, bits);
}
static long double any_quad(void) {
  wide bits = (wide)next() << 64 | next();
  switch (next() % 8) {
    case 0: return (long double)(long)next();
    case 1: return (long double)((double)(long)next() / 3);
    case 2: bits &= ((wide)1 << 112) - 1; break;
    case 3: bits |= (wide)0x7FFF << 112; break;
    case 4: bits &= (wide)0x8003 << 112 | ~(wide)0 >> 60; break;
    case 5: return 0.0L * (long)next();
    case 6: {
      // Near one, so that sums cancel and quotients are close.
      bits = (wide)(0x3FFE + next() % 3) << 112 | (bits >> 16 >> next() % 100 << next() % 60 & (((wide)1 << 112) - 1));
      break;
    }
  }
  long double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void quads(void) {
  for (int i = 0; i < 400; i++) {
    long double a = any_quad(), b = any_quad();
    show_quad("add", a + b);
    show_quad("subtract", a - b);
    show_quad("multiply", a * b);
    show_quad("divide", a / b);
    printf("order %d%d%d%d%d%d\n", a < b, a <= b, a == b, a != b, a > b, a >= b);
    double narrow = (double)a;
    unsigned long bits;
    memcpy(&bits, &narrow, 8);
    if (narrow == narrow) printf("narrow %lx\n", bits);
    show_quad("widen", (long double)narrow);
    float narrower = (float)b;
    unsigned half;
    memcpy(&half, &narrower, 4);
    if (narrower == narrower) printf("narrower %x\n", half);
    if (a > -9e18L && a < 9e18L) printf("whole %ld\n", (long)a);
    if (a > -2e9L && a < 2e9L) printf("small %d\n", (int)a);
    if (a > 0 && a < 1.8e19L) printf("unsigned %lu\n", (unsigned long)a);
  }
}

static void wides(void) {
  for (int i = 0; i < 300; i++) {
    wide a = (wide)next() << 64 | next(), b = (wide)next() << 64 | next();
    a >>= next() % 128;
    b >>= next() % 127;
    if (!b) b = 1;
    __int128 c = (__int128)a, d = (__int128)b;
    if (i & 1) c = -c;
    if (i & 2) d = -d;
    show("multiply", a * b);
    show("divide", a / b);
    show("rest", a % b);
    show("signed divide", (wide)(c / d));
    show("signed rest", (wide)(c % d));
    int count = (int)(next() % 128);
    show("left", a << count);
    show("right", a >> count);
    show("signed right", (wide)(c >> count));
    double x = (double)a, y = (double)c;
    unsigned long p, q;
    memcpy(&p, &x, 8);
    memcpy(&q, &y, 8);
    printf("double %lx %lx\n", p, q);
    if (x < 1e38) show("back", (wide)x);
    show("signed back", (wide)(__int128)(y / 4));
  }
}

static void formats(void) {
  char text[64];
  printf("[%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|%08.3d]\n", 42, 42, 42, 42, 42, 7, 7, 7, 7);
  printf("[%x|%X|%#x|%#X|%o|%#o|%#x|%u|%lu]\n", 255, 255, 255, 255, 8, 8, 0, 4000000000u, ~0ul);
  printf("[%hd|%hhd|%hu|%hhu|%ld|%lld|%zu|%jd|%td]\n", 70000, 300, 70000, 300, -5l, -6ll, (size_t)7, (long)8, (long)9);
  printf("[%s|%10s|%-10s|%.2s|%*s|%-*s|%.*s]\n", "word", "word", "word", "word", 7, "word", 7, "word", 3, "word");
  printf("[%c|%3c|%-3c|%%]\n", 'a', 'b', 'c');
  printf("[%f|%.0f|%.10f|%10.2f|%-10.2f|%010.2f|%+f|% f]\n", 1.5, 2.5, 0.1, 3.14159, 3.14159, -3.14159, 1.0, 1.0);
  printf("[%e|%.3E|%g|%g|%G|%g|%g]\n", 12345.678, 0.00012, 0.0001, 1e10, 1e-10, 100000.0, 1000000.0);
  printf("[%f|%F|%5f|%05f]\n", INFINITY, -INFINITY, INFINITY, -INFINITY);
  printf("[%Lf|%p|%.0d]\n", 2.25L, (void *)0x1234, 0);
  int length = snprintf(text, 8, "%s", "much too long");
  printf("%d %s\n", length, text);
  length = sprintf(text, "%d+%d=%.1f", 1, 2, 3.0);
  printf("%d %s\n", length, text);
}

static void numbers(void) {
  static const char *const texts[] = {
      "0", "-0", "1", "0.1", "1e23", "8.5e22", "9007199254740993", "9007199254740993.0000000000000000000001",
      "2.2250738585072011e-308", "2.2250738585072014e-308", "4.9e-324", "2.4703282292062327e-324",
      "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400", "1e-400", "  12abc",
      "+.5e1x", "1e", "1e+", ".", "e5", "inf", "-Infinity", "nan", "123456789012345678901234567890", "0.000001e6",
      "179769313486231580793728971405301e276", "3.14159265358979323846264338327950288419716939937510"};
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    char *end;
    double value = strtod(texts[i], &end);
    unsigned long bits;
    memcpy(&bits, &value, 8);
    printf("strtod %s %lx %ld\n", texts[i], value == value ? bits : 0, (long)(end - texts[i]));
  }
  for (int i = 0; i < 300; i++) {
    char text[64];
    unsigned long bits = next(), back;
    double value;
    memcpy(&value, &bits, 8);
    if (value != value) continue;
    snprintf(text, sizeof text, "%.*e", (int)(next() % 20), value);
    double read = strtod(text, 0);
    memcpy(&back, &read, 8);
    printf("%s %lx\n", text, back);
  }
  static const char *const whole[] = {"12", "-12", " 0x1f", "077", "9223372036854775807", "9223372036854775808",
                                      "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "x"};
  for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++) {
    char *end;
    printf("strtol %ld", strtol(whole[i], &end, 0));
    printf(" %ld strtoul %lu\n", (long)(end - whole[i]), strtoul(whole[i], 0, 0));
  }
}

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void library(void) {
  int items[100], key = 17;
  for (int i = 0; i < 100; i++) items[i] = i * 37 % 100;
  qsort(items, 100, sizeof *items, compare);
  int sorted = 1;
  for (int i = 0; i < 100; i++) sorted &= items[i] == i;
  int *found = bsearch(&key, items, 100, sizeof *items, compare);
  printf("%d %ld\n", sorted, (long)(found - items));
  char text[64] = "one,two;;three", copy[8];
  for (char *word = strtok(text, ",;"); word; word = strtok(0, ",;")) printf("<%s>", word);
  strncpy(copy, "abc", sizeof copy);
  strcat(copy, "de");
  strncat(copy, "fgh", 1);
  printf(" %s %s %s %s %d\n", copy, strchr("hello", 'l'), strrchr("hello", 'l'), strstr("hello", "ll"),
      strstr("hello", "lol") == 0);
  printf("%zu %zu %d %d\n", strspn("aabbc", "ab"), strcspn("aabbc", "c"), (int)((char *)memchr("xyz", 'z', 3) - "xyz") > 0,
      strncmp("abc", "abd", 2));
  for (int c = 0; c < 128; c++)
    printf("%d%d%d%d%d%d%d%c", !!isalpha(c), !!isdigit(c), !!isspace(c), !!ispunct(c), !!isxdigit(c), !!iscntrl(c),
        !!isprint(c), isgraph(toupper(c)) ? toupper(c) : '.');
  printf("\n");
}

static jmp_buf place;
static void leave(int value) { longjmp(place, value); }
static void jumps(void) {
  volatile int times = 0;
  double kept = 1.5;
  int value = setjmp(place);
  printf("jump %d %d %.1f\n", value, times, kept);
  if (times++ < 3) leave(times == 1 ? 0 : times);
}

int main(int argc, char **argv) {
  if (argc > 1) assert(atoi(argv[1]) == 7);
  quads();
  wides();
  formats();
  numbers();
  library();
  jumps();
  return 0;
}
