// What processors do.

#ifdef LITMUS
#include "flat-litmus.pml"
#else

#define ANY 0
#define LINKED_LOOPS 1
#define STORE_LOOPS 2

proctype Processor(byte n) {
  mtype access;
  byte where;
  do
  // Any access at any time. An SC without its link fails at once, so it need not be tried.
  :: atomic {
       program == ANY && !processor[n].isWaiting ->
#if LINES > 1
       if
       :: where = 0
       :: where = 1
       fi;
#endif
       if
       :: access = load
       :: access = store
       :: access = loadLinked
       :: processor[n].linked && processor[n].linkLine == where -> access = storeConditional
       fi;
       d_step { issue(n, access, where); access = 0; where = 0 }
     }
  // LL and SC, or a store, again and again.
  :: d_step {
       program != ANY && !processor[n].isWaiting ->
       if
       :: program == STORE_LOOPS -> access = store
       :: program == LINKED_LOOPS && processor[n].linked -> access = storeConditional
       :: program == LINKED_LOOPS && !processor[n].linked -> access = loadLinked
       fi;
       issue(n, access, 0);
       access = 0
     }
  // Something else needs the slot.
  :: d_step { evictions && !processor[n].isWaiting && secondary[n * LINES].state != invalid -> line = 0; replace(n) }
#if LINES > 1
  :: d_step { evictions && !processor[n].isWaiting && secondary[n * LINES + 1].state != invalid -> line = 1; replace(n); line = 0 }
#endif
  od
}
#endif
