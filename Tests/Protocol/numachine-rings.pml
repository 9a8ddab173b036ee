// How packets go from station to station. Which packet is ahead of which is all that counts:
//
//   one ring             ideal: a packet takes its place in the queues of all its stations at once, which is one order for all packets
//   two levels of rings  PER_RING < STATIONS: two local rings (the second may have fewer stations) and a central one. A local ring between its
//                        interface's two ends is ideal; queues are the way up to each interface and the central ring's links
//   HOPS                 either, link by link, as Sources/NUMAchine/Ring has it
//
// Places and stages have the names that they have there. A crossing's time is no step of its own: whatever comes of a packet on the other side of an
// interface goes through the same queue behind it.

#ifndef PER_RING
#define PER_RING STATIONS
#endif
#if PER_RING < STATIONS
#define TWO_RINGS
#endif

inline toStations(aMask) {
  s = 0;
  do
  :: s < STATIONS ->
     if
     :: (aMask) & BIT(s) -> SEND(input[s], INPUTS) ! MESSAGE
     :: else
     fi;
     s++
  :: else -> break
  od;
  s = 0
}

#if !defined(HOPS) && !defined(TWO_RINGS)

inline toRing(aStation, aMask) { toStations(aMask) }

#else

// Stages of a passage, beside the stations that it has still to reach: to the stations of the mask on this local ring; on the local ring to the
// sequencing point or the interface; on the central ring to its sequencing point; on the central ring, going down where the mask says.
#define deliver 0
#define climb 16
#define seek 32
#define spread 64
#define STAGE (stations & ~EVERY_STATION)
#define remaining (stations & EVERY_STATION)

// A link is named by the node that it leads out of.
#ifndef TWO_RINGS
#define NODES STATIONS
#define SUCCESSOR(aNode) (((aNode) + 1) % STATIONS)
#define IS_HERE(aStation, aMask) true
#else
#define RING(aStation) ((aStation) / PER_RING)
#define MEMBERS(aRing) ((aRing) == 0 -> BIT(PER_RING) - 1 : EVERY_STATION & ~(BIT(PER_RING) - 1))
// All stations are on this one's local ring.
#define IS_HERE(aStation, aMask) (((aMask) & ~MEMBERS(RING(aStation))) == 0)
// A routing mask has a field of bits for rings and one for the stations of a ring, and so may name more stations than it was made for.
#define POSITIONS(aMask) (((aMask) | (aMask) >> PER_RING) & (BIT(PER_RING) - 1))
#define ROUTING_MASK(aMask) ( \
  ((aMask) & MEMBERS(0) -> POSITIONS(aMask) : 0) | ((aMask) & MEMBERS(1) -> (POSITIONS(aMask) << PER_RING) & EVERY_STATION : 0))
#define IS_EXACT_MASK(aMask) (!((aMask) & MEMBERS(0)) || !((aMask) & MEMBERS(1)) || (POSITIONS(aMask) & (POSITIONS(aMask) - 1)) == 0)
#ifdef HOPS
#define NODES (STATIONS + 4)
// `ringOf`: the local ring whose interface a node is a side of.
#define localSide(aRing) (STATIONS + (aRing))
#define IS_INTERFACE(aNode) ((aNode) >= STATIONS)
#define ringOf(aNode) (((aNode) - STATIONS) % 2)
#else
// Of a local ring only the way up is a queue.
#define NODES 4
#define localSide(aRing) (aRing)
#define IS_INTERFACE(aNode) true
#define ringOf(aNode) ((aNode) % 2)
#endif
#define centralSide(aRing) (NODES - 2 + (aRing))
#ifdef HOPS
#define SUCCESSOR(aNode) ( \
  (aNode) < PER_RING - 1 || (aNode) >= PER_RING && (aNode) < STATIONS - 1 -> (aNode) + 1 : \
  ((aNode) < STATIONS -> localSide(RING(aNode)) : ((aNode) < STATIONS + 2 -> ((aNode) - STATIONS) * PER_RING : centralSide(1 - ringOf(aNode)))))
#else
#define SUCCESSOR(aNode) ((aNode) < 2 -> (aNode) : centralSide(1 - ringOf(aNode)))
#endif

// Invalidations that wait at a sequencing point for room in a station's queue, and those for each station that have passed it.
chan held[3] = [PROCESSORS] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
byte sinking[STATIONS];
#ifndef HALT_LIMIT
#define HALT_LIMIT 3
#endif
#if STATIONS == 3
#define MAY_PASS (DROP_HALT || sinking[0] < HALT_LIMIT && sinking[1] < HALT_LIMIT && sinking[2] < HALT_LIMIT)
#else
#define MAY_PASS (DROP_HALT || sinking[0] < HALT_LIMIT && sinking[1] < HALT_LIMIT && sinking[2] < HALT_LIMIT && sinking[3] < HALT_LIMIT)
#endif
#endif

