// A line's home: memory and directory.

typedef HomeEntry {
  mtype state = localValid;
  byte processors;
  byte stations;
  mtype lock;
  byte memory;
  // 1 + the requester for whom the line's bank is reserved.
  byte reserved
}
HomeEntry directory[LINES];

// The request that holds the lock; a line has at most one: it is the array's index.
typedef HomeTransaction {
  mtype request;
  byte requester;
  bool hasWriteBack;
  bool mayBeShared
}
HomeTransaction transactions[LINES];

// The request that is served.
hidden mtype served, decision;
hidden byte servedRequester, requesterBit, stationBit, others, locals, isOwn, mayBeOwn, isServing, owner;

#define ENTRY directory[line]
#define TRANSACTION transactions[line]

// On two rings, the OR of stations' masks may name more stations. Without rings, `inexact`: all.
#ifdef TWO_RINGS
#define IS_EXACT IS_EXACT_MASK(ENTRY.stations)
inline overspecify() {
  ENTRY.stations = ROUTING_MASK(ENTRY.stations)
}
#else
#define IS_EXACT (others == 0 || !inexact)
#define ROUTING_MASK(aMask) (aMask)
inline overspecify() {
  if
  :: inexact && ENTRY.stations != 0 -> ENTRY.stations = EVERY_STATION & ~HOME_BIT
  :: else
  fi
}
#endif

inline send(aKind, aRequester, someProcessors, someFlags, aValue, someStations) {
  SEND(homeOutput[line], OUTPUTS) ! aKind, line, HOME(line), aRequester, someProcessors, someFlags, aValue, someStations
}

#ifdef LIVENESS
#define IS_RESERVED (ENTRY.reserved != 0 && ENTRY.reserved != requester + 1 && !DROP_RESERVATION)
inline release() {
  if
  :: ENTRY.reserved == requester + 1 -> ENTRY.reserved = 0
  :: else
  fi
}
inline reserve() {
  if
  :: requester != deviceRequester && (ENTRY.reserved == 0 || processor[ENTRY.reserved - 1].older & BIT(requester)) -> ENTRY.reserved = requester + 1
  :: else
  fi
}
#else
#define IS_RESERVED false
#define release() skip
#define reserve() skip
#endif

// A message for the home.
inline decide() {
  if
  :: IS_REQUEST ->
     if
     :: (ENTRY.lock != 0 && !(DROP_LOCK && ENTRY.lock == awaitsInvalidation)) || IS_RESERVED -> refuseRequest()
     :: else -> served = kind; servedRequester = requester; isServing = true; release()
     fi
  :: kind == writeBack -> takeWriteBack()
  :: kind == invalidate -> takeInvalidation()
  :: kind == ownerData -> takeOwnerData()
  :: kind == notFound -> takeNotFound()
  :: else -> assert(false)
  fi
}

// The line is locked, or reserved for somebody else: to be asked for again.
inline refuseRequest() {
  reserve();
  if
  :: kind == deviceWrite -> isTransferring = false
  :: else -> send(retry, requester, 0, invalid, 0, BIT(STATION(requester)))
  fi
}

inline serveNow() {
  if
  :: isServing -> serve(); isServing = false
  :: else
  fi
}

