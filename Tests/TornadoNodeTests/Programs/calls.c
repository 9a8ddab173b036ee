// Exercises protected procedure calls, one kind a run: calls KIND. Says "ok" and ends with 0, or says what is
// wrong and ends with 1. Started with "serve" it is the server; with "client" a client that comes to a bad
// end.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tornado.h"

enum { page = 16384, no_process = 3, again = 11, no_memory = 12, fault = 14, invalid = 22 };
enum { sum, which, crash, deep, touch, hold, release, leave, back, spin, count, processor, read_only, halve, pass_on, vanish, far_away, pause };

static const uint64_t object = TORNADO_TABLE + 2 * 16;
static const uint64_t hidden = TORNADO_TABLE + 3 * 16;
static const uint64_t mortal = TORNADO_TABLE + 5 * 16;
static uint32_t failures;

static void fail(const char *what, long value) {
  dprintf(1, "wrong: %s (%ld)\n", what, value);
  failures++;
}
static void expect(const char *what, long value, long wanted) {
  if (value != wanted) fail(what, value);
}

// --- The server
// -----------------------------------------------------------------------------------------------------------

static uint32_t held, may_go;
static uint64_t served;

static struct tornado_ppc_result result(long value) { return (struct tornado_ppc_result){0, (uint64_t)value}; }

static void fall(volatile char *stack) {
  volatile char more[4096];
  more[0] = stack[0];
  fall(more);
  more[1] = stack[0];
}

static struct tornado_ppc_result serve(
    uint64_t port, uint64_t reference, uint64_t method, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  tornado_fetch_add(&served, 1);
  switch (method) {
  case sum: return result((long)(a + 2 * b + 3 * c + 4 * d + 5 * e));
  case which: return result((long)(reference - object));
  case crash:
    if (a == 0) *(volatile char *)16 = 1;
    if (a == 1) ((void (*)(void))0x40000000)();
    if (a == 2) __asm__ volatile("teq $0, $0, 7");
    if (a == 3) fall((volatile char *)&a);
    if (a == 4) __asm__ volatile(".word 0xffffffff");
    return result(0);
  case deep: {
    // Calls itself until there is no worker any more: how deep that was, or what else went wrong.
    struct tornado_ppc_result inner = tornado_ppc(port, reference, deep, a + 1, 0, 0, 0, 0);
    if (inner.status == again) return result((long)a);
    return inner.status ? result(-inner.status) : inner;
  }
  case touch: {
    long total = 0;
    for (uint64_t i = 0; i < d; i++) total += ((uint8_t *)c)[i]++;
    return result(total);
  }
  case read_only: return result(((volatile uint8_t *)c)[0]);
  case hold:
    may_go = 0;
    held = 1;
    tornado_wake_all(&held);
    tornado_wait_while(&may_go, 0);
    // Its data may have gone with its caller.
    if (c) return result(*(volatile uint8_t *)c);
    return result(77);
  case release:
    may_go = 1;
    tornado_wake_all(&may_go);
    return result(0);
  case leave: tornado_call(5058, 0, 0, 0, 0, 0, 0); return result(0);
  case back: return tornado_ppc(a, b, sum, c, 1, 1, 1, 1);
  case spin:
    for (;;) {}
  case pass_on: return tornado_ppc_with_data(port, reference, touch, 0, 0, (void *)c, d, 0);
  case halve: {
    volatile double value = (double)a;
    double sum = 0;
    for (int i = 0; i < 40; i++) sum += value /= 2;
    return result((long)(sum * 1024));
  }
  case vanish:
    // The object goes whose method this is: its references are stale from now on.
    tornado_set_external(mortal, 0);
    return result(0);
  case far_away: return tornado_ppc_on(port, reference, pause, a, 0, 0, 0, b);
  case pause: tornado_delay(a); return result(0);
  case count: return result((long)served);
  case processor: return result(tornado_processor());
  }
  return (struct tornado_ppc_result){89, 0};
}

