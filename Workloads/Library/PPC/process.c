// Starting processes. A process is started from a program file in memory. A program's own file is put
// together from its text and constants, which nobody changes, and from its data as they were at the start: a
// copy that is made before anything else happens, in the programs that use tornado_start_self.
#include "tornado.h"

enum { argument_error = 22, no_memory = 12 };

extern char __text_start[], __text_end[], __constants_start[], __constants_end[], __data_start[], __data_end[], __bss_end[];
extern char _start[];
static char *first_data;

static void keep_data(void) {
  size_t bytes = (size_t)(__data_end - __data_start);
  if (bytes && (first_data = tornado_map(bytes))) memcpy(first_data, __data_start, bytes);
}
__attribute__((section(".early.process"))) static void (*const early)(void) = keep_data;

long tornado_start_process(const void *file, size_t bytes, long n, const char *arguments, size_t argument_bytes) {
  return tornado_call(TORNADO_CALL_START, (long)file, (long)bytes, (long)arguments, (long)argument_bytes, n, 0);
}

struct header {
  uint8_t identification[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, segments_offset, sections_offset;
  uint32_t flags;
  uint16_t header_bytes, segment_bytes, segment_count, section_bytes, section_count, names;
};
struct segment {
  uint32_t type, flags;
  uint64_t offset, address, physical_address, file_bytes, memory_bytes, alignment;
};
struct file {
  struct header header;
  struct segment segments[3];
  char content[];
};

long tornado_start_self(long n, const char *arguments, size_t argument_bytes) {
  const struct {
    const char *content;
    char *start, *end, *memory_end;
    uint32_t flags;
  } parts[] = {
      {__text_start, __text_start, __text_end, __text_end, 5},
      {__constants_start, __constants_start, __constants_end, __constants_end, 4},
      {first_data, __data_start, __data_end, __bss_end, 6},
  };
  // (The function that `early` names is there with it.)
  if (*(void (*const volatile *)(void)) & early != keep_data || (__data_end > __data_start && !first_data)) return -no_memory;
  size_t bytes = sizeof(struct file);
  for (int i = 0; i < 3; i++) bytes += (size_t)(parts[i].end - parts[i].start);
  // All of it at once, or none: who has no memory is told, not ended.
  struct file *file = tornado_map_at(bytes, tornado_processor());
  if (!file) return -no_memory;
  file->header = (struct header){
      .identification = {0x7f, 'E', 'L', 'F', 2, 1, 1},
      .type = 2,
      .machine = 8,
      .version = 1,
      .entry = (uint64_t)_start,
      .segments_offset = sizeof(struct header),
      .flags = 0x20000000,
      .header_bytes = sizeof(struct header),
      .segment_bytes = sizeof(struct segment),
  };
  size_t next = 0;
  int count = 0;
  for (int i = 0; i < 3; i++) {
    size_t length = (size_t)(parts[i].end - parts[i].start);
    size_t memory = (size_t)(parts[i].memory_end - parts[i].start);
    if (!memory) continue;
    file->segments[count++] = (struct segment){
        .type = 1,
        .flags = parts[i].flags,
        .offset = sizeof(struct file) + next,
        .address = (uint64_t)parts[i].start,
        .file_bytes = length,
        .memory_bytes = memory,
        .alignment = 16384,
    };
    memcpy(file->content + next, parts[i].content, length);
    next += length;
  }
  file->header.segment_count = (uint16_t)count;
  long result = tornado_start_process(file, sizeof(struct file) + next, n, arguments, argument_bytes);
  tornado_unmap(file, bytes);
  return result;
}
