#pragma once
#include "../tornado.h"
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t count);
char *strcpy(char *restrict to, const char *restrict from);
