// Where a program has its clustered objects (docs/programs.md), for assembly that the library shares with the
// kernel.
#pragma once
#define TABLE_UPPER 0x7000  // of 0x7000_0000, as LUI takes it
#define TABLE_BYTES_SHIFT 20
#define MISS_SAVES_FLOAT 1
