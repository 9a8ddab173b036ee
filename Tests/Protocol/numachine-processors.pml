// Secondary caches, links, what an instruction does, and what a station keeps beside each processor.

typedef SecondaryLine {
  mtype state = invalid;
  byte value
}
SecondaryLine secondary[PROCESSORS * LINES];

typedef Core {
  bool isWaiting;
  // The instruction in hand, and the line that it needs.
  mtype access;
  byte line;
  bool linked;
  byte linkLine;
  // The station has refused the request: it is to be made again.
  bool isRefused;
  // A line is on its way from the network cache.
  bool fillUnderWay;
  bool usedOnce;
  byte answer;
  mtype answerState;
#ifdef LIVENESS
  // Processors whose requests are older.
  byte older;
#endif
  // Ghosts: somebody else has written the linked line; the newest version of a line has been seen.
  bool overwritten;
  byte seen
}
Core processor[PROCESSORS];

// Ghost: each line's newest version. Versions begin again after a while, so that there are finitely many.
byte latest[LINES];
#ifndef VERSIONS
#define VERSIONS 3
#endif
#ifdef LITMUS
byte stored[PROCESSORS];
byte loaded[PROCESSORS];
#endif
// For progress: the last instruction was a store or an SC that succeeded.
bool succeeded;
bool isTransferring;
hidden byte q, r;

#define LINE(aProcessor) secondary[(aProcessor) * LINES + line]
#define IS_LINKED(aProcessor) (processor[aProcessor].linked && processor[aProcessor].linkLine == line)
#define PRINT(aStation) printf("station %d: ", aStation); printm(kind); printf(" for processor %d, flags ", requester); printm(flags); printf(", value %d\n", value)

inline snoopInvalidate(aStation, someProcessors) {
  q = aStation * PER_STATION;
  do
  :: q < (aStation + 1) * PER_STATION ->
     if
     :: (someProcessors) & BIT(q) -> snoop(q, true)
     :: else
     fi;
     q++
  :: else -> break
  od;
  q = 0
}

// The line is lost, or becomes shared.
inline snoop(aProcessor, isInvalidation) {
  if
  :: IS_LINKED(aProcessor) && isInvalidation && !(DROP_LINK && LINE(aProcessor).state == invalid) -> unlink(aProcessor)
  :: else
  fi;
  if
  :: processor[aProcessor].isWaiting && processor[aProcessor].line == line && isInvalidation && !DROP_USED_ONCE &&
     (processor[aProcessor].fillUnderWay || homeOutput[line] ?? [data, eval(line), _, eval(aProcessor), _, shared, _, _]) -> processor[aProcessor].usedOnce = true
  :: else
  fi;
  if
  :: LINE(aProcessor).state == invalid
  :: LINE(aProcessor).state != invalid && isInvalidation -> LINE(aProcessor).state = invalid; LINE(aProcessor).value = 0
  :: LINE(aProcessor).state != invalid && !isInvalidation -> LINE(aProcessor).state = shared
  fi
}

inline unlink(aProcessor) {
  processor[aProcessor].linked = false;
  processor[aProcessor].linkLine = 0;
  processor[aProcessor].overwritten = false
}

// What a message does to the waiting processor is done at the end of the step: a fill, a grant or a refusal.
hidden byte finished;
hidden mtype finishKind, finishState;

inline fill(aProcessor, aState) {
  finished = aProcessor + 1; finishKind = data; finishState = aState
}

inline grantUpgrade(aProcessor) {
  finished = aProcessor + 1; finishKind = grant
}

inline refuseConditional(aProcessor) {
  finished = aProcessor + 1; finishKind = refuse
}

#define WAITER (finished - 1)
inline finish() {
  if
  :: finished != 0 ->
     assert(processor[WAITER].isWaiting && processor[WAITER].line == line);
     if
     :: finishKind == refuse -> assert(processor[WAITER].access == storeConditional); unlink(WAITER)
     :: else ->
        if
        :: finishKind == data ->
           assert(LINE(WAITER).state == invalid || LINE(WAITER).state == shared);
           LINE(WAITER).state = finishState;
           LINE(WAITER).value = value
        :: finishKind == grant ->
           assert(LINE(WAITER).state == shared);
           LINE(WAITER).state = dirtyExclusive;
           // Who still has its copy still has its link: some SC always succeeds.
           assert(processor[WAITER].access == store || IS_LINKED(WAITER))
        fi;
        // The waiting instruction is executed when its line comes, before anyone can take it away.
        if
        :: DROP_FILL_USE && finishKind == data
        :: else -> complete(WAITER, processor[WAITER].access)
        fi
     fi;
     if
     :: processor[WAITER].usedOnce -> processor[WAITER].usedOnce = false; unlinkFrom(WAITER); LINE(WAITER).state = invalid; LINE(WAITER).value = 0
     :: else
     fi;
     resume(WAITER);
     finished = 0; finishKind = 0; finishState = 0
  :: else
  fi
}

inline unlinkFrom(aProcessor) {
  if
  :: IS_LINKED(aProcessor) -> unlink(aProcessor)
  :: else
  fi
}

inline resume(aProcessor) {
  processor[aProcessor].isWaiting = false;
  processor[aProcessor].access = 0;
  processor[aProcessor].line = 0;
#ifdef LIVENESS
  r = 0;
  do
  :: r < PROCESSORS -> processor[r].older = processor[r].older & ~BIT(aProcessor); r++
  :: else -> break
  od;
  r = 0;
  processor[aProcessor].older = 0
#endif
}

