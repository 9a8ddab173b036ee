// A station's network cache: lines of other stations' memory; and what of a station the homes of such lines see.

typedef NetworkCacheEntry {
  mtype state = notIn;
  // A superset of the processors that may hold the line or be linked to it.
  byte processors;
  mtype lock;
  // The request that holds the lock.
  mtype request;
  byte requester;
  bool hasData;
  bool hasInvalidation;
  bool lostCopy;
  // A home was told busy: the station begins nothing new with the line until it has asked again.
  bool isAsked;
  byte value;
  // 1 + the processor for whom the frame is reserved.
  byte reserved
}
NetworkCacheEntry networkCache[STATIONS * LINES];

#define FRAME(aStation) networkCache[(aStation) * LINES + line]
#define IS_PENDING(aStation) (FRAME(aStation).lock != 0 && FRAME(aStation).lock != localPending)

hidden byte targets, holder, isLinkRetained, isTakenExclusively, isForOwn, isForHome;

// MARK: Requests of the station's processors

#ifdef LIVENESS
#define IS_FRAME_RESERVED(aStation, n) (FRAME(aStation).reserved != 0 && FRAME(aStation).reserved != n + 1 && !DROP_RESERVATION)
inline reserveFrame(aStation, n) {
  if
  :: FRAME(aStation).reserved == 0 || processor[FRAME(aStation).reserved - 1].older & BIT(n) -> FRAME(aStation).reserved = n + 1
  :: else
  fi
}
inline releaseFrame(aStation, n) {
  if
  :: FRAME(aStation).reserved == n + 1 -> FRAME(aStation).reserved = 0
  :: else
  fi
}
#else
#define IS_FRAME_RESERVED(aStation, n) false
#define reserveFrame(aStation, n) skip
#define releaseFrame(aStation, n) skip
#endif

// What a processor asks for, in `kind`, is looked up when its instruction is issued.
inline lookUp(aStation, n) {
  if
  :: FRAME(aStation).lock != 0 || FRAME(aStation).isAsked || IS_FRAME_RESERVED(aStation, n) -> reserveFrame(aStation, n); processor[n].isRefused = true
  :: else ->
     releaseFrame(aStation, n);
     decideInStation(aStation, n);
     if
     :: decision == HIT -> hit(aStation, n, shared)
     :: decision == HIT_OF_OWNER -> FRAME(aStation).state = localValid; hit(aStation, n, shared)
     :: decision == ASK_PROCESSOR || decision == GRANT_LOCALLY || decision == GIVE_LOCALLY ->
        lockFrame(aStation, localPending, n);
        inFlight++
     :: decision == IMPOSSIBLE -> assert(false)
     :: decision == ASK_HOME ->
        if
        :: FRAME(aStation).state == notIn ->
           FRAME(aStation).state = globalInvalid;
           FRAME(aStation).processors = (DROP_ALL_ON_ALLOCATION -> BIT(n) : ALL_OF(aStation))
        :: else
        fi;
        if
        :: kind == read -> lockFrame(aStation, readPending, n)
        :: kind == readExclusive -> lockFrame(aStation, readExclusivePending, n)
        :: kind == upgrade || kind == conditionalUpgrade -> lockFrame(aStation, upgradePending, n)
        fi;
        SEND(request[n], 1) ! kind, line
     fi
  fi
}

// The line goes from the network cache to the processor, and is on its way for a while.
inline hit(aStation, n, aState) {
  FRAME(aStation).processors = FRAME(aStation).processors | BIT(n);
  processor[n].fillUnderWay = true;
  processor[n].answer = FRAME(aStation).value;
  processor[n].answerState = aState;
  if
  :: DROP_FILL_SHARED && FRAME(aStation).state == localValid && FRAME(aStation).processors == BIT(n) ->
     FRAME(aStation).state = localInvalid; processor[n].answerState = cleanExclusive
  :: else
  fi;
  inFlight++
}

