// Waits for ever, one way a run: waits WAY.
#include <string.h>

#include "tornado.h"

static const uint64_t object = TORNADO_TABLE + 2 * 16;
uint32_t never, words[64], begun;
static uint64_t port;

static void wait_for_ever(void *word) {
  for (;;) tornado_wait_while(word, 0);
}

static struct tornado_ppc_result serve(
    uint64_t port, uint64_t reference, uint64_t method, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  (void)port, (void)reference, (void)method, (void)b, (void)c, (void)d, (void)e;
  if (a) wait_for_ever(&never);
  return (struct tornado_ppc_result){0, 1};
}

static void make_port(void) {
  tornado_set_external(object, serve);
  port = (uint64_t)tornado_make_port(0);
}

static void call_remotely(void *argument) {
  (void)argument;
  tornado_ppc_on(port, object, 0, 1, 0, 0, 0, 1);
}

int main(int argc, char **argv) {
  const char *way = argc > 1 ? argv[1] : "";
  if (!strcmp(way, "threads")) {
    for (long n = 1; n < tornado_processors(); n++) tornado_spawn(n, wait_for_ever, &words[n]);
    wait_for_ever(&words[0]);
  } else if (!strcmp(way, "call")) {
    make_port();
    tornado_ppc(port, object, 0, 1, 0, 0, 0, 0);
  } else if (!strcmp(way, "remote")) {
    make_port();
    call_remotely(0);
  } else if (!strcmp(way, "idle")) {
    make_port();
    tornado_ppc(port, object, 0, 0, 0, 0, 0, 0);
    tornado_call(TORNADO_CALL_EXIT, 0, 0, 0, 0, 0, 0);
  } else if (!strcmp(way, "everyone")) {
    tornado_call(TORNADO_CALL_MAKE_PORT, (long)main, 0, 0, 1, 0, 0);
    wait_for_ever(&never);
  } else if (!strcmp(way, "family")) {
    tornado_start_self(1, "waits\0threads", 14);
    wait_for_ever(&never);
  }
  return 2;
}
