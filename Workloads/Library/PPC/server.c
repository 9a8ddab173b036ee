// The side of the server: ports, and which objects can be called from outside.
#include "tornado.h"

enum { table_entries = 65536, exists = 1, external = 2 };

// For each entry of the translation table the function that calls of its object go to; 0 where there is none,
// or it accepts no external calls.
tornado_stub tornado_external_stubs[table_entries];

void tornado_ppc_entry(void), tornado_ppc_fault_entry(void);

long tornado_make_port_at(void (*entry)(void), int mapped_stacks) {
  return tornado_call(TORNADO_CALL_MAKE_PORT, (long)entry, mapped_stacks != 0, 0, 0, 0, 0);
}
long tornado_make_port(int mapped_stacks) {
  return tornado_call(TORNADO_CALL_MAKE_PORT, (long)tornado_ppc_entry, mapped_stacks != 0, (long)tornado_ppc_fault_entry, 0, 0, 0);
}
long tornado_name_server(long port) { return tornado_call(TORNADO_CALL_NAME_SERVER, port, 0, 0, 0, 0, 0); }

int tornado_set_external(uint64_t object, tornado_stub stub) {
  uint64_t offset = object - TORNADO_TABLE;
  if (offset >= table_entries * 16 || offset & 15) return -1;
  tornado_external_stubs[offset >> 4] = stub;
  // A program in C has no clustered objects, but it may call anything one: the first entries are nobody's.
  if (offset < 8 * 16) ((uint64_t *)TORNADO_GLOBAL_TABLE)[(offset >> 4) * 2 + 1] = stub ? exists | external : 0;
  return 0;
}