static void be_server(int mapped_stacks) {
  tornado_set_external(object, serve);
  tornado_set_external(mortal, serve);
  // An object that is there, and takes no calls from outside.
  ((uint64_t *)0x72000000)[3 * 2 + 1] = 1;
  long port = tornado_make_port(mapped_stacks);
  if (port < 0) tornado_exit(3);
  tornado_name_server(port);
  static uint32_t never;
  for (;;) tornado_wait_while(&never, 0);
}

// --- The client
// -----------------------------------------------------------------------------------------------------------

static uint64_t port;

static long start(const char *role, long n) {
  char arguments[64] = "calls";
  strcpy(arguments + 6, role);
  return tornado_start_self(n, arguments, 6 + strlen(role) + 1);
}

static void find_server(const char *role) {
  expect("start", start(role, 0), 0);
  while ((port = (uint64_t)tornado_name_server(0)) == 0) tornado_yield();
}

static struct tornado_ppc_result call(uint64_t method, uint64_t a) { return tornado_ppc(port, object, method, a, 0, 0, 0, 0); }
static void expect_life(const char *when) {
  struct tornado_ppc_result answer = tornado_ppc(port, object, sum, 1, 10, 100, 1000, 10000);
  expect(when, answer.status, 0);
  expect(when, (long)answer.value, 54321);
}

static void references(void) {
  find_server("serve");
  const uint64_t bad[] = {object + 1,     object + 8,     hidden, object + 32, TORNADO_TABLE - 16,         TORNADO_TABLE + (1 << 20),
                          0x72000000,     (uint64_t)&bad, 0,      ~0ul,        0xffffffffd0000020ul,       TORNADO_TABLE,
                          object | 1ul << 40, (uint64_t)serve};
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
    expect("a bad reference", tornado_ppc(port, bad[i], sum, 1, 2, 3, 4, 5).status, invalid);
    expect("a bad reference from afar", tornado_ppc_on(port, bad[i], sum, 1, 2, 3, 4, 1).status, invalid);
  }
  expect("an object", tornado_ppc(port, mortal, sum, 1, 2, 3, 4, 5).status, 0);
  expect("its end", tornado_ppc(port, mortal, vanish, 0, 0, 0, 0, 0).status, 0);
  expect("a stale reference", tornado_ppc(port, mortal, sum, 1, 2, 3, 4, 5).status, invalid);
  expect("a stale reference from afar", tornado_ppc_on(port, mortal, sum, 1, 2, 3, 4, 1).status, invalid);
  expect("no such method", call(1000, 0).status, 89);
  const uint64_t ports[] = {port + 1, port + 65536, port - 65536, 0, ~0ul, port ^ 1ul << 63, 7, 65535, 1ul << 40};
  for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) {
    expect("a bad port", tornado_ppc(ports[i], object, sum, 1, 2, 3, 4, 5).status, no_process);
    expect("a bad port from afar", tornado_ppc_on(ports[i], object, sum, 1, 2, 3, 4, 1).status, no_process);
  }
  expect("no such processor", tornado_ppc_on(port, object, sum, 1, 2, 3, 4, (uint64_t)tornado_processors()).status, invalid);
  expect("no such processor", tornado_ppc_on(port, object, sum, 1, 2, 3, 4, ~0ul).status, invalid);
  expect("a return from nothing", tornado_call(9011, 0, 0, 0, 0, 0, 0), invalid);
  expect_life("after bad references");
}

