// The heap beside its common case (heap.S): where blocks come from when a pool is empty, and where they go
// from a full one or from another's.
//
// Free memory is grouped by station, as in the kernel: a station's processors pass batches of line-sized
// blocks among themselves; a block freed in another station goes back in a batch with others. Small blocks go
// back to the processor that they are from. What several processors touch is changed by LL/SC alone; what one
// processor's threads share is under a lock that only they can want, and who wants it lets the holder run.
#include "heap.h"

#include "c/stdlib.h"

enum {
  line = TORNADO_LINE,
  small_pools = SMALL_LARGEST / SMALL_UNIT,
  line_pools = LINE_LARGEST / line,
  pools = small_pools + line_pools,
  stations_at_most = 16,
  processors_at_most = 16,  // of a station
  batch = 8,                // blocks that go between a processor and its station, and to other stations, at a time
  chunk = 1 << 16,          // what a processor asks of the kernel at a time
  largest_class = 40,
  no_memory = 12,
};

// --- What a processor has for itself
// ------------------------------------------------------------------------------------

struct pool {
  uint64_t word;
  uint64_t home;
};

struct own_data {
  struct pool small[small_pools], unused, lines[line_pools];
  // 1 while one of the processor's threads is in here.
  uint64_t lock;
  // The next page of the chunk that is being used up, and its end.
  char *next, *end;
  // Of each pool: the next block of the page that is being cut up, or null.
  char *fresh[pools];
  // Of each small pool: the blocks that it had no room for, a list through first words.
  uint64_t kept[small_pools];
  // Blocks for other stations: a list through first words, and how many.
  struct leaving {
    uint64_t first, count;
  } leaving[stations_at_most];
};
#define own ((struct own_data *)HEAP_BASE)
_Static_assert((uint64_t)HEAP_UPPER << 16 == TORNADO_OWN, "layout");
_Static_assert(offsetof(struct own_data, small) == SMALL_POOLS - (HEAP_BASE & 0xffff), "layout");
_Static_assert(offsetof(struct own_data, lines) == LINE_POOLS - (HEAP_BASE & 0xffff), "layout");
_Static_assert(sizeof(struct own_data) <= HEAP_PAGE / 2, "size");

// What the kernel says of the own processor (docs/programs.md); zeros elsewhere.
#define own_word(offset) (*(const uint64_t *)(TORNADO_OWN + (offset)))
#define own_number (own_word(TORNADO_OWN_NUMBER))
#define own_station (own_word(TORNADO_OWN_STATION))
#define own_index (own_number % (own_word(TORNADO_OWN_STATION_SIZE) ? own_word(TORNADO_OWN_STATION_SIZE) : 1))

static void lock(void) {
  while (tornado_compare_exchange(&own->lock, 0, 1) != 0) tornado_call(TORNADO_CALL_SCHED_YIELD, 0, 0, 0, 0, 0, 0);
}
static void unlock(void) { tornado_store(&own->lock, 0); }

// --- What a station's processors share
// ---------------------------------------------------------------------------------

struct shared_word {
  _Alignas(TORNADO_LINE) uint64_t word;
};
struct station {
  // Batches of blocks, by lines: each batch's first block has the next batch in its second word.
  struct shared_word batches[line_pools];
  // Lines that other stations' processors freed, and small blocks that other processors freed, by the
  // processor whose they are.
  struct shared_word returned, own_returned[processors_at_most];
  // Blocks of whole pages, by the power of two, as lists through first words.
  struct shared_word large[largest_class];
};
// Each in memory of its station; null until one of its processors needs it. Written once a station, so all
// may keep a copy.
static struct {
  _Alignas(TORNADO_LINE) struct station *of[stations_at_most];
} stations;

static struct station *station_of(uint64_t number) { return (struct station *)tornado_load((uint64_t *)&stations.of[number]); }

static struct station *own_shared(void) {
  struct station *station = station_of(own_station);
  if (station) return station;
  // A processor that comes second leaves its own page unused.
  station = tornado_map_at(sizeof *station, (long)own_number);
  if (!station) return 0;
  uint64_t other = tornado_compare_exchange((uint64_t *)&stations.of[own_station], 0, (uint64_t)station);
  return other ? (struct station *)other : station;
}

// Takes one element, whose word at `next` names the following one. The link makes sure that the element is
// still the first, and the same, when it goes: comparing addresses would not.
static void *pop(uint64_t *head, unsigned next) {
  uint64_t first, second;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %0, 0(%2)\n\tbeqz %0, 2f\n\tdaddu %1, %0, %3\n\tld %1, 0(%1)\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n2:\n\t.set pop"
      : "=&r"(first), "=&r"(second)
      : "r"(head), "r"((uint64_t)next)
      : "memory");
  return (void *)first;
}
static void push(uint64_t *head, void *first, uint64_t *last) {
  uint64_t seen = tornado_load(head);
  for (;;) {
    tornado_store(last, seen);
    uint64_t before = tornado_compare_exchange(head, seen, (uint64_t)first);
    if (before == seen) return;
    seen = before;
  }
}
static uint64_t take_all(uint64_t *head) {
  uint64_t seen = tornado_load(head);
  while (seen) {
    uint64_t before = tornado_compare_exchange(head, seen, 0);
    if (before == seen) break;
    seen = before;
  }
  return seen;
}

