// FlatProtocol-home.swift: this station's memory and directory.

// DirectoryEntry, and the line in memory.
typedef DirectoryEntry {
  mtype state = uncached;
  byte holders;
  bool lock;
  byte memory
}
DirectoryEntry directory[LINES];

// `request` is the message's kind. A line has at most one transaction: it is the array's index, and `waiting` is the list of those that wait.
// Not in the model: address, firstWaiting, lastWaiting, owner, isFree.
typedef HomeTransaction {
  mtype request;
  byte requester;
  byte awaitedStations;
  bool dataReady;
  bool awaitsAnswer;
  bool awaitsWriteBack;
  bool hasWriteBack
}
HomeTransaction transactions[LINES];
chan waiting[LINES] = [WAITING] of { byte, mtype };

// The request that is served.
hidden mtype served, decision;
hidden byte servedRequester, requesterBit, others;
hidden byte isHolder, isServing;

#define ENTRY directory[line]
#define TRANSACTION transactions[line]

// func decide
inline decide() {
  if
  :: IS_REQUEST ->
     if
     :: ENTRY.lock && !(DROP_LOCK && kind == read && ENTRY.state == shared) -> waitForLine(kind, requester)
     :: else -> served = kind; servedRequester = requester; isServing = true
     fi
  :: kind == writeBack -> takeWriteBack()
  :: kind == invalidated -> acknowledge(source)
  :: kind == ownerData -> takeOwnerData()
  :: kind == notFound -> takeNotFound()
  :: else -> assert(false)
  fi
}

// Serves the request that has just come or that goes on without its owner, and then those that wait, until one of them locks the line (unlock).
inline serveWaiting() {
  do
  :: isServing -> isServing = false; serve()
  :: !isServing && !ENTRY.lock && len(waiting[line]) > 0 -> waiting[line] ? servedRequester, served; isServing = true
  :: !isServing && (ENTRY.lock || len(waiting[line]) == 0) -> break
  od
}

// func serve
inline serve() {
  if
  :: DROP_REFUSAL && served == conditionalUpgrade && !(ENTRY.state == shared && ENTRY.holders & BIT(servedRequester)) -> served = upgrade
  :: else
  fi;
  requesterBit = (servedRequester == deviceRequester -> 0 : BIT(servedRequester));
  others = ENTRY.holders & ~requesterBit;
  isHolder = (ENTRY.holders & requesterBit) != 0;
  if
  :: DROP_LOST_UPGRADE && served == upgrade -> isHolder = true
  :: else
  fi;
  decideAtHome();
  if
  :: DROP_DEVICE_WRITE && served == deviceWrite -> storeDeviceLine()
  :: else -> if
  :: decision == GRANT -> ENTRY.state = exclusive; respond(grant, invalid)
  :: decision == REFUSE -> respond(refuse, invalid)
  :: decision == INVALIDATE_COPIES -> invalidateCopies()
  :: decision == ASK_OWNER -> askOwner()
  :: decision == SHARE -> ENTRY.holders = ENTRY.holders | requesterBit; respond(data, shared)
  :: decision == GIVE_TO_READER ->
     ENTRY.state = (fillsExclusive -> exclusive : shared);
     ENTRY.holders = requesterBit;
     respond(data, (fillsExclusive -> cleanExclusive : shared))
  :: decision == GIVE_TO_WRITER -> ENTRY.state = exclusive; ENTRY.holders = requesterBit; respond(data, dirtyExclusive)
  :: decision == STORE_DEVICE_LINE -> storeDeviceLine()
  fi fi
}

// Answers the request that is served. A grant or a refusal carries no line.
// func respond
inline respond(aKind, aFlags) {
  if
  :: STATION(servedRequester) == HOME(line) ->
     SEND(homeToBus[HOME(line)], OUTPUTS) ! aKind, line, HOME(line), servedRequester, 0, aFlags, (aKind == data -> ENTRY.memory : 0)
  :: else ->
     SEND(homeToRing[HOME(line)], OUTPUTS) ! aKind, line, HOME(line), servedRequester, 0, aFlags, (aKind == data -> ENTRY.memory : 0),
       BIT(STATION(servedRequester))
  fi
}

// Puts a question to processors: on the home's own bus and, in one packet, to all other stations that have any of them.
// func ask
inline ask(aKind, aFlags) {
  stations = 0;
  s = 0;
  do
  :: s < STATIONS ->
     if
     :: others & ALL_OF(s) -> stations = stations | BIT(s)
     :: else
     fi;
     s++
  :: else -> break
  od;
  s = 0;
  if
  :: stations & BIT(HOME(line)) -> SEND(homeToBus[HOME(line)], OUTPUTS) ! aKind, line, HOME(line), servedRequester, others, aFlags, 0
  :: else
  fi;
  if
  :: stations & ~BIT(HOME(line)) ->
     SEND(homeToRing[HOME(line)], OUTPUTS) ! aKind, line, HOME(line), servedRequester, others, aFlags, 0, stations & ~BIT(HOME(line))
  :: else
  fi
}

// MARK: Transactions

