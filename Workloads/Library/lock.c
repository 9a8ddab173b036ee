// The ticket lock of tornado.h.
#include "tornado.h"

enum { call_sched_yield = 5023, tries_before_yield = 256 };

void tornado_lock(struct tornado_lock *lock) {
  uint64_t ticket = tornado_fetch_add(&lock->next, 1);
  // The holder may be a thread of the same processor: it has to run.
  for (int tries = 1; tornado_load(&lock->serving) != ticket; tries++) {
    if (tries % tries_before_yield == 0) tornado_call(call_sched_yield, 0, 0, 0, 0, 0, 0);
  }
}

void tornado_unlock(struct tornado_lock *lock) { tornado_store(&lock->serving, lock->serving + 1); }
