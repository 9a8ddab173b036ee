// Records from outside, by which programs come and are ended, for who sends them and the kernel.
// `docs/machine.md` has the same as a table, and a test compares the two. All integers are little-endian.
#pragma once

#define TORNADO_RECORD_MAGIC 0x424F4A54  // "TJOB"
#define TORNADO_RECORD_RUN 1
#define TORNADO_RECORD_KILL 2
#define TORNADO_RECORD_DEADLOCK 3             // does the job wait for ever?
#define TORNADO_RECORD_BYTES 40               // before the argument strings
#define TORNADO_RECORD_ARGUMENT_BYTES 131072  // of argument strings, at most: they go on the program's stack
#define TORNADO_RECORD_ALIGNMENT 128          // of the program in the record

#ifndef __ASSEMBLER__
/// What a record begins with.
typedef struct {
  unsigned magic;
  unsigned kind;
  /// 1 or higher.
  unsigned job;
  /// That the program may use; 0: all. Of a question whether a job waits for ever: 1 if it is to be ended then.
  unsigned processors;
  /// Where the ELF file is in the record, and its length.
  unsigned long programOffset, programBytes;
  /// Strings, the program's name included, and their bytes, each with its zero.
  unsigned arguments, argumentBytes;
} TornadoRecord;

_Static_assert(__builtin_offsetof(TornadoRecord, kind) == 4, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, job) == 8, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, processors) == 12, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, programOffset) == 16, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, programBytes) == 24, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, arguments) == 32, "offset");
_Static_assert(__builtin_offsetof(TornadoRecord, argumentBytes) == 36, "offset");
_Static_assert(sizeof(TornadoRecord) == TORNADO_RECORD_BYTES, "size");
#endif
