// The uncommon ways of tornado.h's locks: to spin, then to block; and to hand over.
//
// A lock for which threads sleep is never opened: it stays held, and passes to the thread that is woken, the
// one that has slept longest.
#include "tornado.h"

enum { wait_private = 128, wake_private = 129 };
enum { held = 1, waiting = 2 };
// Blocking and being woken takes some thousands of cycles: a little less pays for spinning.
enum { cycles_to_spin = 3000, longest_pause = 512 };

static long futex(uint64_t *word, long operation, long value) { return tornado_call(TORNADO_CALL_FUTEX, (long)word, operation, value, 0, 0, 0); }

static void set(uint64_t *word, uint64_t bits) {
  for (uint64_t seen = tornado_load(word), before; (before = tornado_compare_exchange(word, seen, seen | bits)) != seen;) seen = before;
}
static void clear(uint64_t *word, uint64_t bits) {
  for (uint64_t seen = tornado_load(word), before; (before = tornado_compare_exchange(word, seen, seen & ~bits)) != seen;) seen = before;
}

void tornado_lock_slowly(uint64_t *word) {
  for (uint64_t pause = 32, spent = 0; spent < cycles_to_spin; spent += pause) {
    uint64_t seen = tornado_load(word);
    if (seen & waiting) break;  // no use
    if (!(seen & held) && !tornado_try_lock(word)) return;
    tornado_delay(pause);
    if (pause < longest_pause) pause *= 2;
  }
  for (;;) {
    uint64_t seen = tornado_load(word);
    if (!(seen & held)) {
      if (!tornado_try_lock(word)) return;
    } else if (tornado_compare_exchange(word, seen, seen | waiting) == seen) {
      // The kernel looks again, with its list locked, whether the word's lower half is still so.
      if (futex(word, wait_private, (long)(int32_t)(seen | waiting)) == 0) {
        // The lock is ours now. Others may sleep too, and who woke us could not know.
        set(word, waiting);
        return;
      }
    }
  }
}

void tornado_unlock_slowly(uint64_t *word) {
  for (;;) {
    // First the mark, then the sleepers: who sets it again after this finds the lock held and is woken in
    // another turn.
    clear(word, waiting);
    if (futex(word, wake_private, 1) == 1) return;
    if (!tornado_try_unlock(word)) return;
  }
}
