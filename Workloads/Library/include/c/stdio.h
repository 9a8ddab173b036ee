#pragma once
#include "../tornado.h"
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int dprintf(int stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
int puts(const char *text);
int putchar(int character);
