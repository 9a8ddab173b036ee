// The flat, home-centred, blocking directory protocol of docs/coherence.md, as the code has it: messages, states and fields bear the names that
// they have in Sources/NUMAchine, which a test compares, and an inline stands for the function of the same name there.
//
//   flat.pml             this file: sizes, names, what is under way, who moves it
//   flat-home.pml        Station-home.swift and Coherence/HomeTransaction.swift
//   flat-processors.pml  Station-processors.swift, and of Processor what the protocol sees: fill, grant, refuseConditional, snoop, link
//   flat-programs.pml    what processors do: any access at any time, LL/SC loops, or a litmus test; the device
//   flat-checks.pml      what must hold at rest; progress
//   check.sh             runs all of it, and the broken ones
//
// Time is left out: whatever two things the code does not order, the model does in both orders. These orders the code guarantees (remove one with
// the switch behind it and see what breaks):
//   - what a home sends leaves it in the order of its decisions (lastOutput)                                      DROP_OUTPUT_ORDER
//   - every station sees two packets that both reach it in the same order, that in which they were ready,
//     and a packet is ready after those that its sender had received (RingSimulation)                             DROP_RING_ORDER
//   - a station puts what comes in from the ring on its bus in order (lastInput)                                  DROP_INPUT_ORDER
//   - a processor's request waits until its write-back has left (writeBackEnd)                                    DROP_WRITEBACK_FIFO
//   - a write-back that has left is ahead of the answer that does not announce it (MachineProfile: network_lookup
//     is at most a line's transfer and `intervention` together)                                                   DROP_WRITEBACK_AHEAD
//   - an owner's line goes to home and requester in one packet                                                    DROP_MULTICAST
// and these are decisions of the protocol:
//   - the owner says that its write-back is coming                                                                DROP_WRITEBACK_COMING
//   - the home remembers that it has come                                                                         DROP_HAS_WRITEBACK
//   - nothing of a line is served while it is locked                                                              DROP_LOCK
//   - a writer goes on when all copies have been invalidated                                                      DROP_ACKNOWLEDGEMENTS
//   - an upgrade that has lost its copy gets the line                                                             DROP_LOST_UPGRADE
//   - a conditional upgrade that has lost its copy is refused                                                     DROP_REFUSAL
//   - an invalidation or a question breaks the link even where the line has made room                             DROP_LINK
//   - requests that wait are served in order                                                                      DROP_WAITING_ORDER
//   - a line that comes is used before anyone can take it                                                         DROP_FILL_USE
//   - a device's write asks for the copies, too                                                                   DROP_DEVICE_WRITE
//   - at a read, the owner's line goes to memory as well                                                          DROP_OWNER_TO_HOME
//
// Not in the model: interrupt (goes with the ring's order, needs no line), uncached accesses (reach no memory).

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

// What a run of it is told by the environment, as numbers: what is dropped, what processors do, whether lines make room for others (1), whether a
// device writes line 0 (1), the profile's read_fills_exclusive, the litmus test, and the processor whose requests must all be answered.
byte drop, program, evictions, device, fillsExclusive, shape, subject;
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
    now.device = SETTING(device, 0);
    now.fillsExclusive = SETTING(fillsExclusive, 1);
    now.shape = SETTING(shape, 0);
    now.subject = SETTING(subject, 0);
  }
#endif
}

#define DROP_OUTPUT_ORDER (drop == 1)
#define DROP_RING_ORDER (drop == 2)
#define DROP_INPUT_ORDER (drop == 3)
#define DROP_WRITEBACK_FIFO (drop == 4)
#define DROP_WRITEBACK_AHEAD (drop == 5)
#define DROP_MULTICAST (drop == 6)
#define DROP_WRITEBACK_COMING (drop == 7)
#define DROP_HAS_WRITEBACK (drop == 8)
#define DROP_LOCK (drop == 9)
#define DROP_ACKNOWLEDGEMENTS (drop == 10)
#define DROP_LOST_UPGRADE (drop == 11)
#define DROP_REFUSAL (drop == 12)
#define DROP_LINK (drop == 13)
#define DROP_WAITING_ORDER (drop == 14)
#define DROP_FILL_USE (drop == 15)
#define DROP_DEVICE_WRITE (drop == 16)
#define DROP_OWNER_TO_HOME (drop == 17)

