// What flat.pml has from Sources/NUMAchine. ProtocolTests compare this file with the code, and write it where TORNADO_WRITE_DOCS is set.

inline decideAtHome() {
  if
  :: (served == read) && (ENTRY.state == uncached) -> decision = GIVE_TO_READER
  :: (served == read) && (ENTRY.state == shared) -> decision = SHARE
  :: (served == read) && (ENTRY.state == exclusive) && (!others) -> decision = GIVE_TO_READER
  :: (served == read) && (ENTRY.state == exclusive) && (others) -> decision = ASK_OWNER
  :: (served == readExclusive) && (ENTRY.state == uncached) -> decision = GIVE_TO_WRITER
  :: (served == readExclusive) && (ENTRY.state == shared) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == readExclusive) && (ENTRY.state == shared) && (others) -> decision = INVALIDATE_COPIES
  :: (served == readExclusive) && (ENTRY.state == exclusive) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == readExclusive) && (ENTRY.state == exclusive) && (others) -> decision = ASK_OWNER
  :: (served == upgrade) && (ENTRY.state == uncached) -> decision = GIVE_TO_WRITER
  :: (served == upgrade) && (ENTRY.state == shared) && (!isHolder) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == upgrade) && (ENTRY.state == shared) && (!isHolder) && (others) -> decision = INVALIDATE_COPIES
  :: (served == upgrade) && (ENTRY.state == shared) && (isHolder) && (!others) -> decision = GRANT
  :: (served == upgrade) && (ENTRY.state == shared) && (isHolder) && (others) -> decision = INVALIDATE_COPIES
  :: (served == upgrade) && (ENTRY.state == exclusive) && (!others) -> decision = GIVE_TO_WRITER
  :: (served == upgrade) && (ENTRY.state == exclusive) && (others) -> decision = ASK_OWNER
  :: (served == conditionalUpgrade) && (ENTRY.state == uncached || ENTRY.state == exclusive) -> decision = REFUSE
  :: (served == conditionalUpgrade) && (ENTRY.state == shared) && (!isHolder) -> decision = REFUSE
  :: (served == conditionalUpgrade) && (ENTRY.state == shared) && (isHolder) && (!others) -> decision = GRANT
  :: (served == conditionalUpgrade) && (ENTRY.state == shared) && (isHolder) && (others) -> decision = INVALIDATE_COPIES
  :: (served == deviceWrite) && (ENTRY.state == uncached) -> decision = STORE_DEVICE_LINE
  :: (served == deviceWrite) && (ENTRY.state == shared) && (!others) -> decision = STORE_DEVICE_LINE
  :: (served == deviceWrite) && (ENTRY.state == shared) && (others) -> decision = INVALIDATE_COPIES
  :: (served == deviceWrite) && (ENTRY.state == exclusive) && (!others) -> decision = STORE_DEVICE_LINE
  :: (served == deviceWrite) && (ENTRY.state == exclusive) && (others) -> decision = ASK_OWNER
  fi
}
