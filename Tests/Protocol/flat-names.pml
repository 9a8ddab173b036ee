// What flat.pml has from Sources/NUMAchine. ProtocolTests compare this file with the code, and write it where TORNADO_WRITE_DOCS is set.

// MessageKind
mtype = { read, readExclusive, upgrade, conditionalUpgrade, writeBack, deviceWrite, invalidate, intervene, interveneExclusive, invalidated, ownerData, notFound, data, grant, refuse };

// LineState
mtype = { invalid, shared, cleanExclusive, dirtyExclusive };

// DirectoryEntry.State
mtype = { uncached, exclusive };

// FlatDecision
mtype = { GRANT, REFUSE, INVALIDATE_COPIES, ASK_OWNER, SHARE, GIVE_TO_READER, GIVE_TO_WRITER, STORE_DEVICE_LINE };

#define IS_REQUEST (kind == read || kind == readExclusive || kind == upgrade || kind == conditionalUpgrade || kind == deviceWrite)
#define IS_FOR_HOME (kind == read || kind == readExclusive || kind == upgrade || kind == conditionalUpgrade || kind == writeBack || kind == deviceWrite || kind == invalidated || kind == notFound)
#define IS_QUESTION (kind == intervene || kind == interveneExclusive)