// --- Pages
// -----------------------------------------------------------------------------------------------------------

struct page {
  struct pool *pool;
  uint64_t home;
  uint64_t bytes;  // of a block; of a large one, with its page's header
};
// Pages for large blocks come when they are touched, from where they are touched. Those of smaller ones are
// there at once: who asks is told when there are none. Tornado's are at multiples of the page size; QEMU's
// pages may be smaller.
static char *map_pages(size_t bytes, int now) {
  char *memory = now ? tornado_map_at(bytes, (long)own_number) : tornado_map(bytes);
  if (!((uintptr_t)memory & (HEAP_PAGE - 1))) return memory;
  memory = tornado_map(bytes + HEAP_PAGE);
  return memory ? (char *)(((uintptr_t)memory + HEAP_PAGE - 1) & -(uintptr_t)HEAP_PAGE) : 0;
}
static struct page *page_of(const void *memory) { return (struct page *)((uintptr_t)memory & -(uintptr_t)HEAP_PAGE); }

enum { small_home = 1 << 16, large_home = 1 << 17 };
static int pool_number(const struct pool *pool) { return pool < own->lines ? (int)(pool - own->small) : small_pools + (int)(pool - own->lines); }
static int is_small(const struct pool *pool) { return pool < own->lines; }
static uint64_t pool_bytes(const struct pool *pool) {
  return is_small(pool) ? (uint64_t)(pool - own->small + 1) * SMALL_UNIT : (uint64_t)(pool - own->lines + 1) * line;
}
static struct pool *pool_for(size_t bytes) {
  size_t size = bytes ? bytes - 1 : 0;
  return size < SMALL_LARGEST ? &own->small[size / SMALL_UNIT] : &own->lines[size / line];
}

// --- Blocks and pools, with the lock held
// ---------------------------------------------------------------------------------

// The common case may come between: its threads interrupt each other anywhere.
static int put(struct pool *pool, void *block) {
  for (;;) {
    uint64_t word = tornado_load(&pool->word);
    if ((word & POOL_ROOM) == 0) return 0;
    *(uint64_t *)block = word;
    if (tornado_compare_exchange(&pool->word, word, (uint64_t)block + (word & POOL_ROOM) - 1) == word) return 1;
  }
}
// As in heap.S. (Comparing the word would not do: block and room may be the same again, and the following
// block another.)
static void *take(struct pool *pool) {
  uint64_t block, word;
  __asm__ volatile(
      ".set push\n\t.set noat\n\t.set noreorder\n"
      "1:\tlld %1, 0(%2)\n\tdsrl %0, %1, 4\n\tbeqz %0, 2f\n\tdsll %0, %0, 4\n\tld %1, 0(%0)\n\tscd %1, 0(%2)\n\tbeqz %1, 1b\n\tnop\n2:\n\t.set pop"
      : "=&r"(block), "=&r"(word)
      : "r"(&pool->word)
      : "memory");
  return (void *)block;
}

static void push_batch(struct pool *pool, void *first) {
  struct station *station = own_shared();
  push(&station->batches[pool - own->lines].word, first, (uint64_t *)first + 1);
}

// Prepares a pool at its first use here.
static int prepare(struct pool *pool) {
  if (pool->home) return 1;
  if (!own_shared()) return 0;
  pool->word = POOL_ROOM;
  pool->home = is_small(pool) ? small_home + own_number : 1 + own_station;
  return 1;
}

// Puts a block whose home is here, making room if need be.
static void put_back(struct pool *pool, void *block) {
  prepare(pool);  // its station's memory is there: the block comes from it
  while (!put(pool, block)) {
    // Half of them: to the station, or for small ones, which stay, to what is kept.
    uint64_t *first = take(pool), *last = first;
    for (int count = 1; last && count < batch; count++) {
      uint64_t *next = take(pool);
      *last = (uint64_t)next;
      if (!next) break;
      last = next;
    }
    if (!first) continue;
    *last = 0;
    if (is_small(pool)) {
      *last = own->kept[pool - own->small];
      own->kept[pool - own->small] = (uint64_t)first;
    } else {
      push_batch(pool, first);
    }
  }
}

// Puts back a list of blocks.
static int put_back_all(uint64_t list) {
  int any = list != 0;
  while (list) {
    uint64_t *block = (uint64_t *)list;
    list = *block;
    put_back(page_of(block)->pool, block);
  }
  return any;
}

