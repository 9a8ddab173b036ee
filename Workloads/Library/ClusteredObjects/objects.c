// The program's translation table: the kernel fills its pages with entries that miss, once it knows where the
// miss record is.
#include "tornado.h"

enum { no_system_call = -89 };
enum { table_bytes = 1 << TORNADO_TABLE_BYTES_SHIFT };

extern uint64_t translation_miss_record[];
extern void swift_release(void *);

// Where there is no Tornado: one processor, and everything at once.
static void make_everything(void) {
  long result = tornado_call(TORNADO_CALL_MMAP, TORNADO_TABLE, table_bytes, 3, 0x812, -1, 0);
  if (result == TORNADO_TABLE) result = tornado_call(TORNADO_CALL_MMAP, TORNADO_GLOBAL_TABLE, TORNADO_SHARED_BYTES, 3, 0x812, -1, 0);
  if (result != TORNADO_GLOBAL_TABLE) __builtin_trap();
  uint64_t *table = (uint64_t *)TORNADO_TABLE;
  for (long entry = 0; entry < 65536; entry++) {
    table[2 * entry] = (uint64_t)(table + 2 * entry + 1);
    table[2 * entry + 1] = (uint64_t)translation_miss_record;
  }
  uint64_t *own = (uint64_t *)(TORNADO_OWN);
  own[TORNADO_OWN_PROCESSORS / 8] = own[TORNADO_OWN_STATION_SIZE / 8] = 1;
  own[TORNADO_OWN_BLOCK / 8] = TORNADO_BLOCKS;
  own[TORNADO_OWN_PART_SHIFT / 8] = 16;
}

void tornado_objects_start(void) {
  long result = tornado_call(TORNADO_CALL_OBJECTS, (long)translation_miss_record, 0, 0, 0, 0, 0);
  if (result == no_system_call) make_everything();
  tornado_program.has_objects = 1;
}

void tornado_release(void *object) { swift_release(object); }
