// What numachine.pml has from Sources/NUMAchine. ProtocolTests compare this file with the code, and write it where TORNADO_WRITE_DOCS is set.

inline decideAtHome() {
  if
  :: (served == read) && (ENTRY.state == localValid || ENTRY.state == globalValid) -> decision = SHARE
  :: (served == read) && (ENTRY.state == localInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = ASK_LOCAL_OWNER
  :: (served == read) && (ENTRY.state == localInvalid) && (isOwn) -> decision = FORGET_OWNER
  :: (served == read) && (ENTRY.state == globalInvalid) -> decision = ASK_OWNERS_STATION
  :: (served == readExclusive) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == readExclusive) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (others) -> decision = BROADCAST_AND_GIVE
  :: (served == readExclusive) && (ENTRY.state == localInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = ASK_LOCAL_OWNER
  :: (served == readExclusive) && (ENTRY.state == localInvalid) && (isOwn) -> decision = FORGET_OWNER
  :: (served == readExclusive) && (ENTRY.state == globalInvalid) -> decision = ASK_OWNERS_STATION
  :: (served == upgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (!isOwn && !mayBeOwn || mayBeOwn) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == upgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (!isOwn && !mayBeOwn || mayBeOwn) && (others) -> decision = BROADCAST_AND_GIVE
  :: (served == upgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (isOwn) && (!others) -> decision = GRANT
  :: (served == upgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (isOwn) && (others) -> decision = BROADCAST
  :: (served == upgrade) && (ENTRY.state == localInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = ASK_LOCAL_OWNER
  :: (served == upgrade) && (ENTRY.state == localInvalid) && (isOwn) -> decision = FORGET_OWNER
  :: (served == upgrade) && (ENTRY.state == globalInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = ASK_OWNERS_STATION
  :: (served == upgrade) && (ENTRY.state == globalInvalid) && (isOwn) -> decision = RETRY
  :: (served == conditionalUpgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (!isOwn && !mayBeOwn) -> decision = REFUSE
  :: (served == conditionalUpgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (mayBeOwn) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == conditionalUpgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (mayBeOwn) && (others) -> decision = BROADCAST_AND_GIVE
  :: (served == conditionalUpgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (isOwn) && (!others) -> decision = GRANT
  :: (served == conditionalUpgrade) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (isOwn) && (others) -> decision = BROADCAST
  :: (served == conditionalUpgrade) && (ENTRY.state == localInvalid) -> decision = REFUSE
  :: (served == conditionalUpgrade) && (ENTRY.state == globalInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = REFUSE
  :: (served == conditionalUpgrade) && (ENTRY.state == globalInvalid) && (isOwn) -> decision = RETRY
  :: (served == deviceWrite) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (!others) -> decision = STORE_DEVICE_LINE
  :: (served == deviceWrite) && (ENTRY.state == localValid || ENTRY.state == globalValid) && (others) -> decision = BROADCAST_AND_GIVE
  :: (served == deviceWrite) && (ENTRY.state == localInvalid) && (!isOwn && !mayBeOwn || mayBeOwn) -> decision = ASK_LOCAL_OWNER
  :: (served == deviceWrite) && (ENTRY.state == localInvalid) && (isOwn) -> decision = FORGET_OWNER
  :: (served == deviceWrite) && (ENTRY.state == globalInvalid) -> decision = ASK_OWNERS_STATION
  fi
}

inline decideInStation(aStation, n) {
  if
  :: (kind == read) && (FRAME(aStation).state == notIn || FRAME(aStation).state == globalInvalid) -> decision = ASK_HOME
  :: (kind == read) && (FRAME(aStation).state == globalValid || FRAME(aStation).state == localValid) -> decision = HIT
  :: (kind == read) && (FRAME(aStation).state == localInvalid) && (FRAME(aStation).processors != BIT(n)) -> decision = ASK_PROCESSOR
  :: (kind == read) && (FRAME(aStation).state == localInvalid) && (FRAME(aStation).processors == BIT(n)) -> decision = HIT_OF_OWNER
  :: (kind == readExclusive) && (FRAME(aStation).state == notIn || FRAME(aStation).state == globalInvalid || FRAME(aStation).state == globalValid) -> decision = ASK_HOME
  :: (kind == readExclusive) && (FRAME(aStation).state == localValid) -> decision = GIVE_LOCALLY
  :: (kind == readExclusive) && (FRAME(aStation).state == localInvalid) && (FRAME(aStation).processors != BIT(n)) -> decision = ASK_PROCESSOR
  :: (kind == readExclusive) && (FRAME(aStation).state == localInvalid) && (FRAME(aStation).processors == BIT(n)) -> decision = GIVE_LOCALLY
  :: (kind == upgrade || kind == conditionalUpgrade) && (FRAME(aStation).state == notIn || FRAME(aStation).state == globalInvalid || FRAME(aStation).state == globalValid) -> decision = ASK_HOME
  :: (kind == upgrade || kind == conditionalUpgrade) && (FRAME(aStation).state == localValid) -> decision = GRANT_LOCALLY
  :: (kind == upgrade || kind == conditionalUpgrade) && (FRAME(aStation).state == localInvalid) -> decision = IMPOSSIBLE
  fi
}
