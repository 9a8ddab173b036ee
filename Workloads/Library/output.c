// Output character by character, and what C programs expect of it.
#include "C/format.h"
#include "c/assert.h"
#include "c/stdio.h"

// Kept until the line ends or the buffer is full: one system call a line. Swift's own print() comes here too.
static struct {
  _Alignas(TORNADO_LINE) uint64_t lock;
  size_t count;
  char bytes[512];
} kept;

// Standard output is kept; what goes to the error stream goes at once, a call's text in one piece.
struct tornado_stream { int number; };
static FILE out = {1}, errors = {2};
FILE *const stdout = &out, *const stderr = &errors;

void tornado_flush(void) {
  tornado_lock(&kept.lock);
  if (kept.count) tornado_write(1, kept.bytes, kept.count);
  kept.count = 0;
  tornado_unlock(&kept.lock);
}

int putchar(int character) {
  tornado_lock(&kept.lock);
  kept.bytes[kept.count++] = (char)character;
  if (character == '\n' || kept.count == sizeof kept.bytes) {
    tornado_write(1, kept.bytes, kept.count);
    kept.count = 0;
  }
  tornado_unlock(&kept.lock);
  return character;
}

int puts(const char *text) {
  while (*text) putchar(*text++);
  return putchar('\n');
}

static void put_out(struct tornado_sink *sink, const char *text, size_t count) {
  for (size_t i = 0; i < count; i++) putchar(text[i]);
}

// What is written to another stream than standard output, or into a string: as much as has room.
struct text_sink {
  struct tornado_sink sink;
  char *text;
  size_t count, room;
};

static void put_text(struct tornado_sink *sink, const char *text, size_t count) {
  struct text_sink *to = (struct text_sink *)sink;
  for (size_t i = 0; i < count && to->count < to->room; i++) to->text[to->count++] = text[i];
}

int vdprintf(int stream, const char *format, va_list arguments) {
  if (stream == 1) {
    struct tornado_sink sink = {put_out};
    return tornado_format(&sink, format, arguments);
  }
  char text[512];
  struct text_sink to = {{put_text}, text, 0, sizeof text};
  int total = tornado_format(&to.sink, format, arguments);
  tornado_write(stream, text, to.count);
  return total;
}

int vsnprintf(char *text, size_t bytes, const char *format, va_list arguments) {
  struct text_sink to = {{put_text}, text, 0, bytes ? bytes - 1 : 0};
  int total = tornado_format(&to.sink, format, arguments);
  if (bytes) text[to.count] = 0;
  return total;
}

int vprintf(const char *format, va_list arguments) { return vdprintf(1, format, arguments); }
int vfprintf(FILE *stream, const char *format, va_list arguments) { return vdprintf(stream->number, format, arguments); }
int vsprintf(char *text, const char *format, va_list arguments) { return vsnprintf(text, 1ul << 31, format, arguments); }

#define FORMATTED(call)             \
  va_list arguments;                \
  va_start(arguments, format);      \
  int total = call;                 \
  va_end(arguments);                \
  return total
int printf(const char *format, ...) { FORMATTED(vdprintf(1, format, arguments)); }
int dprintf(int stream, const char *format, ...) { FORMATTED(vdprintf(stream, format, arguments)); }
int fprintf(FILE *stream, const char *format, ...) { FORMATTED(vdprintf(stream->number, format, arguments)); }
int sprintf(char *text, const char *format, ...) { FORMATTED(vsprintf(text, format, arguments)); }
int snprintf(char *text, size_t bytes, const char *format, ...) { FORMATTED(vsnprintf(text, bytes, format, arguments)); }

int fputs(const char *text, FILE *stream) {
  if (stream->number != 1) tornado_write(stream->number, text, strlen(text));
  else put_out(0, text, strlen(text));
  return 0;
}
int fputc(int character, FILE *stream) {
  char byte = (char)character;
  if (stream->number == 1) return putchar(character);
  tornado_write(stream->number, &byte, 1);
  return (uint8_t)byte;
}
int fflush(FILE *stream) {
  if (!stream || stream->number == 1) tornado_flush();
  return 0;
}

_Noreturn void tornado_assertion_failed(const char *condition, const char *file, int line, const char *function) {
  tornado_flush();
  dprintf(2, "%s:%d: %s: Assertion `%s' failed.\n", file, line, function, condition);
  __builtin_trap();
}