static void data(void) {
  find_server("serve");
  uint8_t *own = tornado_map(4 * page);
  for (int i = 0; i < 2 * page; i++) own[i] = (uint8_t)i;
  struct tornado_ppc_result answer = tornado_ppc_with_data(port, object, touch, 0, 0, own + 100, 8192, 0);
  long wanted = 0;
  for (int i = 100; i < 100 + 8192; i++) wanted += (uint8_t)i;
  expect("8 KB there", (long)answer.value, wanted);
  for (int i = 0; i < page; i++)
    if (own[i] != (uint8_t)(i + (i >= 100 && i < 100 + 8192))) fail("8 KB back", i);
  expect("data at the end of a page", (long)tornado_ppc_with_data(port, object, touch, 0, 0, own + page - 1, 1, 0).status, 0);
  expect("no data", (long)tornado_ppc_with_data(port, object, touch, 0, 0, own, 0, 0).value, 0);
  expect("a page that is made for it", (long)tornado_ppc_with_data(port, object, touch, 0, 0, own + 3 * page, 10, 0).value, 0);
  expect("across a page's end", tornado_ppc_with_data(port, object, touch, 0, 0, own + page - 1, 2, 0).status, invalid);
  expect("too much", tornado_ppc_with_data(port, object, touch, 0, 0, own, 8193, 0).status, invalid);
  expect("far too much", tornado_ppc_with_data(port, object, touch, 0, 0, own, ~0ul, 0).status, invalid);
  void *const outside[] = {(void *)16, (void *)0x40000000, (void *)0xffffffff80100000ul, (void *)0x80000000ul, (void *)~0ul, (void *)0x71000000};
  for (unsigned i = 0; i < sizeof outside / sizeof *outside; i++)
    expect("not the caller's", tornado_ppc_with_data(port, object, touch, 0, 0, outside[i], 1, 0).status, fault);
  expect("a device", tornado_ppc_with_data(port, object, touch, 0, 0, (void *)tornado_program.monitor_page, 8, 0).status, fault);
  // Constants can be read and not written.
  static const uint8_t constants[64] = {5, 6, 7};
  expect("constants", (long)tornado_ppc_with_data(port, object, read_only, 0, 0, (void *)constants, 3, 0).value, 5);
  expect("constants, written", tornado_ppc_with_data(port, object, touch, 0, 0, (void *)constants, 3, 0).status, fault);
  expect("constants", constants[0], 5);
  expect("what was passed, passed on", tornado_ppc_with_data(port, object, pass_on, 0, 0, own, 8, 0).status, fault);
  tornado_unmap(own, 4 * page);
  expect("what is unmapped", tornado_ppc_with_data(port, object, touch, 0, 0, own, 8, 0).status, fault);
  expect_life("after data");
}

static void faults(void) {
  find_server("serve");
  for (int round = 0; round < 4; round++)
    for (uint64_t kind = 0; kind < 5; kind++) {
      expect("a fault in the server", call(crash, kind).status, fault);
      expect_life("after a fault");
      expect("a fault far away", tornado_ppc_on(port, object, crash, kind, 0, 0, 0, 1 + round % 2).status, fault);
    }
  expect("a worker that ends", call(leave, 0).status, no_process);
  expect("a worker that ends far away", tornado_ppc_on(port, object, leave, 0, 0, 0, 0, 1).status, no_process);
  expect_life("after workers ended");
}

static void recursion(const char *role, long least, long most) {
  find_server(role);
  for (int round = 0; round < 3; round++) {
    struct tornado_ppc_result answer = call(deep, 1);
    expect("recursion", answer.status, 0);
    if ((long)answer.value < least || (long)answer.value > most) fail("depth of recursion", (long)answer.value);
    expect_life("after recursion");
  }
}

static uint64_t callback_port;
static void callbacks(void) {
  find_server("serve");
  tornado_set_external(object, serve);
  callback_port = (uint64_t)tornado_make_port(0);
  for (int i = 0; i < 10; i++) {
    struct tornado_ppc_result answer = tornado_ppc(port, object, back, callback_port, object, (uint64_t)i, 0, 0);
    expect("a call back", answer.status, 0);
    expect("a call back", (long)answer.value, i + 14);
    // From another processor's worker to this process there.
    answer = tornado_ppc_on(port, object, back, callback_port, object, (uint64_t)i, 0, 1);
    expect("a call back from afar", (long)answer.value, i + 14);
  }
  expect("a call back to what is not external", (long)tornado_ppc(port, object, back, callback_port, hidden, 0, 0, 0).status, invalid);
}

// --- Clients that end in mid-call
// -----------------------------------------------------------------------------------------

