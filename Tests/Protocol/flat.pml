// The flat, home-centred, blocking directory protocol of docs/coherence.md, as the code has it: messages, states and fields bear the names that
// they have in Sources/NUMAchine; an inline under the comment `func f` is the function f there. What a home does with a request is the code's own table.
//
//   flat.pml             this file: sizes, what is under way, and who moves it
//   flat-names.pml       names, made from the code
//   flat-decisions.pml   what is done with a request, made from the code
//   flat-home.pml        FlatProtocol-home.swift, HomeTransaction.swift
//   flat-processors.pml  FlatProtocol-processors.swift, and of Processor what the protocol sees: fill, grant, refuseConditional, snoop, link
//   flat-programs.pml    what processors do: any access at any time, or LL/SC loops, or stores
//   flat-litmus.pml      or a litmus test
//   flat-checks.pml      what must hold at rest; progress
//   check.sh             runs all of it, and the broken ones
//
// Time is left out: whatever two things the code does not order, the model does in both orders. A step is one slot on a station's bus and what is
// decided in it. Data are version numbers.
//
// Not in the model: giveUp (a write-back as a victim's, that may keep a shared copy). An instruction fetch is a read here; uncached accesses reach no memory.

// What the verifier is compiled for: sizes.
#ifndef STATIONS
#define STATIONS 3
#endif
#ifndef PER_STATION
#define PER_STATION 1
#endif
#ifndef LINES
#define LINES 1
#endif

// What a run of it is told by the environment, as numbers: what is dropped; what processors do; whether lines make room for others at any time;
// whether two lines share a slot of the caches; whether a device writes line 0; the profile's read_fills_exclusive; the litmus test, and where its
// processors are; and the
// processor whose requests must all be answered.
byte drop, program, evictions, oneSlot, device, fillsExclusive, shape, placement, warm, subject;
inline readSettings() {
#ifdef SETTINGS
  // For simulation, which knows no C: SETTINGS="drop = 1; program = 2"
  evictions = 1; fillsExclusive = 1; SETTINGS
#else
#define SETTING(name, otherwise) (getenv(#name) ? atoi(getenv(#name)) : otherwise)
  c_code {
    now.drop = SETTING(drop, 0);
    now.program = SETTING(program, 0);
    now.evictions = SETTING(evictions, 1);
    now.oneSlot = SETTING(oneSlot, 0);
    now.device = SETTING(device, 0);
    now.fillsExclusive = SETTING(fillsExclusive, 1);
    now.shape = SETTING(shape, 0);
    now.placement = SETTING(placement, 0);
    now.warm = SETTING(warm, 0);
    now.subject = SETTING(subject, 0);
  }
#endif
}

// Each condition that the protocol stands on can be dropped, to see what breaks. First the orders that the code guarantees.
// What a home sends leaves it in the order of its decisions (lastOutput).
#define DROP_OUTPUT_ORDER (drop == 1)
// Two packets that both reach some stations reach them in the same order, that in which they were ready, and a packet is ready later than all those
// that its sender had received (RingSimulation). Dropped, only the packets of one sender keep their order.
#define DROP_RING_ORDER (drop == 2)
// A station puts what comes in from the ring on its bus in order (lastInput).
#define DROP_INPUT_ORDER (drop == 3)
// A processor's request waits until its write-back has left (writeBackEnd).
#define DROP_WRITEBACK_FIFO (drop == 4)
// A write-back that has left is ahead of the answer that does not announce it (MachineProfile.checkAgreement: network_lookup).
#define DROP_WRITEBACK_AHEAD (drop == 5)
// An owner's line goes to home and requester in one packet.
#define DROP_MULTICAST (drop == 6)
// Then the protocol's own decisions. The owner says that its write-back is coming.
#define DROP_WRITEBACK_COMING (drop == 7)
// The home remembers that a write-back has come while it waits for the owner.
#define DROP_HAS_WRITEBACK (drop == 8)
// Nothing is served while the line is locked. Dropped, reads of a shared line are.
#define DROP_LOCK (drop == 9)
// A writer goes on when all copies have been invalidated.
#define DROP_ACKNOWLEDGEMENTS (drop == 10)
// An upgrade that has lost its copy gets the line.
#define DROP_LOST_UPGRADE (drop == 11)
// A conditional upgrade that has lost its copy is refused. Dropped, it gets the line, too.
#define DROP_REFUSAL (drop == 12)
// An invalidation breaks the link even where the line has made room.
#define DROP_LINK (drop == 13)
// A processor that is linked to a clean line which has made room stays a sharer when another reads.
#define DROP_LINK_RETAINED (drop == 18)
// Requests that wait are served in order. Dropped, those of lower processors go first.
#define DROP_WAITING_ORDER (drop == 14)
// A line that comes is used before anyone can take it.
#define DROP_FILL_USE (drop == 15)
// A device's write asks for the copies.
#define DROP_DEVICE_WRITE (drop == 16)
// At a read, the owner's line goes to memory as well.
#define DROP_OWNER_TO_HOME (drop == 17)