inline serve() {
  requesterBit = (servedRequester != deviceRequester && IS_LOCAL(servedRequester) -> BIT(servedRequester) : 0);
  stationBit = (servedRequester != deviceRequester && !IS_LOCAL(servedRequester) -> BIT(STATION(servedRequester)) : 0);
  others = ENTRY.stations & ~stationBit;
  // HomeDecision.Holding.
  isOwn = false;
  mayBeOwn = false;
  if
  :: ENTRY.state == localInvalid -> isOwn = (ENTRY.processors == requesterBit)
  :: ENTRY.state == globalInvalid -> isOwn = (ENTRY.stations == stationBit)
  :: ENTRY.state == localValid || ENTRY.state == globalValid ->
     if
     :: requesterBit != 0 -> isOwn = (ENTRY.processors & requesterBit) != 0
     :: requesterBit == 0 && (ENTRY.stations & stationBit) != 0 -> isOwn = (IS_EXACT || DROP_INEXACT); mayBeOwn = !isOwn
     :: else
     fi;
     if
     :: DROP_LOST_UPGRADE && served == upgrade -> isOwn = true; mayBeOwn = false
     :: else
     fi
  fi;
  if
  :: DROP_REFUSAL && served == conditionalUpgrade && !isOwn && ENTRY.state != globalInvalid -> served = readExclusive
  :: else
  fi;
  decideAtHome();
  if
  :: decision == FORGET_OWNER ->
     // It has dropped the line clean.
     ENTRY.state = localValid;
     ENTRY.processors = 0;
     isOwn = (DROP_LOST_UPGRADE && served == upgrade);
     decideAtHome()
  :: else
  fi;
  locals = ENTRY.processors & ~requesterBit;
  if
  :: ENTRY.state == globalInvalid && isOwn && DROP_FALSE_REMOTE -> ENTRY.state = globalValid; respond(data, dirtyExclusive, ENTRY.memory)
  :: served == deviceWrite && DROP_DEVICE_WRITE -> storeDeviceLine()
  :: else -> if
  // The station's ejection write-back is on its way.
  :: decision == RETRY -> send(retry, servedRequester, 0, invalid, 0, stationBit)
  :: decision == REFUSE -> respond(refuse, invalid, 0)
  :: decision == ASK_OWNERS_STATION -> lockLine(awaitsOwner); ask(0, ENTRY.stations)
  :: decision == ASK_LOCAL_OWNER -> lockLine(awaitsLocal); ask(ENTRY.processors, HOME_BIT)
  :: decision == SHARE ->
     if
     :: locals == 0 && ENTRY.stations == 0 && fillsExclusive ->
        own();
        respond(data, cleanExclusive, ENTRY.memory)
     :: else ->
        ENTRY.processors = ENTRY.processors | requesterBit;
        ENTRY.stations = ENTRY.stations | stationBit;
        overspecify();
        ENTRY.state = (ENTRY.stations != 0 -> globalValid : localValid);
        respond(data, shared, ENTRY.memory)
     fi
  :: decision == GRANT -> invalidateLocals(); respond(grant, dirtyExclusive, 0); own()
  :: decision == GIVE_TO_WRITER -> invalidateLocals(); respond(data, dirtyExclusive, ENTRY.memory); own()
  :: decision == STORE_DEVICE_LINE -> invalidateLocals(); storeDeviceLine()
  :: decision == BROADCAST || decision == BROADCAST_AND_GIVE -> broadcast()
  fi fi;
  requesterBit = 0; stationBit = 0; others = 0; locals = 0; isOwn = 0; mayBeOwn = 0
}

// The requester has the line to itself.
inline own() {
  ENTRY.state = (requesterBit != 0 -> localInvalid : globalInvalid);
  ENTRY.processors = requesterBit;
  ENTRY.stations = stationBit
}

// Answers the request that is served.
inline respond(aKind, someFlags, aValue) {
  send(aKind, servedRequester, 0, someFlags, aValue, BIT(STATION(servedRequester)))
}

// One slot on the home's bus takes the copies of these processors; it goes before any answer that is decided with it.
inline invalidateLocals() {
  if
  :: locals != 0 -> send(invalidate, servedRequester, locals, invalid, 0, HOME_BIT)
  :: else
  fi
}

inline ask(someProcessors, someStations) {
  if
  :: served == read -> send(intervene, servedRequester, someProcessors, shared, 0, someStations)
  :: else -> send(interveneExclusive, servedRequester, someProcessors, dirtyExclusive, 0, someStations)
  fi
}