inline lockFrame(aStation, aLock, n) {
  FRAME(aStation).lock = aLock;
  FRAME(aStation).request = kind;
  FRAME(aStation).requester = n
}

inline unlockFrame(aStation) {
  FRAME(aStation).lock = 0;
  FRAME(aStation).request = 0;
  FRAME(aStation).requester = 0;
  FRAME(aStation).hasData = false;
  FRAME(aStation).hasInvalidation = false;
  FRAME(aStation).lostCopy = false
}

// The end of a transaction inside the station: its slot on the bus.
inline completeLocally(aStation, n) {
  inFlight--;
  value = FRAME(aStation).value;
  if
  :: FRAME(aStation).state == localValid ->
     kind = FRAME(aStation).request;
     takeExclusive(n, (kind == readExclusive))
  :: FRAME(aStation).state == localInvalid ->
     holder = 0;
     do
     :: !(FRAME(aStation).processors & BIT(holder)) -> holder++
     :: else -> break
     od;
     assert(FRAME(aStation).processors == BIT(holder));
     if
     :: LINE(holder).state != invalid -> value = LINE(holder).value; FRAME(aStation).value = value
     :: else
     fi;
     if
     :: FRAME(aStation).request == read ->
        snoop(holder, false);
        unlockFrame(aStation);
        FRAME(aStation).state = localValid;
        FRAME(aStation).processors = FRAME(aStation).processors | BIT(n);
        fill(n, shared)
     :: else -> takeExclusive(n, true)
     fi;
     holder = 0
  fi;
  finishExclusive(aStation)
}

// The requester gets the line to itself; the others of its station lose it in the same moment.
inline takeExclusive(n, withLine) {
  if
  :: withLine -> fill(n, dirtyExclusive)
  :: else -> grantUpgrade(n)
  fi;
  isTakenExclusively = true
}

inline finishExclusive(aStation) {
  if
  :: isTakenExclusively ->
     isTakenExclusively = false;
     snoopInvalidate(aStation, (FRAME(aStation).processors & ~BIT(finished - 1)));
     unlockFrame(aStation);
     FRAME(aStation).state = localInvalid;
     FRAME(aStation).processors = BIT(finished - 1);
     // What is in the frame now nobody may use: the processor has the line dirty.
     FRAME(aStation).value = 0
  :: else
  fi
}

// A processor's dirty line makes room.
inline takeWriteBackOf(aStation, n) {
  if
  :: FRAME(aStation).state == localInvalid ->
     assert(FRAME(aStation).processors == BIT(n));
     FRAME(aStation).value = LINE(n).value;
     if
     :: FRAME(aStation).lock == 0 -> FRAME(aStation).state = localValid; FRAME(aStation).processors = 0
     :: else
     fi
  :: else -> SEND(answer[aStation], ANSWERS) ! writeBack, line, aStation, n, 0, invalid, LINE(n).value, BIT(HOME(line))
  fi
}

inline eject(aStation) {
  if
  :: FRAME(aStation).state == localValid ->
     SEND(answer[aStation], ANSWERS) ! writeBack, line, aStation, 0, 0, (DROP_STILL_SHARED -> invalid : stillShared), FRAME(aStation).value, BIT(HOME(line))
  :: else
  fi;
  FRAME(aStation).isAsked = false;
  FRAME(aStation).state = notIn;
  FRAME(aStation).processors = 0;
  FRAME(aStation).value = 0;
  unlockFrame(aStation)
}

#define CAN_EJECT(aLine) (HOME(aLine) != station && networkCache[station * LINES + aLine].state != notIn && \
  (networkCache[station * LINES + aLine].lock == 0 || DROP_LOCKED_FRAME && networkCache[station * LINES + aLine].lock != localPending))