static void hold_there(void *data) { tornado_ppc_with_data(port, object, hold, 0, 0, data, data ? 8 : 0, 0); }
static void hold_far(void *data) { tornado_ppc_on(port, object, hold, 0, 0, 0, 0, 2); }

static void be_client(const char *how) {
  port = (uint64_t)tornado_name_server(0);
  uint8_t *own = tornado_map(page);
  own[0] = 9;
  if (how[0] == 'f') {
    tornado_spawn(1, hold_far, 0);
  } else {
    tornado_spawn(1, hold_there, how[0] == 'd' ? own : 0);
  }
  // Long enough for the call to be under way, and in the server.
  tornado_delay(300000);
  *(volatile char *)16 = 1;
}

static void killed(const char *role) {
  find_server("serve");
  for (int round = 0; round < 2; round++) {
    expect("start", start(role, 0), 0);
    tornado_delay(1500000);
    expect_life("while a call of a dead client is under way");
    expect("release", call(release, 0).status, 0);
    tornado_delay(300000);
    expect_life("after a client's end");
    expect("on the client's processor", (long)tornado_ppc_on(port, object, processor, 0, 0, 0, 0, 1).value, 1);
  }
}

static void spin_there(void *argument) { call(spin, 0); }
static void spin_far(void *argument) { tornado_ppc_on(port, object, spin, 0, 0, 0, 0, 3); }

static void forever(int ends) {
  find_server("serve");
  tornado_spawn(1, spin_there, 0);
  tornado_spawn(2, spin_far, 0);
  tornado_delay(500000);
  if (!ends) {
    static uint32_t never;
    tornado_wait_while(&never, 0);
  }
}

// The server goes while it is called: who waits gets an error, and who calls afterwards too.
static uint64_t seen_status[4];
static uint32_t seen[4];
static void wait_for(void *n) {
  seen_status[(long)n] = (uint64_t)((long)n == 2 ? tornado_ppc_on(port, object, hold, 0, 0, 0, 0, 3) : call(hold, 0)).status;
  tornado_finish(&seen[(long)n]);
}
static void orphans(void) {
  find_server("mortal");
  for (long n = 0; n < 3; n++) tornado_spawn(n, wait_for, (void *)n);
  for (int n = 0; n < 3; n++) {
    tornado_wait_while(&seen[n], 0);
    expect("the server's end", (long)seen_status[n], no_process);
  }
  for (int i = 0; i < 3; i++) {
    expect("a server that was", call(sum, 0).status, no_process);
    expect("a server that was, far away", tornado_ppc_on(port, object, sum, 0, 0, 0, 0, 3).status, no_process);
  }
}

// --- Registers
// --------------------------------------------------------------------------------------------------------------

// Every register that is to pass through, there and back: the server adds one to each.
void register_entry(void);
uint64_t register_call(uint64_t port, uint64_t *registers);
__asm__(
    ".set push\n.set noreorder\n.set noat\n.text\n.globl register_entry\nregister_entry:\n"
    ".irp n,4,5,6,7,8,9,10,11,12,13,16,17,18,19,20,21,22,23,28,30,31\ndaddiu $\\n,$\\n,1\n.endr\n"
    "li $2,9011\nsyscall\n"
    ".globl register_call\nregister_call:\n"
    "daddiu $29,$29,-112\n"
    "sd $16,0($29)\nsd $17,8($29)\nsd $18,16($29)\nsd $19,24($29)\nsd $20,32($29)\nsd $21,40($29)\nsd $22,48($29)\nsd $23,56($29)\n"
    "sd $28,64($29)\nsd $30,72($29)\nsd $31,80($29)\nsd $5,88($29)\n"
    "move $3,$4\nmove $1,$5\n"
    ".irp n,4,5,6,7,8,9,10,11,12,13,16,17,18,19,20,21,22,23,28,30,31\nld $\\n,\\n*8($1)\n.endr\n"
    "li $2,9010\nsyscall\n"
    "ld $1,88($29)\n"
    ".irp n,4,5,6,7,8,9,10,11,12,13,16,17,18,19,20,21,22,23,28,30,31\nsd $\\n,\\n*8($1)\n.endr\n"
    "ld $16,0($29)\nld $17,8($29)\nld $18,16($29)\nld $19,24($29)\nld $20,32($29)\nld $21,40($29)\nld $22,48($29)\nld $23,56($29)\n"
    "ld $28,64($29)\nld $30,72($29)\nld $31,80($29)\njr $31\ndaddiu $29,$29,112\n.set pop\n");

