// What numachine.pml has from Sources/NUMAchine. ProtocolTests compare this file with the code, and write it where TORNADO_WRITE_DOCS is set.

// MessageKind
mtype = { read, readExclusive, upgrade, conditionalUpgrade, writeBack, deviceWrite, invalidate, intervene, interveneExclusive, ownerData, notFound, data, grant, refuse, retry, interrupt };

// LineState
mtype = { invalid, shared, cleanExclusive, dirtyExclusive };

// NetworkCacheEntry.State; HomeEntry.State has all but notIn
mtype = { notIn, globalInvalid, globalValid, localValid, localInvalid };

// HomeLock; 0 stands for none
mtype = { awaitsInvalidation, awaitsOwner, awaitsLocal };

// NetworkCacheEntry.Lock; 0 stands for none
mtype = { readPending, readExclusivePending, upgradePending, localPending };

// HomeDecision, NetworkCacheDecision
mtype = { REFUSE, RETRY, FORGET_OWNER, ASK_LOCAL_OWNER, ASK_OWNERS_STATION, SHARE, GRANT, BROADCAST, BROADCAST_AND_GIVE, GIVE_TO_WRITER, STORE_DEVICE_LINE, HIT, HIT_OF_OWNER, ASK_PROCESSOR, GRANT_LOCALLY, GIVE_LOCALLY, ASK_HOME, IMPOSSIBLE };

#define IS_REQUEST (kind == read || kind == readExclusive || kind == upgrade || kind == conditionalUpgrade || kind == deviceWrite)
#define IS_FOR_HOME (kind == read || kind == readExclusive || kind == upgrade || kind == conditionalUpgrade || kind == writeBack || kind == deviceWrite || kind == notFound)
#define IS_QUESTION (kind == intervene || kind == interveneExclusive)
