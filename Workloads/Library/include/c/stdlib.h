#pragma once
#include "../tornado.h"

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7FFFFFFF

_Noreturn void exit(int status);
_Noreturn void abort(void);
void *calloc(size_t count, size_t bytes);
void *realloc(void *memory, size_t bytes);
int atoi(const char *text);
long atol(const char *text);
double atof(const char *text);
long strtol(const char *text, char **end, int base);
long long strtoll(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
double strtod(const char *text, char **end);
static inline int abs(int number) { return number < 0 ? -number : number; }
static inline long labs(long number) { return number < 0 ? -number : number; }
static inline long long llabs(long long number) { return number < 0 ? -number : number; }
void qsort(void *base, size_t count, size_t bytes, int (*compare)(const void *, const void *));
void *bsearch(
    const void *key, const void *base, size_t count, size_t bytes, int (*compare)(const void *, const void *));
int rand(void);
void srand(unsigned seed);