static void registers(void) {
  find_server("add-to-registers");
  for (uint64_t round = 0; round < 6; round++) {
    uint64_t values[32];
    for (uint64_t i = 0; i < 32; i++) values[i] = 0x0123456789abcd00ul * (i + 1) + round;
    uint64_t before[32];
    memcpy(before, values, sizeof values);
    expect("status", (long)register_call(port, values), 0);
    static const int passing[] = {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 28, 30, 31};
    for (unsigned i = 0; i < sizeof passing / sizeof *passing; i++)
      if (values[passing[i]] != before[passing[i]] + 1) fail("register", passing[i]);
  }
}

// --- Memory
// -----------------------------------------------------------------------------------------------------------------

// Takes all memory, and then does what takes some.
static void exhausted(void) {
  find_server("serve");
  expect_life("before");
  char *first = 0;
  for (long bytes = 64 * page; bytes >= page; bytes /= 4)
    for (char *more; (more = tornado_map_at((size_t)bytes, 0)); first = more) {
      ((char **)more)[0] = first;
      ((long *)more)[1] = bytes;
    }
  for (uint64_t n = 0; n < (uint64_t)tornado_processors(); n++) {
    long status = tornado_ppc_on(port, object, sum, 1, 1, 1, 1, n).status;
    if (status != 0 && status != no_memory && status != again && status != fault) fail("a call without memory", status);
  }
  long status = call(deep, 1).status;
  if (status != 0 && status != no_memory && status != fault) fail("recursion without memory", status);
  if (start("serve", 0) != -no_memory) fail("a process without memory", 0);
  if (tornado_make_port(0) < 0) fail("a port without memory", 0);
  expect_life("without memory");
  while (first) {
    char *next = *(char **)first;
    tornado_unmap(first, (size_t)((long *)first)[1]);
    first = next;
  }
  for (uint64_t n = 0; n < (uint64_t)tornado_processors(); n++) {
    expect("a call with memory again", tornado_ppc_on(port, object, sum, 1, 1, 1, 1, n).status, 0);
  }
  expect_life("with memory again");
}

static void processes(void) {
  expect("no file", tornado_start_process((void *)16, 1000, 0, "x", 2), -fault);
  expect("a kernel address", tornado_start_process((void *)0xffffffff80000000ul, 1000, 0, "x", 2), -fault);
  char *file = tornado_map(page);
  expect("no program", tornado_start_process(file, page, 0, "x", 2), -8);
  expect("no argument", tornado_start_process(file, page, 0, "x", 0), -invalid);
  expect("an argument without end", tornado_start_process(file, page, 0, "xyz", 3), -invalid);
  expect("too many arguments", tornado_start_process(file, page, 0, file, 4096), -invalid);
  expect("no such processor", tornado_start_self(99, "x", 2), -invalid);
  for (int i = 0; i < 20; i++) expect("a process that ends at once", start("end", i % tornado_processors()), 0);
  long made = 0;
  while (made < 100 && tornado_make_port(0) > 0) made++;
  expect("ports", made, 16);
  expect("a port at an odd address", tornado_make_port_at((void (*)(void))3, 0), -invalid);
}

static void many(void) {
  find_server("serve");
  for (int i = 0; i < 3000; i++) {
    struct tornado_ppc_result answer = tornado_ppc(port, object, sum, (uint64_t)i, 1, 1, 1, 1);
    if (answer.status || answer.value != (uint64_t)i + 14) fail("a call", i);
    answer = tornado_ppc_on(port, object, processor, 0, 0, 0, 0, (uint64_t)(i % tornado_processors()));
    if (answer.status || (long)answer.value != i % tornado_processors()) fail("a remote call", i);
  }
}

