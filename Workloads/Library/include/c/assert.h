// Deliberately without #pragma once: NDEBUG may differ from one inclusion to the next.
#include "../tornado.h"
#undef assert
_Noreturn void tornado_assertion_failed(const char *condition, const char *file, int line, const char *function);
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) \
  ((condition) ? (void)0 : tornado_assertion_failed(#condition, __FILE__, __LINE__, __func__))
#endif
#ifndef static_assert
#define static_assert _Static_assert
#endif