proctype Ejection(byte station) {
end:
  do
  :: d_step { CAN_EJECT(0) -> line = 0; eject(station); line = 0 }
#if LINES > 1
  :: d_step { CAN_EJECT(1) -> line = 1; eject(station); line = 0 }
#endif
  od
}

// MARK: What homes tell and ask

inline notice(aStation) {
  if
  :: kind == invalidate -> noticeInvalidate(aStation)
  :: IS_QUESTION -> noticeQuestion(aStation)
  :: kind == data || kind == ownerData -> isForOwn = true
  :: kind == grant ->
     assert(FRAME(aStation).lock == upgradePending && FRAME(aStation).requester == requester && !FRAME(aStation).lostCopy);
     takeExclusive(requester, false)
  :: kind == refuse -> noticeRefuse(aStation)
  :: kind == retry ->
     assert(IS_PENDING(aStation) && FRAME(aStation).requester == requester);
     SEND(request[requester], 1) ! FRAME(aStation).request, line
  :: else -> assert(false)
  fi;
  if
  :: isForOwn -> isForOwn = false; noticeData(aStation)
  :: else
  fi;
  finishExclusive(aStation)
}

inline noticeData(aStation) {
  assert(IS_PENDING(aStation) && FRAME(aStation).requester == requester);
  if
  :: flags == awaitInvalidation && !FRAME(aStation).hasInvalidation -> FRAME(aStation).hasData = true; FRAME(aStation).value = value
  :: flags == awaitInvalidation && FRAME(aStation).hasInvalidation || flags == dirtyExclusive -> takeExclusive(requester, true)
  :: flags == shared || flags == cleanExclusive ->
     unlockFrame(aStation);
     FRAME(aStation).value = value;
     if
     :: flags == shared -> FRAME(aStation).state = globalValid; FRAME(aStation).processors = FRAME(aStation).processors | BIT(requester)
     :: else -> FRAME(aStation).state = localInvalid; FRAME(aStation).processors = BIT(requester)
     fi;
     fill(requester, flags)
  fi
}

inline noticeInvalidate(aStation) {
  targets = (FRAME(aStation).state == notIn -> ALL_OF(aStation) : FRAME(aStation).processors);
  if
  :: DROP_BROADCAST && FRAME(aStation).state == notIn -> targets = 0
  // The requester's own: the others lose the line; the requester's shared copy stays to be granted or replaced.
  :: STATION(requester) == aStation -> targets = targets & ~BIT(requester)
  :: else
  fi;
  snoopInvalidate(aStation, targets);
  targets = 0;
  if
  :: FRAME(aStation).state == globalValid -> FRAME(aStation).state = globalInvalid
  :: else
  fi;
  if
  :: STATION(requester) == aStation && DROP_OWN_INVALIDATION
  :: STATION(requester) == aStation && !DROP_OWN_INVALIDATION ->
     assert(IS_PENDING(aStation) && FRAME(aStation).requester == requester);
     if
     :: flags != dataFollows ->
        assert(FRAME(aStation).lock == upgradePending && !FRAME(aStation).lostCopy);
        takeExclusive(requester, false)
     :: flags == dataFollows && FRAME(aStation).hasData -> value = FRAME(aStation).value; takeExclusive(requester, true)
     :: flags == dataFollows && !FRAME(aStation).hasData -> FRAME(aStation).hasInvalidation = true
     fi
  :: else ->
     assert(FRAME(aStation).lock != localPending && FRAME(aStation).state != localValid && FRAME(aStation).state != localInvalid ||
       DROP_OWN_INVALIDATION || DROP_SEQUENCING || DROP_LOCK);
     if
     :: FRAME(aStation).lock == upgradePending -> FRAME(aStation).lostCopy = true
     :: FRAME(aStation).lock == 0 -> FRAME(aStation).processors = 0; FRAME(aStation).value = 0
     :: else
     fi
  fi
}

