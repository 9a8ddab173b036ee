// How a process becomes the job's name server: it is started from the program's own file, with an argument
// that nobody else gives.
#include "tornado.h"

_Noreturn void tornado_serve_names(void);

static const char argument[] = "--tornado-name-server";

static void serve_if_asked(void) {
  if (tornado_program.argument_count != 2) return;
  const char *given = tornado_program.arguments[1];
  if (strlen(given) == sizeof argument - 1 && !memcmp(given, argument, sizeof argument)) tornado_serve_names();
}
__attribute__((section(".early.names"))) static void (*const early)(void) = serve_if_asked;

long tornado_start_name_server(void) {
  if (*(void (*const volatile *)(void)) & early != serve_if_asked) return -1;
  char arguments[sizeof "name-server" + sizeof argument] = "name-server";
  memcpy(arguments + sizeof "name-server", argument, sizeof argument);
  return tornado_start_self(tornado_processor(), arguments, sizeof arguments);
}
