#pragma once
#include "../tornado.h"
_Noreturn void exit(int status);
_Noreturn void abort(void);
void *calloc(size_t count, size_t bytes);
void *realloc(void *memory, size_t bytes);
long strtol(const char *text, char **end, int base);
int atoi(const char *text);
