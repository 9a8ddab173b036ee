// Litmus tests: two lines, x and y, homes at stations 0 and 1; every processor may have read either line before, so that there are copies to be
// stale. The outcome that sequential consistency forbids must not occur. With oneSlot each access takes the other line out of the cache.
//
// LITMUS is the number of processors that take part; the run tries all tests of that number, or the one that `shape` names. Who plays which part, and
// which line is x, is tried in every way that turns the ring (or mirrors it), or in the way that `placement` numbers.

#define MP 1
#define SB 2
#define LB 3
#define TWO_WRITES 4
#define CORR 5
#define WRC 6
#define IRIW 7
// MP with an interrupt in the place of y.
#define MP_INTERRUPT 8

byte turned;
byte warmed;
bool isMirrored;
#define x isMirrored
#define y (1 - isMirrored)
byte result[PROCESSORS * 2];
byte ended;

inline chooseShape() {
  if
  :: placement != 0
  :: placement == 0 -> placement = 1
  :: placement == 0 -> placement = 2
  :: placement == 0 -> placement = 3
  :: placement == 0 -> placement = 4
#if PROCESSORS > 2
  :: placement == 0 -> placement = 5
  :: placement == 0 -> placement = 6
#endif
#if PROCESSORS > 3
  :: placement == 0 -> placement = 7
  :: placement == 0 -> placement = 8
#endif
  fi;
  isMirrored = (placement - 1) % 2;
  turned = (placement - 1) / 2;
  if
  :: shape != 0
#if LITMUS == 2
  :: shape == 0 -> shape = MP
  :: shape == 0 -> shape = SB
  :: shape == 0 -> shape = LB
  :: shape == 0 -> shape = TWO_WRITES
  :: shape == 0 -> shape = CORR
#ifdef INTERRUPTS
  :: shape == 0 -> shape = MP_INTERRUPT
#endif
#elif LITMUS == 3
  :: shape == 0 -> shape = WRC
#else
  :: shape == 0 -> shape = IRIW
#endif
  fi
}

inline perform(anAccess, aLine, aValue) {
  atomic { stored[n] = aValue; d_step { issue(n, anAccess, aLine); kind = 0 } };
  atomic { !processor[n].isWaiting -> stored[n] = 0 }
}

inline observe(aLine, aRegister) {
  perform(load, aLine, 0);
  d_step { result[role * 2 + aRegister] = loaded[n]; loaded[n] = 0 }
}

proctype Program(byte n) {
  byte role = (n + turned) % PROCESSORS;
  // Old copies: of any line in any cache; or of line l in the cache of processor n where `warm` has bit 2 n + l, one processor after the other.
  if
  :: warm ->
     warmed == n;
     if
     :: warm & BIT(2 * n) -> perform(load, 0, 0)
     :: else
     fi;
     if
     :: warm & BIT(2 * n + 1) -> perform(load, 1, 0)
     :: else
     fi;
     warmed++;
     warmed == PROCESSORS
  :: !warm ->
     if
     :: perform(load, x, 0)
     :: skip
     fi;
     if
     :: perform(load, y, 0)
     :: skip
     fi
  fi;
  loaded[n] = 0;
  if
  :: shape == MP && role == 0 -> perform(store, x, 1); perform(store, y, 1)
  :: shape == MP && role == 1 -> observe(y, 0); observe(x, 1)
  :: shape == SB && role == 0 -> perform(store, x, 1); observe(y, 0)
  :: shape == SB && role == 1 -> perform(store, y, 1); observe(x, 0)
  :: shape == LB && role == 0 -> observe(x, 0); perform(store, y, 1)
  :: shape == LB && role == 1 -> observe(y, 0); perform(store, x, 1)
  :: shape == TWO_WRITES && role == 0 -> perform(store, x, 1); perform(store, y, 2)
  :: shape == TWO_WRITES && role == 1 -> perform(store, y, 1); perform(store, x, 2)
  :: shape == CORR && role == 0 -> perform(store, x, 1); perform(store, x, 2)
  :: shape == CORR && role == 1 -> observe(x, 0); observe(x, 1)
#ifdef INTERRUPTS
  :: shape == MP_INTERRUPT && role == 0 -> perform(store, x, 1); d_step { interruptProcessor(n, (n + 1) % PROCESSORS) }
  :: shape == MP_INTERRUPT && role == 1 -> (interrupted & BIT(n)) -> observe(x, 0)
#endif
#if LITMUS > 2
  :: shape == WRC && role == 0 -> perform(store, x, 1)
  :: shape == WRC && role == 1 -> observe(x, 0); perform(store, y, 1)
  :: shape == WRC && role == 2 -> observe(y, 0); observe(x, 1)
#endif
#if LITMUS > 3
  :: shape == IRIW && role == 0 -> perform(store, x, 1)
  :: shape == IRIW && role == 1 -> perform(store, y, 1)
  :: shape == IRIW && role == 2 -> observe(x, 0); observe(y, 1)
  :: shape == IRIW && role == 3 -> observe(y, 0); observe(x, 1)
#endif
  :: else
  fi;
  d_step {
    ended++;
    if
    :: ended < PROCESSORS
    :: ended == PROCESSORS ->
       assert(shape != MP || !(result[2] == 1 && result[3] == 0));
       assert(shape != SB || !(result[0] == 0 && result[2] == 0));
       assert(shape != LB || !(result[0] == 1 && result[2] == 1));
       assert(shape != TWO_WRITES || !(latest[x] == 1 && latest[y] == 1));
       assert(shape != CORR || !(result[2] > result[3]));
       assert(shape != MP_INTERRUPT || result[2] == 1)
#if LITMUS > 2
       ; assert(shape != WRC || !(result[2] == 1 && result[4] == 1 && result[5] == 0))
#endif
#if LITMUS > 3
       ; assert(shape != IRIW || !(result[4] == 1 && result[5] == 0 && result[6] == 1 && result[7] == 0))
#endif
    fi;
    kind = 0
  }
}
