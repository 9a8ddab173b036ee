// NUMAchine's two-level directory protocol with network caches and selective broadcast, as docs/numachine-protocol.md specifies it; messages, states
// and fields bear the names that they have there and in Sources/NUMAchine. What is done with a request is the code's own table.
//
//   numachine.pml                this file: sizes, what is under way, and who moves it
//   numachine-names.pml          names, made from the code
//   numachine-decisions.pml     what is done with a request, made from the code
//   numachine-conditions.pml     what the protocol stands on, each to be dropped
//   numachine-rings.pml          how packets go from station to station: an ideal ring, one ring or two levels of rings link by link
//   numachine-home.pml           a line's home memory and directory
//   numachine-networkcache.pml   a station's network cache: requests of its processors, what homes tell and ask it
//   numachine-processors.pml     secondary caches, links, what an instruction does
//   numachine-programs.pml       what processors do; flat-litmus.pml: or a litmus test
//   numachine-checks.pml         what must hold at rest; progress
//   check.sh                     runs all of it, and the broken ones
//
// HAS_ROOM and MAY_PASS have what the rings' signals do.
// Not in the model: tag, retries, issued (frames know their line; age is `older`).
//
// Time is left out: whatever two things the protocol does not order, the model does in both orders. Data are version numbers.

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