#define PROCESSORS (STATIONS * PER_STATION)
#define HOME(aLine) ((aLine) % STATIONS)
#define STATION(aProcessor) ((aProcessor) / PER_STATION)
#define BIT(aNumber) (1 << (aNumber))
#define ALL_OF(aStation) ((BIT(PER_STATION) - 1) << ((aStation) * PER_STATION))
#define deviceRequester 255

#include "flat-names.pml"
// Packet's flags; `invalid` stands for no flags.
mtype = { writeBackComing, linkRetained };
// Instructions.
mtype = { load, store, loadLinked, storeConditional };

// What is under way. A processor has at most a request and a write-back, a line at most one question and its answers, so all is bounded: a send to
// a full channel is an error.
#if LINES == 1
#define REQUESTS 2
#if PROCESSORS - PER_STATION > 1
#define INPUTS (2 * (PROCESSORS - PER_STATION))
#else
// A write-back, the next request, and the answer that there is nothing any more.
#define INPUTS 3
#endif
#else
#define REQUESTS 3
#define INPUTS (3 * PROCESSORS)
#endif
#define ANSWERS (2 * LINES)
#define OUTPUTS (PROCESSORS - PER_STATION + LINES)
#define WAITING (PROCESSORS + 1)

// From a processor to the bus: the requests and write-backs. Others on the bus go between them as they like.
chan request[PROCESSORS] = [REQUESTS] of { mtype, byte, byte };
// A home's output to the processors of its station, and to the ring.
#define MESSAGE kind, line, source, requester, processors, flags, value
chan homeToBus[LINES] = [OUTPUTS] of { mtype, byte, byte, byte, byte, mtype, byte };
chan homeToRing[LINES] = [OUTPUTS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// Answers of processors that have been asked.
chan answer[STATIONS] = [ANSWERS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// Ring and ring interface: a packet takes its place in the queues of all its stations at once, which is the order of `ready`.
chan input[STATIONS] = [INPUTS] of { mtype, byte, byte, byte, byte, mtype, byte };
// Only where DROP_WRITEBACK_AHEAD: write-backs on their way from the bus through the ring interface.
chan lookup[PROCESSORS] = [1] of { byte, byte };
// Messages in all these, to know when the machine is at rest.
byte inFlight;

// The message in hand. Never carried from one step to the next.
hidden mtype kind, flags;
hidden byte line, source, requester, processors, value, stations;
hidden byte p, s;

#define SEND(aChannel, aRoom) assert(len(aChannel) < (aRoom)); inFlight++; aChannel

// Lets the first of a queue go to its end.
#define COMMA ,
#define ROTATION(aUnit, aQueue, aCondition, fields) \
  :: d_step { unit == (aUnit) && (aCondition) && len(aQueue) > 1 -> aQueue ? fields; aQueue ! fields; kind = 0 }

inline toRing(aStations) {
  s = 0;
  do
  :: s < STATIONS ->
     if
     :: (aStations) & BIT(s) -> SEND(input[s], INPUTS) ! MESSAGE
     :: else
     fi;
     s++
  :: else -> break
  od;
  s = 0
}

// Where DROP_MULTICAST, an owner's line goes in two packets; `processors`, which it does not need, tells for whom each is.
#define FOR_HOME (!DROP_MULTICAST || processors & 1)
#define FOR_REQUESTER (!DROP_MULTICAST || processors & 2)

#include "flat-processors.pml"
#include "flat-home.pml"
#include "flat-decisions.pml"

// A message has had its slot on this station's bus (Station-run.swift's handle).
inline arrive(aStation) {
  if
  :: kind == ownerData -> spreadOwnerData(aStation)
  :: IS_FOR_HOME -> assert(aStation == HOME(line)); decide()
  :: else -> notice(aStation)
  fi;
  serveWaiting()
}

// func spreadOwnerData
inline spreadOwnerData(aStation) {
  if
  :: HOME(line) == aStation && FOR_HOME -> decide()
  :: else
  fi;
  if
  :: requester != deviceRequester && STATION(requester) == aStation && FOR_REQUESTER -> fill(requester)
  :: else
  fi
}

// What puts things on a station's bus, each with its queue: the processors (unit 0 to PER_STATION - 1) with requests and write-backs, the home's
// memory module, a processor's agent with an answer, the ring interface with what has come in, a device; and the home's output to the ring.
#define HOME_TO_BUS PER_STATION
#define HOME_TO_RING (PER_STATION + 1)
#define AGENTS (PER_STATION + 2)
#define DEVICE (PER_STATION + 3)
#define RING_INTERFACE (PER_STATION + 4)
// Where DROP_RING_ORDER: a ring interface for each sender, whose packets keep their order.
#define FROM_SENDER (PER_STATION + 5)
#define EXISTS(aStation, aUnit) ( \
  (aUnit) < PER_STATION || (aUnit) == AGENTS || ((aUnit) == HOME_TO_BUS || (aUnit) == HOME_TO_RING) && (aStation) < LINES || \
  (aUnit) == DEVICE && device && (aStation) == 0 || (aUnit) == RING_INTERFACE && !DROP_RING_ORDER || (aUnit) >= FROM_SENDER && DROP_RING_ORDER)
#define OWN (station * PER_STATION + unit)

#define HAS_ANY ( \
  unit < PER_STATION && len(request[OWN % PROCESSORS]) > 0 || unit == HOME_TO_BUS && len(homeToBus[station % LINES]) > 0 || \
  unit == HOME_TO_RING && len(homeToRing[station % LINES]) > 0 || unit == AGENTS && len(answer[station]) > 0 || \
  unit == DEVICE && !isTransferring || unit == RING_INTERFACE && len(input[station]) > 0 || \
  unit >= FROM_SENDER && input[station] ?? [_, _, eval(unit - FROM_SENDER), _, _, _, _])