#define PROCESSORS (STATIONS * PER_STATION)
#define HOME(aLine) ((aLine) % STATIONS)
#define STATION(aProcessor) ((aProcessor) / PER_STATION)
#define BIT(aNumber) (1 << (aNumber))
#define ALL_OF(aStation) ((BIT(PER_STATION) - 1) << ((aStation) * PER_STATION))
#define deviceRequester 255

// enum MessageKind
mtype = {
  read, readExclusive, upgrade, conditionalUpgrade, writeBack, deviceWrite,
  invalidate, intervene, interveneExclusive,
  invalidated, ownerData, notFound,
  data, grant, refuse
};
// enum LineState
mtype = { invalid, shared, cleanExclusive, dirtyExclusive };
// enum DirectoryEntry.State; its third, shared, is the same word as LineState's
mtype = { uncached, exclusive };
// Packet's flag; `invalid` stands for no flags.
mtype = { writeBackComing };
// Instructions.
mtype = { load, store, loadLinked, storeConditional };

// What is under way. Each processor has at most a request and a write-back, each line at most one question and its answers, so all is bounded:
// a send to a full channel is an error.
#define REQUESTS (1 + LINES)
#define ANSWERS (2 * LINES)
#define OUTPUTS (PROCESSORS + LINES)
#define INPUTS (2 * PROCESSORS)
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

#define IS_REQUEST (kind == read || kind == readExclusive || kind == upgrade || kind == conditionalUpgrade || kind == deviceWrite)

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

// A message has had its slot on this station's bus.
inline arrive(aStation) {
  if
  :: kind == ownerData -> spreadOwnerData(aStation)
  :: IS_REQUEST || kind == writeBack || kind == invalidated || kind == notFound -> assert(aStation == HOME(line)); decide()
  :: else -> notice(aStation)
  fi;
  serveWaiting()
}

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
// memory module, a processor's agent with an answer, the ring interface with what has come in; and the home's output to the ring.
#define HOME_TO_BUS PER_STATION
#define HOME_TO_RING (PER_STATION + 1)
#define AGENTS (PER_STATION + 2)
#define RING_INTERFACE (PER_STATION + 3)
#define UNITS (PER_STATION + 4)
#define OWN (station * PER_STATION + unit)

#define HAS_ANY ( \
  unit < PER_STATION && len(request[OWN % PROCESSORS]) > 0 || unit == HOME_TO_BUS && len(homeToBus[station % LINES]) > 0 || \
  unit == HOME_TO_RING && len(homeToRing[station % LINES]) > 0 || unit == AGENTS && len(answer[station]) > 0 || \
  unit == RING_INTERFACE && !DROP_RING_ORDER && len(input[station]) > 0)

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
       fi;
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

// Where DROP_RING_ORDER: a ring interface for each sender, whose packets keep their order.
proctype InputFrom(byte station, sender) {
end:
  do
  :: d_step {
       input[station] ?? kind, line, eval(sender), requester, processors, flags, value -> inFlight--;
       source = sender;
       arrive(station);
       kind = 0
     }
  od
}

#include "flat-programs.pml"
#include "flat-checks.pml"

init {
  atomic {
    readSettings();
    s = 0;
    do
    :: s < STATIONS ->
       p = 0;
       do
       :: p < UNITS ->
          if
          :: s < LINES || p != HOME_TO_BUS && p != HOME_TO_RING -> run Unit(s, p)
          :: else
          fi;
          p++
       :: else -> break
       od;
       p = 0;
       do
       :: p < STATIONS && DROP_RING_ORDER -> run InputFrom(s, p); p++
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
#ifdef LITMUS
    chooseShape();
#endif
    if
    :: device -> run Device()
    :: else
    fi;
#ifndef LIVENESS
    run Rest()
#endif
  }
}