// What a run of it is told by the environment, as numbers: what is dropped; what processors do; whether lines make room for others at any time, in
// secondary caches and in network caches; whether the home's routing masks name all stations once they name any that share (two rings); whether a device writes
// line 0; the profile's read_fills_exclusive; the litmus test, where its processors are, and whether all begin with old copies; and the processor
// whose requests must all be answered.
byte drop, program, evictions, ejections, inexact, oneSlot, device, fillsExclusive, shape, placement, warm, subject;
inline readSettings() {
#ifdef SETTINGS
  // For simulation, which knows no C: SETTINGS="drop = 1; program = 2"
  evictions = 1; ejections = 1; fillsExclusive = 1; SETTINGS
#else
#define SETTING(name, otherwise) (getenv(#name) ? atoi(getenv(#name)) : otherwise)
  c_code {
    now.drop = SETTING(drop, 0);
    now.program = SETTING(program, 0);
    now.evictions = SETTING(evictions, 1);
    now.ejections = SETTING(ejections, 1);
    now.inexact = SETTING(inexact, 0);
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

#include "numachine-conditions.pml"

#define PROCESSORS (STATIONS * PER_STATION)
#ifndef HOME_0
#define HOME_0 0
#endif
#ifndef HOME_1
#define HOME_1 (1 % STATIONS)
#endif
#define HOME(aLine) ((aLine) == 0 -> HOME_0 : HOME_1)
#define STATION(aProcessor) ((aProcessor) / PER_STATION)
#define BIT(aNumber) (1 << (aNumber))
#define ALL_OF(aStation) ((BIT(PER_STATION) - 1) << ((aStation) * PER_STATION))
#define EVERY_STATION (BIT(STATIONS) - 1)
#define HOME_BIT BIT(HOME(line))
#define deviceRequester 255
#define IS_LOCAL(aProcessor) ((aProcessor) != deviceRequester && STATION(aProcessor) == HOME(line))

#include "numachine-names.pml"
// flags of Packet (`invalid` stands for none). An exclusive line to be used only with the own invalidation is `awaitInvalidation`.
mtype = { awaitInvalidation, dataFollows, stillShared, busy, linkRetained };
// Instructions.
mtype = { load, store, loadLinked, storeConditional };

// What is under way, all bounded: a send to a full channel is an error.
#define OUTPUTS (2 * PROCESSORS + 2)
// For each line a write-back and the answer to a question, which is reserved: a sinkable packet never waits for room.
#ifndef ANSWERS
#define ANSWERS (2 * LINES + 1)
#endif
#ifndef INPUTS
#define INPUTS (3 * PER_STATION * LINES + 2)
#endif

// A processor's request on its way to the line's home, by the bus or the ring.
chan request[PROCESSORS] = [1] of { mtype, byte };
// `stations` is the routing mask; the sender's own bit means its bus.
#define MESSAGE kind, line, source, requester, processors, flags, value
chan homeOutput[LINES] = [OUTPUTS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// What a network cache sends to homes: write-backs and answers.
chan answer[STATIONS] = [ANSWERS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// Invalidations on their way to the sequencing point.
chan sequencer[LINES] = [STATIONS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// Ring and ring interface: a packet takes its place in the queues of all its stations at once, which is the ring's one order.
chan input[STATIONS] = [INPUTS] of { mtype, byte, byte, byte, byte, mtype, byte };
// Messages in all these, and lines on their way inside a station, to know when the machine is at rest.
byte inFlight;
// Processors that have been interrupted.
byte interrupted;

// The message in hand. Never carried from one step to the next.
hidden mtype kind, flags;
hidden byte line, source, requester, processors, value, stations;
hidden byte p, s;

#define SEND(aChannel, aRoom) assert(len(aChannel) < (aRoom)); inFlight++; aChannel

#include "numachine-rings.pml"
#include "numachine-processors.pml"
#include "numachine-networkcache.pml"
#include "numachine-home.pml"
#include "numachine-decisions.pml"

// What a home has decided has its slot on the bus, and goes out to the ring.
proctype Output(byte aLine) {
end:
  do
  :: d_step {
       homeOutput[aLine] ? MESSAGE, stations ->
       inFlight--;
       PRINT(HOME(line));
       if
#ifdef NODES
       :: kind == invalidate && stations & ~BIT(HOME(line)) -> toRing(HOME(line), stations)
#else
       :: kind == invalidate && stations & ~BIT(HOME(line)) ->
          if
          :: DROP_SEQUENCING ->
             s = 0;
             do
             :: s < STATIONS ->
                if
                :: stations & BIT(s) -> SEND(sequencer[line], STATIONS) ! MESSAGE, BIT(s)
                :: else
                fi;
                s++
             :: else -> break
             od;
             s = 0
          :: else -> SEND(sequencer[line], STATIONS) ! MESSAGE, stations
          fi
#endif
       :: else ->
          toRing(HOME(line), (stations & ~BIT(HOME(line))));
          if
          :: stations & BIT(HOME(line)) -> onHomesBus(); serveNow(); finish()
          :: else
          fi
       fi;
       kind = 0
     }
  :: d_step { DROP_OUTPUT_ORDER && len(homeOutput[aLine]) > 1 -> homeOutput[aLine] ? MESSAGE, stations; homeOutput[aLine] ! MESSAGE, stations; kind = 0 }
  od
}

// Flow control: where masks name more stations than have copies, one that is slow could be sent invalidations without end; then the ring halts.
#define HAS_ROOM(aStation) (!inexact || DROP_HALT || len(input[aStation]) < INPUTS - 3 * PER_STATION * LINES)
#if STATIONS == 2
#define EVERY_INPUT_HAS_ROOM (HAS_ROOM(0) && HAS_ROOM(1))
#elif STATIONS == 3
#define EVERY_INPUT_HAS_ROOM (HAS_ROOM(0) && HAS_ROOM(1) && HAS_ROOM(2))
#else
#define EVERY_INPUT_HAS_ROOM (HAS_ROOM(0) && HAS_ROOM(1) && HAS_ROOM(2) && HAS_ROOM(3))
#endif

proctype Sequencer(byte aLine) {
end:
  do
  :: d_step { len(sequencer[aLine]) > 0 && EVERY_INPUT_HAS_ROOM -> sequencer[aLine] ? MESSAGE, stations; inFlight--; toRing(HOME(line), stations); kind = 0 }
  :: d_step { DROP_SEQUENCING && len(sequencer[aLine]) > 1 -> sequencer[aLine] ? MESSAGE, stations; sequencer[aLine] ! MESSAGE, stations; kind = 0 }
  od
}

proctype Answer(byte station) {
end:
  do
  :: d_step { answer[station] ? MESSAGE, stations -> inFlight--; toRing(station, stations); kind = 0 }
  :: d_step {
       (DROP_WRITEBACK_AHEAD || DROP_MULTICAST && answer[station] ? [ownerData, _, _, _, _, _, _, _]) && len(answer[station]) > 1 ->
       answer[station] ? MESSAGE, stations; answer[station] ! MESSAGE, stations; kind = 0
     }
  od
}

inline take(aStation) {
#ifdef TWO_RINGS
  if
  :: kind == invalidate && sinking[aStation] != 0 -> sinking[aStation]--
  :: else
  fi;
#endif
  if
  :: kind == interrupt -> interrupted = interrupted | processors
  :: kind != interrupt && HOME(line) == aStation -> decide()
  :: kind != interrupt && HOME(line) != aStation -> notice(aStation)
  fi;
  serveNow();
  finish()
}

// A packet has its slot on a station's bus.
proctype Input(byte station) {
end:
  do
  :: d_step {
       input[station] ? MESSAGE ->
       inFlight--;
       PRINT(station);
       take(station);
       kind = 0
     }
#ifndef LIVENESS
  // Sinkable packets may pass a question that waits; not for ever.
  :: d_step {
       len(input[station]) > 1 && (input[station] ? [intervene, _, _, _, _, _, _] || input[station] ? [interveneExclusive, _, _, _, _, _, _]) ->
       input[station] ? MESSAGE; input[station] ! MESSAGE; kind = 0
     }
#endif
  :: d_step { DROP_INPUT_ORDER && len(input[station]) > 1 -> input[station] ? MESSAGE; input[station] ! MESSAGE; kind = 0 }
  :: d_step {
       DROP_INTERRUPT_ORDER && input[station] ?? [interrupt, _, _, _, _, _, _] ->
       input[station] ?? interrupt, line, source, requester, processors, flags, value;
       inFlight--;
       kind = interrupt;
       take(station);
       kind = 0
     }
  // Dropped: a question that has come last is put first.
  :: d_step {
       DROP_ASKED_AFTER && len(input[station]) > 1 && (input[station] ?? [intervene, _, _, _, _, _, _] || input[station] ?? [interveneExclusive, _, _, _, _, _, _]) ->
       input[station] ? MESSAGE; input[station] ! MESSAGE; kind = 0
     }
  od
}

// A request has its slot on the home's bus.
proctype Request(byte n) {
end:
  do
  :: d_step {
       request[n] ? kind, line ->
       inFlight--;
       source = STATION(n); requester = n; processors = 0; flags = invalid; value = 0;
       PRINT(HOME(line));
       decide();
       serveNow();
       finish();
       kind = 0
     }
  od
}

// What a station keeps beside each processor: a line or grant on its way, and requests to be made again.
proctype Card(byte n) {
end:
  do
  :: d_step {
       processor[n].fillUnderWay ->
       inFlight--;
       line = processor[n].line;
       value = processor[n].answer;
       kind = processor[n].answerState;
       fill(n, kind);
       processor[n].fillUnderWay = false;
       processor[n].answer = 0;
       processor[n].answerState = 0;
       finish();
       kind = 0
     }
  :: d_step {
       processor[n].isWaiting && HOME(processor[n].line) != STATION(n) &&
       networkCache[STATION(n) * LINES + processor[n].line].lock == localPending &&
       networkCache[STATION(n) * LINES + processor[n].line].requester == n ->
       line = processor[n].line;
       completeLocally(STATION(n), n);
       finish();
       kind = 0
     }
  :: d_step {
       processor[n].isRefused ->
       line = processor[n].line;
       if
       :: processor[n].access == storeConditional && LINE(n).state == invalid ->
          processor[n].isRefused = false;
          refuseConditional(n);
          finish()
       :: else -> makeRequest(n)
       fi
     }
  od
}

// The host port writes a line at a time to its own station's memory, the next when this one is done; refused, it tries again.
proctype Device() {
end:
  do
  :: d_step {
       !isTransferring ->
       kind = deviceWrite; line = 0; source = HOME(line); requester = deviceRequester; processors = 0; flags = invalid; value = 0;
       isTransferring = true;
       decide();
       serveNow();
       finish();
       kind = 0
     }
  od
}

#include "numachine-programs.pml"
#include "numachine-checks.pml"

init {
  atomic {
    readSettings();
#ifdef LITMUS
    // Before there are programs: which part they have they see when they are made.
    chooseShape();
#endif
    s = 0;
    do
    :: s < STATIONS -> run Input(s); run Answer(s); s++
    :: else -> break
    od;
#ifdef NODES
    s = 0;
    do
    :: s < NODES -> run Link(s); s++
    :: else -> break
    od;
#endif
    p = 0;
    do
#ifdef NODES
    :: p < LINES -> run Output(p); p++
#else
    :: p < LINES -> run Output(p); run Sequencer(p); p++
#endif
    :: else -> break
    od;
#ifdef TWO_RINGS
    run Held(0); run Held(1); run Held(2);
#endif
    p = 0;
    do
    :: p < PROCESSORS ->
       run Request(p);
       run Card(p);
#ifdef LITMUS
       run Program(p);
#else
       run Processor(p);
#endif
       p++
    :: else -> break
    od;
    s = 0;
    p = 0;
    if
    :: ejections ->
       do
       :: s < STATIONS -> run Ejection(s); s++
       :: else -> break
       od
    :: else
    fi;
    s = 0;
    if
    :: device -> run Device()
    :: else
    fi;
#ifndef LIVENESS
    run Rest()
#endif
  }
}