// The first block of the page that is being cut up, or of a new one.
static void *cut(struct pool *pool) {
  char **fresh = &own->fresh[pool_number(pool)];
  uint64_t bytes = pool_bytes(pool);
  if (!*fresh) {
    if (own->next == own->end) {
      char *memory = map_pages(chunk, 1);
      if (!memory) return 0;
      own->next = memory;
      own->end = memory + chunk;
    }
    struct page *page = (struct page *)own->next;
    own->next += HEAP_PAGE;
    *page = (struct page){pool, pool->home, bytes};
    *fresh = (char *)page + line;
  }
  char *block = *fresh;
  *fresh = block + 2 * bytes <= (char *)page_of(block) + HEAP_PAGE ? block + bytes : 0;
  return block;
}

// --- Blocks of whole pages
// ----------------------------------------------------------------------------------------------

// Powers of two from two pages on, header included; they stay mapped, and with the station that they are
// from.
static void *allocate_large(size_t bytes) {
  if (bytes > (size_t)1 << (largest_class - 1)) return 0;
  int class = 15;
  while (((size_t)1 << class) < bytes + line) class++;
  lock();
  struct station *station = own_shared();
  unlock();
  if (!station) return 0;
  char *block = pop(&station->large[class].word, 0);
  if (block) return block;
  struct page *page = (struct page *)map_pages((size_t)1 << class, 0);
  if (!page) return 0;
  *page = (struct page){own->small, large_home + own_station, (uint64_t)1 << class};
  return (char *)page + line;
}

static void free_large(struct page *page, int class) {
  uint64_t *block = (uint64_t *)((char *)page + line);
  push(&station_of(page->home - large_home)->large[class].word, block, block);
}

// --- What heap.S hands on
// -------------------------------------------------------------------------------------------------

void *heap_allocate_slowly(size_t bytes) {
  if (bytes > LINE_LARGEST) return allocate_large(bytes);
  struct pool *pool = pool_for(bytes);
  lock();
  void *block = 0;
  if (prepare(pool)) {
    struct station *station = own_shared();
    block = take(pool);
    if (!block && is_small(pool)) {
      uint64_t *kept = &own->kept[pool - own->small];
      for (int count = 0; *kept && count < batch; count++) {
        uint64_t *first = (uint64_t *)*kept;
        *kept = *first;
        if (!put(pool, first)) {
          *first = *kept;
          *kept = (uint64_t)first;
          break;
        }
      }
      block = take(pool);
    } else if (!block) {
      uint64_t *first = pop(&station->batches[pool - own->lines].word, 8);
      block = first;
      if (first) put_back_all(*first);
    }
    if (!block) {
      int any = put_back_all(take_all(&station->own_returned[own_index].word));
      any |= put_back_all(take_all(&station->returned.word));
      if (any) block = take(pool);
    }
    if (!block) block = cut(pool);
  }
  unlock();
  return block;
}

static void send(uint64_t home, struct leaving *leaving) {
  uint64_t *last = (uint64_t *)leaving->first;
  while (*last) last = (uint64_t *)*last;
  push(&station_of(home)->returned.word, (void *)leaving->first, last);
  *leaving = (struct leaving){0, 0};
}

void heap_free_slowly(void *memory) {
  struct page *page = page_of(memory);
  if (page->home >= large_home) {
    free_large(page, __builtin_ctzl(page->bytes));
    return;
  }
  lock();
  struct pool *pool = page->pool;
  prepare(pool);
  if (page->home == pool->home) {
    put_back(pool, memory);
  } else if (page->home >= small_home) {
    uint64_t processors = own_word(TORNADO_OWN_STATION_SIZE), number = page->home - small_home;
    push(&station_of(number / processors)->own_returned[number % processors].word, memory, memory);
  } else {
    uint64_t home = page->home - 1;
    struct leaving *leaving = &own->leaving[home];
    *(uint64_t *)memory = leaving->first;
    leaving->first = (uint64_t)memory;
    if (++leaving->count == batch) send(home, leaving);
  }
  unlock();
}

// --- The rest of the C library's interface
// ---------------------------------------------------------------------------------

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  if (alignment & (alignment - 1) || alignment >= HEAP_PAGE) return no_memory;
  // A block of lines is aligned to a line; in one of whole pages, any place in its first page will do.
  char *memory = alignment <= SMALL_UNIT ? malloc(bytes) : alignment <= line ? malloc(bytes > SMALL_LARGEST ? bytes : line) : allocate_large(bytes + alignment);
  if (!memory) return no_memory;
  if (alignment > line) memory = (char *)page_of(memory) + alignment;
  *result = memory;
  return 0;
}

void *calloc(size_t count, size_t bytes) {
  if (bytes && count > ((size_t)1 << 40) / bytes) return 0;
  void *memory = malloc(count * bytes);
  return memory ? memset(memory, 0, count * bytes) : 0;
}

void *realloc(void *memory, size_t bytes) {
  if (!memory) return malloc(bytes);
  struct page *page = page_of(memory);
  size_t held = page->home >= large_home ? page->bytes - (size_t)((char *)memory - (char *)page) : page->bytes;
  if (bytes <= held) return memory;
  void *fresh = malloc(bytes);
  if (!fresh) return 0;
  memcpy(fresh, memory, held);
  free(memory);
  return fresh;
}
