// Where a program has its clustered objects (docs/programs.md), for assembly that the library shares with the
// kernel.
#pragma once
#include "abi/memory.h"
#define TABLE_UPPER TORNADO_TABLE_UPPER
#define TABLE_BYTES_SHIFT TORNADO_TABLE_BYTES_SHIFT
#define MISS_SAVES_FLOAT 1
