#pragma once
#include <stdarg.h>

#include "../tornado.h"

#define EOF (-1)
// There are the two streams that every program has, and no others: files come with a file server.
typedef struct tornado_stream FILE;
extern FILE *const stdout, *const stderr;

#define TORNADO_FORMAT(text, first) __attribute__((format(printf, text, first)))
int printf(const char *format, ...) TORNADO_FORMAT(1, 2);
int fprintf(FILE *stream, const char *format, ...) TORNADO_FORMAT(2, 3);
int dprintf(int stream, const char *format, ...) TORNADO_FORMAT(2, 3);
int sprintf(char *text, const char *format, ...) TORNADO_FORMAT(2, 3);
int snprintf(char *text, size_t bytes, const char *format, ...) TORNADO_FORMAT(3, 4);
int vprintf(const char *format, va_list arguments) TORNADO_FORMAT(1, 0);
int vfprintf(FILE *stream, const char *format, va_list arguments) TORNADO_FORMAT(2, 0);
int vsprintf(char *text, const char *format, va_list arguments) TORNADO_FORMAT(2, 0);
int vsnprintf(char *text, size_t bytes, const char *format, va_list arguments) TORNADO_FORMAT(3, 0);
int puts(const char *text);
int fputs(const char *text, FILE *stream);
int putchar(int character);
int fputc(int character, FILE *stream);
#define putc fputc
int fflush(FILE *stream);