// func lock
inline lockLine() {
  assert(!ENTRY.lock);
  ENTRY.lock = true;
  TRANSACTION.request = served;
  TRANSACTION.requester = servedRequester
}

// func wait
inline waitForLine(aKind, aRequester) {
  assert(len(waiting[line]) < WAITING);
  if
  :: DROP_WAITING_ORDER -> waiting[line] !! aRequester, aKind
  :: else -> waiting[line] ! aRequester, aKind
  fi
}

// func unlock
inline unlockLine() {
  ENTRY.lock = false;
  TRANSACTION.request = 0;
  TRANSACTION.requester = 0;
  TRANSACTION.awaitedStations = 0;
  TRANSACTION.dataReady = false;
  TRANSACTION.awaitsAnswer = false;
  TRANSACTION.awaitsWriteBack = false;
  TRANSACTION.hasWriteBack = false
}

// func invalidateCopies
inline invalidateCopies() {
  ask(invalidate, invalid);
  if
  :: DROP_ACKNOWLEDGEMENTS && served == deviceWrite -> storeDeviceLine()
  :: DROP_ACKNOWLEDGEMENTS && served != deviceWrite ->
     ENTRY.state = exclusive; ENTRY.holders = requesterBit; respond((served != readExclusive && isHolder -> grant : data), dirtyExclusive)
  :: else ->
     lockLine();
     TRANSACTION.awaitedStations = stations;
     TRANSACTION.dataReady = (served == readExclusive || served == upgrade && !isHolder && !DROP_LOST_UPGRADE)
  fi
}

// func acknowledge
inline acknowledge(aStation) {
  assert(DROP_ACKNOWLEDGEMENTS || ENTRY.lock && TRANSACTION.awaitedStations & BIT(aStation));
  TRANSACTION.awaitedStations = TRANSACTION.awaitedStations & ~BIT(aStation);
  if
  :: TRANSACTION.awaitedStations == 0 && !DROP_ACKNOWLEDGEMENTS ->
     if
     :: TRANSACTION.request == deviceWrite -> storeDeviceLine()
     :: else ->
        servedRequester = TRANSACTION.requester;
        ENTRY.state = exclusive;
        ENTRY.holders = BIT(servedRequester);
        respond((TRANSACTION.dataReady -> data : grant), dirtyExclusive)
     fi;
     unlockLine()
  :: else
  fi
}

// func askOwner
inline askOwner() {
  lockLine();
  TRANSACTION.awaitsAnswer = true;
  if
  :: served == read -> ask(intervene, shared)
  :: else -> ask(interveneExclusive, dirtyExclusive)
  fi
}

// func takeOwnerData
inline takeOwnerData() {
  assert(ENTRY.lock && TRANSACTION.awaitsAnswer && TRANSACTION.requester == requester);
  if
  :: DROP_OWNER_TO_HOME && TRANSACTION.request == read
  :: else -> ENTRY.memory = value
  fi;
  if
  :: TRANSACTION.request == deviceWrite -> storeDeviceLine()
  :: TRANSACTION.request == read -> ENTRY.state = shared; ENTRY.holders = ENTRY.holders | BIT(requester)
  :: else -> ENTRY.state = exclusive; ENTRY.holders = BIT(requester)
  fi;
  unlockLine()
}

// func takeNotFound
inline takeNotFound() {
  assert(ENTRY.lock && TRANSACTION.awaitsAnswer && TRANSACTION.requester == requester);
  TRANSACTION.awaitsAnswer = false;
  if
  :: flags == writeBackComing && !TRANSACTION.hasWriteBack -> TRANSACTION.awaitsWriteBack = true
  :: flags == linkRetained -> serveWithoutOwner(shared, ENTRY.holders)
  :: else -> serveWithoutOwner(uncached, 0)
  fi
}

// func takeWriteBack
inline takeWriteBack() {
  // A write-back from a processor that does not own the line is an error in the code, too.
  assert(ENTRY.state == exclusive && ENTRY.holders == BIT(requester));
  ENTRY.memory = value;
  if
  :: !ENTRY.lock -> ENTRY.state = uncached; ENTRY.holders = 0
  :: else ->
     TRANSACTION.hasWriteBack = !DROP_HAS_WRITEBACK;
     if
     :: TRANSACTION.awaitsWriteBack -> serveWithoutOwner(uncached, 0)
     :: else
     fi
  fi
}

// The owner has nothing (any more): memory is valid, and the request is served as if nobody had held the line, or, where the owner still
// has a link to it, as if it shared it. That locks nothing.
// func serveWithoutOwner
inline serveWithoutOwner(aState, itsHolders) {
  ENTRY.state = aState;
  ENTRY.holders = itsHolders;
  served = TRANSACTION.request;
  servedRequester = TRANSACTION.requester;
  isServing = true;
  unlockLine()
}

// func storeDeviceLine
inline storeDeviceLine() {
  ENTRY.state = uncached;
  ENTRY.holders = 0;
  written(deviceRequester);
  ENTRY.memory = latest[line];
  isTransferring = false
}
