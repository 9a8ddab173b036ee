// The program's translation table: the kernel fills its pages with entries that miss, once it knows where the
// miss record is.
#include "tornado.h"

enum { no_system_call = -89 };
enum { table_start = 0x70000000, table_bytes = 0x100000, shared_start = 0x72000000, shared_bytes = 0x200000 };

extern uint64_t translation_miss_record[];
extern void swift_release(void *);

// Where there is no Tornado: one processor, and everything at once.
static void make_everything(void) {
  long result = tornado_call(TORNADO_CALL_MMAP, table_start, table_bytes, 3, 0x812, -1, 0);
  if (result == table_start) result = tornado_call(TORNADO_CALL_MMAP, shared_start, shared_bytes, 3, 0x812, -1, 0);
  if (result != shared_start) __builtin_trap();
  uint64_t *table = (uint64_t *)table_start;
  for (long entry = 0; entry < 65536; entry++) {
    table[2 * entry] = (uint64_t)(table + 2 * entry + 1);
    table[2 * entry + 1] = (uint64_t)translation_miss_record;
  }
  uint64_t *own = (uint64_t *)(table_start + table_bytes);
  own[2] = own[3] = 1;
  own[4] = shared_start + 0x103000;
  own[5] = 16;
}

void tornado_objects_start(void) {
  long result = tornado_call(TORNADO_CALL_OBJECTS, (long)translation_miss_record, 0, 0, 0, 0, 0);
  if (result == no_system_call) make_everything();
  tornado_program.has_objects = 1;
}

void tornado_release(void *object) { swift_release(object); }