// Floating point on both sides of calls, and in another thread of the processor.
static uint32_t float_done;
static void float_thread(void *argument) {
  volatile double x = 1;
  for (int i = 0; i < 2000; i++) {
    x = x * 1.5 - 0.5 * x;
    if (i % 100 == 0) tornado_yield();
  }
  if (x != 1) fail("a thread's floating-point registers", 0);
  tornado_finish(&float_done);
}
static void floats(void) {
  find_server("serve");
  tornado_spawn(0, float_thread, 0);
  double a = 1, b = 2, c = 4, d = 8;
  for (int i = 0; i < 300; i++) {
    a *= 1.25, b *= 1.5, c *= 1.75, d *= 0.5;
    struct tornado_ppc_result answer = call(halve, (uint64_t)i);
    if (answer.status || (long)answer.value != (i ? i * 1024 - 1 : 0)) fail("a server's floating point", (long)answer.value);
    if (i % 7 == 0) answer = tornado_ppc_on(port, object, halve, 3, 0, 0, 0, 1);
    if (i % 50 == 0) tornado_yield();
    a /= 1.25, b /= 1.5, c /= 1.75, d /= 0.5;
    if (a != 1 || b != 2 || c != 4 || d != 8) fail("a client's floating-point registers", i);
  }
  tornado_wait_while(&float_done, 0);
}

// Threads that are new to their processor spin there until a call is done whose worker has to wait.
static uint64_t spins, is_done;
static uint32_t stopped;
static void spin_until_done(void *unused) {
  tornado_store(&spins, 1);
  while (!tornado_load(&is_done)) {}
  tornado_finish(&stopped);
}
static void spinning(void) {
  find_server("serve");
  for (int round = 0; round < 6; round++) {
    spins = is_done = stopped = 0;
    tornado_spawn(1, spin_until_done, 0);
    while (!tornado_load(&spins)) {}
    uint64_t begin = tornado_cycles();
    expect("a call", tornado_ppc_on(port, object, far_away, 20000, 0, 0, 0, 1).status, 0);
    uint64_t cycles = tornado_cycles() - begin;
    // A time slice is 1,500,000. In the first round workers are made.
    if (round > 0 && cycles > 100000) fail("the cycles of a call to a processor where a thread spins", (long)cycles);
    tornado_store(&is_done, 1);
    tornado_wait_while(&stopped, 0);
  }
}

static uint32_t finished[64];
static void crowd_thread(void *n) {
  for (uint64_t i = 0; i < 150; i++) {
    struct tornado_ppc_result answer = tornado_ppc(port, object, sum, i, 1, 1, 1, 1);
    if (answer.status || answer.value != i + 14) fail("a call in the crowd", answer.status);
    uint64_t target = (i * 7 + (uint64_t)n) % (uint64_t)tornado_processors();
    answer = tornado_ppc_on(port, object, sum, i, 1, 1, 1, target);
    // (The fifth word is the processor.)
    if (answer.status || answer.value != i + 9 + 5 * target) fail("a remote call in the crowd", answer.status);
  }
  tornado_finish(&finished[(long)n]);
}
static void crowd(void) {
  find_server("serve");
  for (long n = 0; n < 48; n++) tornado_spawn(n % tornado_processors(), crowd_thread, (void *)n);
  for (long n = 0; n < 48; n++) tornado_wait_while(&finished[n], 0);
}

// Two jobs. The one has a port of its own and one for every job, with idle workers on its first two
// processors, and says their numbers; the other tries to call both.
void tornado_ppc_entry(void), tornado_ppc_fault_entry(void);
static void be_host(void) {
  tornado_set_external(object, serve);
  long own = tornado_make_port(0);
  long shared = tornado_call(9014, (long)tornado_ppc_entry, 0, (long)tornado_ppc_fault_entry, 1, 0, 0);
  expect("a port for nobody known", tornado_call(9014, (long)tornado_ppc_entry, 0, 0, 2, 0, 0), -invalid);
  for (uint64_t n = 0; n < 2; n++) {
    expect("an own port", tornado_ppc_on((uint64_t)own, object, sum, 1, 1, 1, 1, n).status, 0);
    expect("a shared port", tornado_ppc_on((uint64_t)shared, object, sum, 1, 1, 1, 1, n).status, 0);
  }
  if (failures) return;
  printf("%ld %ld\n", own, shared);
  static uint32_t never;
  for (;;) tornado_wait_while(&never, 0);
}

