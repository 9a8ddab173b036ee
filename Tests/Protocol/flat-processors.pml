// FlatProtocol-processors.swift, and of Processor what the protocol sees (Processor-access.swift, Processor-answers.swift).

typedef SecondaryLine {
  mtype state = invalid;
  byte value
}

SecondaryLine secondary[PROCESSORS * LINES];

typedef Core {
  bool isWaiting;
  // The instruction in hand, and what it asked for.
  mtype access;
  byte line;
  bool linked;
  byte linkLine;
  // Ghost: somebody else has written the linked line.
  bool overwritten
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
hidden byte isHeld;

#define LINE(aProcessor) secondary[(aProcessor) * LINES + line]

// func notice
inline notice(aStation) {
  if
  :: kind == invalidate -> noticeInvalidate(aStation)
  :: kind == intervene || kind == interveneExclusive -> noticeIntervene(aStation)
  :: kind == data -> fill(requester)
  :: kind == grant -> grantUpgrade(requester)
  :: kind == refuse -> refuseConditional(requester)
  :: else -> assert(false)
  fi
}

// func invalidate
inline noticeInvalidate(aStation) {
  q = aStation * PER_STATION;
  do
  :: q < (aStation + 1) * PER_STATION ->
     if
     :: processors & BIT(q) -> snoop(q, true)
     :: else
     fi;
     q++
  :: else -> break
  od;
  q = 0;
  if
  :: HOME(line) == aStation -> acknowledge(aStation)
  :: else -> SEND(answer[aStation], ANSWERS) ! invalidated, line, aStation, requester, 0, invalid, 0, BIT(HOME(line))
  fi
}

// The home asks the owner for a line. What the owner has goes to the home and to the requester at once.
// func intervene
inline noticeIntervene(aStation) {
  q = aStation * PER_STATION;
  do
  :: !(processors & BIT(q)) -> q++
  :: else -> break
  od;
  assert(processors == BIT(q));
  isHeld = (LINE(q).state != invalid);
  value = LINE(q).value;
  snoop(q, (kind == interveneExclusive));
  stations = BIT(HOME(line));
  if
  :: !isHeld ->
     flags = invalid;
     if
     :: request[q] ?? [writeBack, eval(line), _] && !DROP_WRITEBACK_COMING -> flags = writeBackComing
     :: else ->
        if
        :: kind == intervene && processor[q].linked && processor[q].linkLine == line && !DROP_LINK_RETAINED -> flags = linkRetained
        :: else
        fi
     fi;
     SEND(answer[aStation], ANSWERS) ! notFound, line, aStation, requester, 0, flags, 0, stations
  :: else ->
     if
     :: requester == deviceRequester -> SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 1, flags, value, stations
     :: requester != deviceRequester && !DROP_MULTICAST ->
        stations = stations | BIT(STATION(requester));
        SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 0, flags, value, stations
     :: requester != deviceRequester && DROP_MULTICAST ->
        SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 1, flags, value, stations;
        SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 2, flags, value, BIT(STATION(requester))
     fi
  fi;
  q = 0
}

// MARK: Processor

// The line is lost, or becomes shared.
// func snoop
inline snoop(aProcessor, isInvalidation) {
  if
  :: processor[aProcessor].linked && processor[aProcessor].linkLine == line && isInvalidation &&
     !(DROP_LINK && LINE(aProcessor).state == invalid) ->
     unlink(aProcessor)
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

// The waiting instruction is executed when its line comes, before anyone can take it away.
// func fill
inline fill(aProcessor) {
  assert(processor[aProcessor].isWaiting && processor[aProcessor].line == line && LINE(aProcessor).state == invalid);
  LINE(aProcessor).state = flags;
  LINE(aProcessor).value = value;
  if
  :: DROP_FILL_USE
  :: else -> complete(aProcessor, processor[aProcessor].access)
  fi;
  resume(aProcessor)
}

// func grant
inline grantUpgrade(aProcessor) {
  assert(processor[aProcessor].isWaiting && processor[aProcessor].line == line && LINE(aProcessor).state == shared);
  LINE(aProcessor).state = dirtyExclusive;
  // Who still has its copy still has its link: some SC always succeeds.
  assert(processor[aProcessor].access == store || processor[aProcessor].linked && processor[aProcessor].linkLine == line);
  complete(aProcessor, processor[aProcessor].access);
  resume(aProcessor)
}

// func refuseConditional
inline refuseConditional(aProcessor) {
  assert(processor[aProcessor].isWaiting && processor[aProcessor].line == line && processor[aProcessor].access == storeConditional);
  unlink(aProcessor);
  resume(aProcessor)
}

inline resume(aProcessor) {
  processor[aProcessor].isWaiting = false;
  processor[aProcessor].access = 0;
  processor[aProcessor].line = 0
}

// A processor begins an instruction.
inline issue(aProcessor, anAccess, aLine) {
  succeeded = false;
  line = aLine;
  kind = anAccess;
  printf("processor %d: ", aProcessor); printm(kind); printf(" line %d, held ", line); printm(LINE(aProcessor).state); printf("\n");
  kind = 0;
  if
  :: LINE(aProcessor).state == invalid -> kind = (anAccess == load || anAccess == loadLinked -> read : readExclusive)
  :: LINE(aProcessor).state == shared && anAccess == store -> kind = upgrade
  :: LINE(aProcessor).state == shared && anAccess == storeConditional -> kind = conditionalUpgrade
  :: else
  fi;
  if
  :: kind != 0 ->
     processor[aProcessor].isWaiting = true;
     processor[aProcessor].access = anAccess;
     processor[aProcessor].line = line;
     SEND(request[aProcessor], REQUESTS) ! kind, line, 0;
     if
     :: oneSlot ->
        // An upgrade's line is in the slot itself: the other is not.
        line = 1 - line;
        replace(aProcessor)
     :: else
     fi
  :: else ->
     if
     :: anAccess == store || anAccess == storeConditional -> LINE(aProcessor).state = dirtyExclusive
     :: else
     fi;
     complete(aProcessor, anAccess)
  fi
}

// The line makes room for another: a dirty one goes home, of a clean one nobody is told. A link survives the latter, because its home goes on
// telling this processor of writes; not the former.
inline replace(aProcessor) {
  printf("processor %d: line %d makes room, held ", aProcessor, line); printm(LINE(aProcessor).state); printf("\n");
  if
  :: LINE(aProcessor).state == dirtyExclusive ->
     if
     :: processor[aProcessor].linkLine == line -> unlink(aProcessor)
     :: else
     fi;
     SEND(request[aProcessor], REQUESTS) ! writeBack, line, LINE(aProcessor).value
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
     // Stronger than monotone reads: whatever a processor reads is the newest, as writers go on only when nobody can read the old.
     assert(LINE(aProcessor).value == latest[line]);
#endif
     if
     :: anAccess == loadLinked -> processor[aProcessor].linked = true; processor[aProcessor].linkLine = line; processor[aProcessor].overwritten = false
     :: else
     fi
  :: anAccess == store -> write(aProcessor)
  :: anAccess == storeConditional ->
     if
     :: processor[aProcessor].linked && processor[aProcessor].linkLine == line ->
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

// A new version exists. Nobody else has a copy left to read, and links are broken.
inline written(aProcessor) {
  latest[line] = (latest[line] + 1) % VERSIONS;
  r = 0;
  do
  :: r < PROCESSORS ->
     if
     :: r != aProcessor ->
        assert(LINE(r).state == invalid);
        if
        :: processor[r].linked && processor[r].linkLine == line -> processor[r].overwritten = true
        :: else
        fi
     :: else
     fi;
     r++
  :: else -> break
  od;
  r = 0
}