// A processor begins an instruction.
inline issue(aProcessor, anAccess, aLine) {
  succeeded = false;
  line = aLine;
  kind = anAccess;
  printf("processor %d: ", aProcessor); printm(kind); printf(" line %d, held ", line); printm(LINE(aProcessor).state); printf("\n");
  kind = 0;
  if
  :: LINE(aProcessor).state == invalid || LINE(aProcessor).state == shared && (anAccess == store || anAccess == storeConditional) ->
     processor[aProcessor].isWaiting = true;
     processor[aProcessor].access = anAccess;
     processor[aProcessor].line = line;
#ifdef LIVENESS
     r = 0;
     do
     :: r < PROCESSORS ->
        if
        :: r != aProcessor && processor[r].isWaiting -> processor[aProcessor].older = processor[aProcessor].older | BIT(r)
        :: else
        fi;
        r++
     :: else -> break
     od;
     r = 0;
#endif
     if
     :: oneSlot ->
        // The line that makes room goes first. An upgrade's line is in the slot itself: the other is not.
        line = 1 - line;
        replace(aProcessor);
        line = 1 - line
     :: else
     fi;
     makeRequest(aProcessor)
  :: else ->
     if
     :: anAccess == store || anAccess == storeConditional -> LINE(aProcessor).state = dirtyExclusive
     :: else
     fi;
     complete(aProcessor, anAccess)
  fi;
  kind = 0
}

// The request of the waiting instruction, as the processor holds the line now.
inline makeRequest(aProcessor) {
  processor[aProcessor].isRefused = false;
  kind = processor[aProcessor].access;
  if
  :: LINE(aProcessor).state == invalid && (kind == load || kind == loadLinked) -> kind = read
  :: LINE(aProcessor).state == invalid && (kind == store || kind == storeConditional) ->
     kind = readExclusive
  :: LINE(aProcessor).state == shared && kind == store -> kind = upgrade
  :: LINE(aProcessor).state == shared && kind == storeConditional -> kind = conditionalUpgrade
  fi;
  if
  :: HOME(line) == STATION(aProcessor) -> SEND(request[aProcessor], 1) ! kind, line
  :: else -> lookUp(STATION(aProcessor), aProcessor)
  fi;
  kind = 0
}

#define INTERRUPTS
// A processor interrupts one of another station.
inline interruptProcessor(aProcessor, anotherProcessor) {
  kind = interrupt; line = 0; source = STATION(aProcessor); requester = aProcessor; processors = BIT(anotherProcessor); flags = invalid; value = 0;
  toRing(source, BIT(STATION(anotherProcessor)));
  kind = 0
}

// The line makes room for another: a dirty one goes home, of a clean one nobody is told. A link survives the latter, because its home goes on
// telling this processor of writes; not the former.
inline replace(aProcessor) {
  printf("processor %d: line %d makes room, held ", aProcessor, line); printm(LINE(aProcessor).state); printf("\n");
  if
  :: LINE(aProcessor).state == dirtyExclusive ->
     if
     :: IS_LINKED(aProcessor) -> unlink(aProcessor)
     :: else
     fi;
     if
     :: HOME(line) == STATION(aProcessor) -> takeLocalWriteBack(aProcessor)
     :: else -> takeWriteBackOf(STATION(aProcessor), aProcessor)
     fi
  :: else
  fi;
  LINE(aProcessor).state = invalid;
  LINE(aProcessor).value = 0
}

// What an instruction does that has its line.
inline complete(aProcessor, anAccess) {
  if
  :: anAccess == load || anAccess == loadLinked ->
     assert(LINE(aProcessor).state != invalid);
#ifdef LITMUS
     loaded[aProcessor] = LINE(aProcessor).value;
#else
     // Monotone reads: who has seen the newest version never sees an older one.
     if
     :: LINE(aProcessor).value == latest[line] -> processor[aProcessor].seen = processor[aProcessor].seen | BIT(line)
     :: else -> assert(!(processor[aProcessor].seen & BIT(line)))
     fi;
#endif
     if
     :: anAccess == loadLinked ->
        processor[aProcessor].linked = true;
        processor[aProcessor].linkLine = line;
        processor[aProcessor].overwritten = (LINE(aProcessor).value != latest[line])
     :: else
     fi
  :: anAccess == store -> write(aProcessor)
  :: anAccess == storeConditional ->
     if
     :: IS_LINKED(aProcessor) ->
        assert(!processor[aProcessor].overwritten);
        write(aProcessor)
     :: else
     fi;
     unlink(aProcessor)
  fi
}

inline write(aProcessor) {
  assert(LINE(aProcessor).state == dirtyExclusive);
#ifdef LIVENESS
  succeeded = true;
#endif
#ifdef LITMUS
  latest[line] = stored[aProcessor];
  LINE(aProcessor).value = latest[line]
#else
  // No update is lost: what is overwritten is the newest.
  assert(LINE(aProcessor).value == latest[line]);
  written(aProcessor);
  LINE(aProcessor).value = latest[line]
#endif
}

// A new version exists. Nobody else owns the line, and links are broken or will be.
inline written(aProcessor) {
  latest[line] = (latest[line] + 1) % VERSIONS;
  r = 0;
  do
  :: r < PROCESSORS ->
     if
     :: r != aProcessor ->
        assert(LINE(r).state == invalid || LINE(r).state == shared);
        processor[r].seen = processor[r].seen & ~BIT(line);
        if
        :: IS_LINKED(r) -> processor[r].overwritten = true
        :: else
        fi
     :: else -> processor[r].seen = processor[r].seen | BIT(line)
     fi;
     r++
  :: else -> break
  od;
  r = 0
}