proctype Unit(byte station, unit) {
end:
  do
  :: d_step {
       HAS_ANY ->
       inFlight--;
       stations = BIT(station);
       if
       :: unit < PER_STATION ->
          request[OWN] ? kind, line, value;
          source = station; requester = OWN; processors = 0; flags = invalid;
          stations = BIT(HOME(line));
          if
          :: DROP_WRITEBACK_AHEAD && kind == writeBack && HOME(line) != station -> SEND(lookup[OWN], 1) ! line, value; stations = 0
          :: else
          fi
       :: unit == HOME_TO_BUS -> homeToBus[station] ? MESSAGE
       :: unit == HOME_TO_RING -> homeToRing[station] ? MESSAGE, stations
       :: unit == AGENTS -> answer[station] ? MESSAGE, stations
       :: unit == RING_INTERFACE -> input[station] ? MESSAGE
       :: unit >= FROM_SENDER ->
          input[station] ?? kind, line, eval(unit - FROM_SENDER), requester, processors, flags, value;
          source = unit - FROM_SENDER
       :: unit == DEVICE ->
          // It writes a line at a time to its own station's memory, the next when this one is done (continueTransfer).
          isTransferring = true;
          inFlight++;
          kind = deviceWrite; line = 0; source = station; requester = deviceRequester; processors = 0; flags = invalid; value = 0
       fi;
       printf("station %d: ", station); printm(kind); printf(" for processor %d, flags ", requester); printm(flags); printf(", value %d\n", value);
       toRing(stations & ~BIT(station));
       if
       :: stations & BIT(station) -> arrive(station)
       :: else
       fi;
       kind = 0
     }
  // An agent's answers to different questions book slots of their own.
  ROTATION(AGENTS, answer[station], LINES > 1 || DROP_MULTICAST, MESSAGE COMMA stations)
  ROTATION(unit, request[OWN % PROCESSORS], DROP_WRITEBACK_FIFO && unit < PER_STATION, kind COMMA line COMMA value)
  ROTATION(HOME_TO_BUS, homeToBus[station % LINES], DROP_OUTPUT_ORDER, MESSAGE)
  ROTATION(HOME_TO_RING, homeToRing[station % LINES], DROP_OUTPUT_ORDER, MESSAGE COMMA stations)
  ROTATION(RING_INTERFACE, input[station], DROP_INPUT_ORDER, MESSAGE)
  od
}

// Where DROP_WRITEBACK_AHEAD.
proctype Lookup(byte n) {
end:
  do
  :: d_step {
       lookup[n] ? line, value -> inFlight--;
       kind = writeBack; source = STATION(n); requester = n; processors = 0; flags = invalid;
       toRing(BIT(HOME(line)))
     }
  od
}

#include "flat-programs.pml"
#include "flat-checks.pml"

init {
  atomic {
    readSettings();
#ifdef LITMUS
    // Before there are programs: which part they have they see when they are made.
    chooseShape();
#endif
    s = 0;
    do
    :: s < STATIONS ->
       p = 0;
       do
       :: p < FROM_SENDER + STATIONS ->
          if
          :: EXISTS(s, p) -> run Unit(s, p)
          :: else
          fi;
          p++
       :: else -> break
       od;
       s++
    :: else -> break
    od;
    p = 0;
    do
    :: p < PROCESSORS ->
#ifdef LITMUS
       run Program(p);
#else
       run Processor(p);
#endif
       if
       :: DROP_WRITEBACK_AHEAD -> run Lookup(p)
       :: else
       fi;
       p++
    :: else -> break
    od;
    s = 0;
    p = 0;
#ifndef LIVENESS
    run Rest()
#endif
  }
}
