// What must hold.
//
// Everywhere: the assertions of the other files. Here: what holds when nothing is under way, and progress.

#ifndef LIVENESS
proctype Rest() {
end:
  do
  :: d_step {
       inFlight == 0 ->
       line = 0;
       do
       :: line < LINES ->
          // Every request has been answered.
          assert(!ENTRY.lock && len(waiting[line]) == 0);
          // Memory is valid unless an owner has written.
          assert(ENTRY.state == exclusive || ENTRY.memory == latest[line]);
          assert(ENTRY.state != uncached || ENTRY.holders == 0);
          others = 0;
          q = 0;
          do
          :: q < PROCESSORS ->
             assert(!processor[q].isWaiting);
             // No stale copy, no copy that the directory does not know.
             assert(LINE(q).state == invalid || LINE(q).value == latest[line]);
             assert(LINE(q).state == invalid || ENTRY.holders & BIT(q));
             assert(LINE(q).state != shared || ENTRY.state == shared);
             assert(LINE(q).state == invalid || LINE(q).state == shared || ENTRY.state == exclusive && ENTRY.holders == BIT(q));
             others = others + (LINE(q).state == dirtyExclusive -> 1 : 0);
             q++
          :: else -> break
          od;
          q = 0;
          assert(others == 1 || ENTRY.memory == latest[line]);
          line++
       :: else -> break
       od;
       line = 0
     }
  od
}
#else
// Every request of this processor is answered.
ltl answered { [] (processor[subject].isWaiting -> <> !processor[subject].isWaiting) }
// No live-lock: again and again somebody's SC succeeds, or somebody's store is done.
ltl someSucceeds { []<> succeeded }
#endif