inline noticeRefuse(aStation) {
  assert(FRAME(aStation).lock == upgradePending && FRAME(aStation).requester == requester && FRAME(aStation).request == conditionalUpgrade);
  unlockFrame(aStation);
  if
  :: FRAME(aStation).state == globalInvalid -> FRAME(aStation).processors = 0; assert(LINE(requester).state == invalid)
  :: else
  fi;
  refuseConditional(requester)
}

inline noticeQuestion(aStation) {
  FRAME(aStation).isAsked = (FRAME(aStation).lock == localPending && !DROP_BUSY && !DROP_ASKED_AGAIN);
  if
  :: FRAME(aStation).lock == localPending || DROP_PAST_OWN_LOCK && IS_PENDING(aStation) && FRAME(aStation).requester == requester ->
     SEND(answer[aStation], ANSWERS) ! notFound, line, aStation, requester, 0, (DROP_BUSY -> invalid : busy), 0, HOME_BIT
  :: else ->
     holder = aStation * PER_STATION;
     do
     :: holder < (aStation + 1) * PER_STATION && !(LINE(holder).state == cleanExclusive || LINE(holder).state == dirtyExclusive) -> holder++
     :: else -> break
     od;
     if
     :: DROP_BROADCAST && FRAME(aStation).state == notIn -> holder = (aStation + 1) * PER_STATION
     :: else
     fi;
     if
     :: holder < (aStation + 1) * PER_STATION ->
        assert(IS_PENDING(aStation) || FRAME(aStation).state == notIn || FRAME(aStation).state == localInvalid && FRAME(aStation).processors == BIT(holder));
        value = LINE(holder).value;
        snoop(holder, (kind == interveneExclusive));
        isForHome = true
     :: holder == (aStation + 1) * PER_STATION && FRAME(aStation).lock == 0 && (FRAME(aStation).state == localValid || FRAME(aStation).state == localInvalid) ->
        value = FRAME(aStation).value;
        if
        :: kind == interveneExclusive -> snoopInvalidate(aStation, FRAME(aStation).processors)
        :: else
        fi;
        isForHome = true
     :: else ->
        // Shared copies stay: the home, which has this station's write-back by then, goes on telling it.
        isLinkRetained = false;
        q = aStation * PER_STATION;
        do
        :: q < (aStation + 1) * PER_STATION -> isLinkRetained = isLinkRetained || IS_LINKED(q); q++
        :: else -> break
        od;
        q = 0;
        SEND(answer[aStation], ANSWERS) ! notFound, line, aStation, requester, 0, (isLinkRetained && !DROP_LINK_RETAINED -> linkRetained : invalid), 0, HOME_BIT;
        isLinkRetained = false
     fi;
     holder = 0;
     if
     :: isForHome -> isForHome = false; answerQuestion(aStation)
     :: else
     fi
  fi
}

// The line, in `value`, goes to the home and to the requester's station in one packet.
inline answerQuestion(aStation) {
  if
  :: FRAME(aStation).lock == 0 && FRAME(aStation).state != notIn ->
     FRAME(aStation).state = (kind == intervene -> globalValid : globalInvalid);
     FRAME(aStation).value = (kind == intervene -> value : 0);
     FRAME(aStation).processors = (kind == intervene -> FRAME(aStation).processors : 0)
  :: else
  fi;
  stations = HOME_BIT;
  if
  :: requester != deviceRequester && STATION(requester) == aStation ->
     SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 0, flags, value, stations;
     isForOwn = true
  :: requester != deviceRequester && STATION(requester) != aStation && DROP_MULTICAST && STATION(requester) != HOME(line) ->
     SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 0, flags, value, stations;
     SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 0, flags, value, BIT(STATION(requester))
  :: else ->
     if
     :: requester != deviceRequester -> stations = stations | BIT(STATION(requester))
     :: else
     fi;
     SEND(answer[aStation], ANSWERS) ! ownerData, line, aStation, requester, 0, flags, value, stations
  fi
}