// Selective broadcast: one invalidation for all stations with copies, the requester's and the home itself.
inline broadcast() {
  lockLine(awaitsInvalidation);
  others = others | stationBit | HOME_BIT;
  targets = ROUTING_MASK(others);
  if
  :: decision == BROADCAST || served == deviceWrite ->
     send(invalidate, servedRequester, 0, invalid, 0, targets);
     if
     :: DROP_OWN_INVALIDATION && served != deviceWrite -> send(grant, servedRequester, 0, dirtyExclusive, 0, BIT(STATION(servedRequester)))
     :: else
     fi
  :: else ->
     send(invalidate, servedRequester, 0, dataFollows, 0, targets);
     if
     :: stationBit != 0 && !DROP_OWN_INVALIDATION -> respond(data, awaitInvalidation, ENTRY.memory)
     :: DROP_OWN_INVALIDATION -> respond(data, dirtyExclusive, ENTRY.memory)
     :: else
     fi
  fi;
  targets = 0
}

// MARK: Transactions

inline lockLine(aLock) {
  ENTRY.lock = aLock;
  TRANSACTION.request = served;
  TRANSACTION.requester = servedRequester
}

inline unlockLine() {
  ENTRY.lock = 0;
  TRANSACTION.request = 0;
  TRANSACTION.requester = 0;
  TRANSACTION.hasWriteBack = false;
  TRANSACTION.mayBeShared = false
}

// The request that holds the lock is in hand again.
inline resumeTransaction() {
  served = TRANSACTION.request;
  servedRequester = TRANSACTION.requester;
  requesterBit = (servedRequester != deviceRequester && IS_LOCAL(servedRequester) -> BIT(servedRequester) : 0);
  stationBit = (servedRequester != deviceRequester && !IS_LOCAL(servedRequester) -> BIT(STATION(servedRequester)) : 0)
}

// The home's own copy of the invalidation has come back.
inline takeInvalidation() {
  assert(DROP_LOCK || DROP_SEQUENCING || ENTRY.lock == awaitsInvalidation && TRANSACTION.requester == requester);
  resumeTransaction();
  locals = ENTRY.processors & ~requesterBit;
  // At once, as in every other station: what comes in behind it may be newer.
  if
  :: DROP_AT_ONCE -> invalidateLocals()
  :: else -> snoopInvalidate(HOME(line), locals)
  fi;
  if
  :: served == deviceWrite -> storeDeviceLine()
  :: else ->
     if
     :: requesterBit == 0 || DROP_OWN_INVALIDATION
     :: requesterBit != 0 && !DROP_OWN_INVALIDATION && flags != dataFollows -> respond(grant, dirtyExclusive, 0)
     :: requesterBit != 0 && !DROP_OWN_INVALIDATION && flags == dataFollows -> respond(data, dirtyExclusive, ENTRY.memory)
     fi;
     own()
  fi;
  unlockLine();
  requesterBit = 0; stationBit = 0; locals = 0
}

inline takeOwnerData() {
  assert(ENTRY.lock == awaitsOwner && TRANSACTION.requester == requester);
  resumeTransaction();
  ownerHas();
  requesterBit = 0; stationBit = 0
}

// The owner's line has come: memory takes it, and the requester where it is in this station.
inline ownerHas() {
  if
  :: DROP_OWNER_TO_HOME && served == read
  :: else -> ENTRY.memory = value
  fi;
  if
  :: served == deviceWrite -> storeDeviceLine()
  :: served == read ->
     ENTRY.processors = ENTRY.processors | requesterBit;
     ENTRY.stations = ENTRY.stations | stationBit;
     overspecify();
     ENTRY.state = (ENTRY.stations != 0 -> globalValid : localValid);
     if
     :: requesterBit != 0 -> fill(servedRequester, shared)
     :: else
     fi
  :: else ->
     own();
     if
     :: requesterBit != 0 -> fill(servedRequester, dirtyExclusive)
     :: else
     fi
  fi;
  unlockLine()
}

