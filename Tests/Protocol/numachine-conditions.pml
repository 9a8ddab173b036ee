// What the protocol stands on. Each condition can be dropped, to see what breaks.
//
// First the orders.
// What a home decides leaves it in the order of its decisions, to its bus and to the ring.
#define DROP_OUTPUT_ORDER (drop == 1)
// An invalidation takes its place in the order of packets once, at the sequencing point. Dropped, each station gets it at a time of its own.
#define DROP_SEQUENCING (drop == 2)
// Data, grants and refusals are in one queue with the invalidations.
#define DROP_INPUT_ORDER (drop == 3)
// A question never passes a line, a grant or an invalidation: an owner is not asked before its line has come.
#define DROP_ASKED_AFTER (drop == 4)
// An answer never overtakes a write-back of its station.
#define DROP_WRITEBACK_AHEAD (drop == 5)
// An owner's line goes to home and requester in one packet.
#define DROP_MULTICAST (drop == 6)
// Then the protocol's own decisions. A writer waits for its own invalidation: dropped, the home's data or grant is enough.
#define DROP_OWN_INVALIDATION (drop == 7)
// The home's line is locked until its copy of the invalidation has returned.
#define DROP_LOCK (drop == 8)
// An upgrade whose station is not in the mask gets the line.
#define DROP_LOST_UPGRADE (drop == 9)
// So does one whose mask is inexact.
#define DROP_INEXACT (drop == 10)
// A station that is asked while a local transaction is under way says busy. Dropped, it says that it has nothing.
#define DROP_BUSY (drop == 11)
// A home that gets a write-back while it waits for the owner stays locked until the answer. Dropped, it goes on.
#define DROP_AWAIT_NOT_FOUND (drop == 12)
// A request of the owner's own station is no reason to answer from memory.
#define DROP_FALSE_REMOTE (drop == 13)
// The question that comes back to the requester's own station goes past the pending lock. Dropped, it hears busy.
#define DROP_PAST_OWN_LOCK (drop == 14)
// A locked frame is not ejected.
#define DROP_LOCKED_FRAME (drop == 15)
// An invalidation or question that finds no frame goes to all processors.
#define DROP_BROADCAST (drop == 16)
// A new frame names all processors: copies may have outlived an ejection.
#define DROP_ALL_ON_ALLOCATION (drop == 17)
// The write-back of an ejected frame says that copies may be left.
#define DROP_STILL_SHARED (drop == 18)
// A line that was invalidated on its way from the network cache is used once.
#define DROP_USED_ONCE (drop == 19)
// A processor that is linked to a clean line which has made room stays a sharer when another reads.
#define DROP_LINK_RETAINED (drop == 20)
// A device's write asks for the copies.
#define DROP_DEVICE_WRITE (drop == 21)
// At a read, the owner's line goes to memory as well.
#define DROP_OWNER_TO_HOME (drop == 22)
// A network cache fills shared, never clean exclusive.
#define DROP_FILL_SHARED (drop == 23)
// Refused requests are served oldest first: one reservation for each bank.
#define DROP_RESERVATION (drop == 24)
// A line that comes is used before anyone can take it.
#define DROP_FILL_USE (drop == 25)
// A conditional upgrade that has lost its copy is refused. Dropped, it gets the line.
#define DROP_REFUSAL (drop == 26)
// An invalidation breaks the link even where the line has made room.
#define DROP_LINK (drop == 27)
// After it has said busy, a station begins nothing new with the line until it is asked again.
#define DROP_ASKED_AGAIN (drop == 28)
// The home's own copies go in the slot of the returning invalidation. Dropped, they go with the home's next output.
#define DROP_AT_ONCE (drop == 29)

// On the rings: a multicast for one ring is carried unread to the sequencing point. Dropped, it is read from its source on.
#define DROP_UNREAD (drop == 30)
// A multicast for several rings is carried unread to the central ring's sequencing point. Dropped, it spreads from its own ring's interface on.
#define DROP_CENTRAL (drop == 31)
// The inter-ring interface orders a local ring's own multicasts and those that come down together.
#define DROP_INTERFACE (drop == 32)
// No invalidation passes the sequencing point while the queue of one of its stations is near full.
#define DROP_HALT (drop == 33)// An interrupt stays behind the invalidations.
#define DROP_INTERRUPT_ORDER (drop == 34)