#ifndef LINK_PLACES
#define LINK_PLACES (2 * PROCESSORS * LINES + 2)
#endif
chan link[NODES] = [LINK_PLACES] of { mtype, byte, byte, byte, byte, mtype, byte, byte };
// A node; a sequencing point: a local ring's, or the central ring's.
#define none 3
hidden byte place, point = none, route;
#if defined(TWO_RINGS) && !defined(HOPS)
#define ENTRANCE(aStation) localSide(RING(aStation))
#else
#define ENTRANCE(aStation) (aStation)
#endif

// A station's packet goes to the stations of its routing mask. Sequenced ones are carried unread at first.
inline toRing(aStation, aMask) {
  route = aMask;
  if
  :: route == 0
  :: route != 0 && (kind == invalidate && !(DROP_UNREAD && IS_HERE(aStation, route)) || !IS_HERE(aStation, route)) ->
     route = route | climb;
     SEND(link[ENTRANCE(aStation)], LINK_PLACES) ! MESSAGE, route
  :: route != 0 && (kind != invalidate || DROP_UNREAD) && IS_HERE(aStation, route) ->
#if defined(TWO_RINGS) && !defined(HOPS)
     toStations(route)
#else
     SEND(link[aStation], LINK_PLACES) ! MESSAGE, route
#endif
  fi;
  route = 0
}

#ifndef TWO_RINGS

// A packet has come to a node.
inline arrive() {
  if
  :: STAGE == climb && place == 0 -> stations = remaining | deliver
  :: else
  fi;
  carryOn()
}

#else

// A packet has come to a node. Sequenced ones for one local ring take their place at that ring's interface, where those that come down do; the others at
// the central ring's link into the interface of ring 0.
inline arrive() {
  point = none;
  if
  :: kind == invalidate && STAGE == climb && IS_INTERFACE(place) && (remaining & ~MEMBERS(ringOf(place))) == 0 && !DROP_INTERFACE -> point = ringOf(place)
  :: kind == invalidate && STAGE == seek && ringOf(place) == 0 -> point = 2
  :: else
  fi;
  if
  :: point != none && (!MAY_PASS || len(held[point]) != 0) -> SEND(held[point], PROCESSORS) ! MESSAGE, stations; stations = 0
  :: else -> reach(); carryOn()
  fi;
  point = none
}

// What a node does with a packet before it takes the next link.
inline reach() {
  if
  :: point != none -> countSinking()
  :: else
  fi;
  if
  :: STAGE == climb && IS_INTERFACE(place) ->
     if
     :: (remaining & ~MEMBERS(ringOf(place))) == 0 && !DROP_INTERFACE -> stations = remaining | deliver
     :: (remaining & ~MEMBERS(ringOf(place))) == 0 && DROP_INTERFACE
     :: else -> place = centralSide(ringOf(place)); stations = remaining | (kind == invalidate && !DROP_CENTRAL -> seek : spread)
     fi
  :: STAGE == seek && ringOf(place) == 0 -> stations = remaining | spread; descend()
  :: STAGE == spread -> descend()
  :: else
  fi
}

// A copy of the packet goes down to the local ring of this inter-ring interface if the mask names any of its stations.
inline descend() {
  route = stations & MEMBERS(ringOf(place));
  if
  :: route != 0 ->
#ifdef HOPS
     SEND(link[localSide(ringOf(place))], LINK_PLACES) ! MESSAGE, route;
#else
     toStations(route);
#endif
     stations = stations & ~route
  :: else
  fi;
  route = 0
}

inline countSinking() {
  s = 0;
  do
  :: s < STATIONS ->
     if
     :: stations & BIT(s) -> sinking[s]++
     :: else
     fi;
     s++
  :: else -> break
  od;
  s = 0
}

#endif

// To the station that it has come to, and to the next link.
inline carryOn() {
#if defined(TWO_RINGS) && !defined(HOPS)
  if
  :: STAGE == deliver -> toStations(stations); stations = 0
  :: else
  fi;
#else
  if
  :: STAGE == deliver && place < STATIONS && stations & BIT(place) -> SEND(input[place], INPUTS) ! MESSAGE; stations = stations & ~BIT(place)
  :: else
  fi;
#ifdef TWO_RINGS
  // Dropped: a local ring has a sequencing point of its own, behind its first station.
  if
  :: DROP_INTERFACE && STAGE == climb && place < STATIONS && place == RING(place) * PER_RING && IS_HERE(place, remaining) -> stations = remaining | deliver
  :: else
  fi;
#endif
#endif
  if
  :: remaining != 0 -> SEND(link[place], LINK_PLACES) ! MESSAGE, stations
  :: else
  fi
}

proctype Link(byte node) {
end:
  do
  :: d_step { link[node] ? MESSAGE, stations -> inFlight--; place = SUCCESSOR(node); arrive(); place = 0; kind = 0 }
  od
}

#ifdef TWO_RINGS
// There is room: the first of those that wait at a sequencing point goes on.
proctype Held(byte aPoint) {
end:
  do
  :: d_step {
       len(held[aPoint]) != 0 && MAY_PASS ->
       held[aPoint] ? MESSAGE, stations;
       inFlight--;
       point = aPoint;
       place = (aPoint == 2 -> centralSide(0) : localSide(aPoint));
       reach();
       carryOn();
       point = none;
       place = 0;
       kind = 0
     }
  od
}
#endif

#endif