inline takeNotFound() {
  assert(ENTRY.lock == awaitsOwner && TRANSACTION.requester == requester);
  resumeTransaction();
  if
  :: flags == busy -> ask(0, ENTRY.stations)
  :: else ->
     if
     :: TRANSACTION.mayBeShared || flags == linkRetained
     :: else -> ENTRY.stations = 0
     fi;
     serveWithoutOwner()
  fi
}

// Nobody owns the line any more: memory is valid, and the request is served as if nobody but those left in the masks had a copy.
inline serveWithoutOwner() {
  ENTRY.state = (ENTRY.stations != 0 -> globalValid : localValid);
  unlockLine();
  isServing = true
}

inline takeWriteBack() {
  // A write-back of a station that does not own the line is an error in the code, too.
  assert(ENTRY.state == globalInvalid && ENTRY.stations == BIT(source));
  assert(ENTRY.lock == 0 || ENTRY.lock == awaitsOwner);
  ENTRY.memory = value;
  if
  :: ENTRY.lock == 0 || DROP_AWAIT_NOT_FOUND ->
     ENTRY.stations = (flags == stillShared -> ENTRY.stations : 0);
     ENTRY.state = (ENTRY.stations != 0 -> globalValid : localValid);
     if
     :: ENTRY.lock != 0 -> served = TRANSACTION.request; servedRequester = TRANSACTION.requester; unlockLine(); isServing = true
     :: else
     fi
  :: else ->
     TRANSACTION.hasWriteBack = true;
     TRANSACTION.mayBeShared = (flags == stillShared)
  fi
}

// A processor of the home's station gives up its dirty line: at once, before anybody can ask for it.
inline takeLocalWriteBack(aProcessor) {
  assert(ENTRY.state == localInvalid && ENTRY.processors == BIT(aProcessor));
  ENTRY.memory = LINE(aProcessor).value;
  if
  :: ENTRY.lock == 0 -> ENTRY.state = localValid; ENTRY.processors = 0
  :: else -> TRANSACTION.hasWriteBack = true
  fi
}

// A message of the home has its slot on the home's own bus.
inline onHomesBus() {
  if
  :: kind == invalidate -> snoopInvalidate(HOME(line), processors)
  :: IS_QUESTION -> askLocalOwner()
  :: kind == data -> fill(requester, flags)
  :: kind == grant -> grantUpgrade(requester)
  :: kind == refuse -> refuseConditional(requester)
  :: kind == retry -> processor[requester].isRefused = true
  :: else -> assert(false)
  fi
}

inline askLocalOwner() {
  assert(ENTRY.lock == awaitsLocal && ENTRY.state == localInvalid && processors == ENTRY.processors);
  owner = 0;
  do
  :: !(processors & BIT(owner)) -> owner++
  :: else -> break
  od;
  resumeTransaction();
  if
  :: LINE(owner).state == invalid ->
     // Its write-back has set memory, or it was clean.
     if
     :: kind == intervene && IS_LINKED(owner) && !DROP_LINK_RETAINED
     :: else -> ENTRY.processors = 0
     fi;
     // The question breaks a link even where there is no line.
     snoop(owner, (kind == interveneExclusive));
     serveWithoutOwner()
  :: else ->
     value = LINE(owner).value;
     snoop(owner, (kind == interveneExclusive));
     if
     :: kind == interveneExclusive -> ENTRY.processors = 0
     :: else
     fi;
     if
     :: stationBit != 0 -> respond(ownerData, flags, value)
     :: else
     fi;
     ownerHas()
  fi;
  owner = 0; requesterBit = 0; stationBit = 0
}

inline storeDeviceLine() {
  ENTRY.state = localValid;
  ENTRY.processors = 0;
  ENTRY.stations = 0;
  written(deviceRequester);
  ENTRY.memory = latest[line];
  isTransferring = false
}