static uint64_t shared_port;
static uint32_t guests;
// Calls from processor n, and from there processor n too.
static void guest_thread(void *n) {
  long there = (long)n < 2 ? 0 : no_process;
  uint8_t *data = tornado_map(page);
  expect("another job's port", call(sum, 1).status, no_process);
  expect("with data", tornado_ppc_with_data(port, object, touch, 0, 0, data, 8, 0).status, no_process);
  expect("every job's port", tornado_ppc(shared_port, object, sum, 1, 1, 1, 1, 1).status, there);
  expect("every job's port, with data", tornado_ppc_with_data(shared_port, object, touch, 0, 0, data, 8, 0).status, there);
  tornado_finish(&guests);
}
static void guest(char **ports) {
  port = (uint64_t)strtol(ports[0], 0, 10);
  shared_port = (uint64_t)strtol(ports[1], 0, 10);
  for (long n = 0; n < 3; n++) {
    guests = 0;
    tornado_spawn(n, guest_thread, (void *)n);
    tornado_wait_while(&guests, 0);
    if (n == 0) continue;
    expect("another job's port from afar", tornado_ppc_on(port, object, sum, 1, 1, 1, 1, (uint64_t)n).status, no_process);
    struct tornado_ppc_result answer = tornado_ppc_on(shared_port, object, sum, 1, 1, 1, 1, (uint64_t)n);
    expect("every job's port from afar", answer.status, n < 2 ? 0 : no_process);
  }
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  if (!strcmp(kind, "serve")) be_server(0);
  if (!strcmp(kind, "serve-mapped")) be_server(1);
  if (!strcmp(kind, "end")) return 0;
  if (!strcmp(kind, "add-to-registers")) {
    tornado_name_server(tornado_make_port_at(register_entry, 0));
    static uint32_t never;
    tornado_wait_while(&never, 0);
  }
  if (!strcmp(kind, "mortal")) {
    tornado_set_external(object, serve);
    tornado_name_server(tornado_make_port(0));
    tornado_wait_while(&held, 0);
    tornado_delay(400000);
    *(volatile char *)16 = 1;
  }
  if (!strncmp(kind, "client-", 7)) be_client(kind + 7);

  if (!strcmp(kind, "references")) references();
  if (!strcmp(kind, "data")) data();
  if (!strcmp(kind, "faults")) faults();
  if (!strcmp(kind, "recursion")) recursion("serve", 100, 128);
  if (!strcmp(kind, "recursion-mapped")) recursion("serve-mapped", 12, 16);
  if (!strcmp(kind, "callbacks")) callbacks();
  if (!strcmp(kind, "killed-there")) killed("client-there");
  if (!strcmp(kind, "killed-data")) killed("client-data");
  if (!strcmp(kind, "killed-far")) killed("client-far");
  if (!strcmp(kind, "forever")) forever(1);
  if (!strcmp(kind, "forever-kill")) forever(0);
  if (!strcmp(kind, "orphans")) orphans();
  if (!strcmp(kind, "registers")) registers();
  if (!strcmp(kind, "exhausted")) exhausted();
  if (!strcmp(kind, "processes")) processes();
  if (!strcmp(kind, "floats")) floats();
  if (!strcmp(kind, "many")) many();
  if (!strcmp(kind, "spinning")) spinning();
  if (!strcmp(kind, "crowd")) crowd();
  if (!strcmp(kind, "host")) be_host();
  if (!strcmp(kind, "guest") && argc == 4) guest(argv + 2);
  if (failures) return 1;
  printf("ok\n");
  return 0;
}
