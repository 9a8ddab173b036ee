// Formatted text, a piece at a time.
#pragma once
#include <stdarg.h>

#include "tornado.h"

// Where the text goes: `put` takes so many characters of it.
struct tornado_sink {
  void (*put)(struct tornado_sink *sink, const char *text, size_t count);
};

// As printf has it, but for %n and wide characters: flags - + space 0 #, width and precision (also *), lengths hh h l
// ll z j t L, conversions d i u x X o c s p f F e E g G %. Returns the number of characters.
int tornado_format(struct tornado_sink *sink, const char *format, va_list arguments);
