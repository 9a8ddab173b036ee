// What must hold.
//
// Everywhere: the assertions of the other files. Here: what holds when nothing is under way, and progress.

#ifndef LIVENESS
#define HAS_LINE(aProcessor) (LINE(aProcessor).state == cleanExclusive || LINE(aProcessor).state == dirtyExclusive)
proctype Rest() {
end:
  do
  :: d_step {
       inFlight == 0 ->
       line = 0;
       do
       :: line < LINES ->
          // Every request has been answered, but those that their own station has refused and that will be made again.
          assert(ENTRY.lock == 0);
          // Memory is valid unless somebody owns the line.
          assert(ENTRY.state == localInvalid || ENTRY.state == globalInvalid || ENTRY.memory == latest[line]);
          assert((ENTRY.state == globalValid || ENTRY.state == globalInvalid) == (ENTRY.stations != 0));
          assert(ENTRY.state != globalInvalid || ENTRY.processors == 0 && (ENTRY.stations & (ENTRY.stations - 1)) == 0);
          others = 0;
          q = 0;
          do
          :: q < PROCESSORS ->
             assert(!processor[q].isWaiting || processor[q].isRefused);
             // No stale copy, no copy that its directory does not know.
             assert(LINE(q).state == invalid || LINE(q).value == latest[line]);
             if
             :: LINE(q).state == invalid
             :: LINE(q).state != invalid && STATION(q) == HOME(line) ->
                assert(ENTRY.processors & BIT(q));
                assert(LINE(q).state == shared || ENTRY.state == localInvalid);
                assert(LINE(q).state != shared || ENTRY.state == localValid || ENTRY.state == globalValid)
             :: LINE(q).state != invalid && STATION(q) != HOME(line) ->
                assert(ENTRY.stations & BIT(STATION(q)));
                assert(FRAME(STATION(q)).state == notIn || FRAME(STATION(q)).processors & BIT(q));
                assert(LINE(q).state == shared || ENTRY.state == globalInvalid);
                assert(LINE(q).state == shared || FRAME(STATION(q)).state == localInvalid || FRAME(STATION(q)).state == notIn);
                assert(LINE(q).state != shared || FRAME(STATION(q)).state == localValid || FRAME(STATION(q)).state == globalValid || FRAME(STATION(q)).state == notIn)
             fi;
             others = others + (HAS_LINE(q) -> 1 : 0);
             q++
          :: else -> break
          od;
          s = 0;
          do
          :: s < STATIONS ->
             if
             :: s != HOME(line) ->
                assert(FRAME(s).lock == 0);
                assert(FRAME(s).state != localValid && FRAME(s).state != localInvalid || ENTRY.state == globalInvalid && ENTRY.stations == BIT(s));
                assert(FRAME(s).state != localValid && FRAME(s).state != globalValid || FRAME(s).value == latest[line]);
                assert(FRAME(s).state != globalValid || ENTRY.state == globalValid && ENTRY.stations & BIT(s));
                others = others + (FRAME(s).state == localValid -> 1 : 0)
             :: else
             fi;
             s++
          :: else -> break
          od;
          s = 0;
          q = 0;
          // Somebody has the newest version.
          assert(others <= 1);
          assert(others == 1 || ENTRY.memory == latest[line]);
          others = 0;
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
