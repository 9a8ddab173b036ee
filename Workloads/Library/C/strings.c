// <string.h>, beside memory.c.
#include "c/string.h"

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}
int strncmp(const char *a, const char *b, size_t count) {
  for (; count && *a && *a == *b; count--) a++, b++;
  return count ? (uint8_t)*a - (uint8_t)*b : 0;
}
char *strcpy(char *restrict to, const char *restrict from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}
char *strncpy(char *restrict to, const char *restrict from, size_t count) {
  size_t i = 0;
  for (; i < count && from[i]; i++) to[i] = from[i];
  for (; i < count; i++) to[i] = 0;
  return to;
}
char *strcat(char *restrict to, const char *restrict from) {
  memcpy(to + strlen(to), from, strlen(from) + 1);
  return to;
}
char *strncat(char *restrict to, const char *restrict from, size_t count) {
  char *end = to + strlen(to);
  while (count-- && *from) *end++ = *from++;
  *end = 0;
  return to;
}
char *strchr(const char *text, int character) {
  for (;; text++) {
    if (*text == (char)character) return (char *)text;
    if (!*text) return 0;
  }
}
char *strrchr(const char *text, int character) {
  const char *found = 0;
  for (;; text++) {
    if (*text == (char)character) found = text;
    if (!*text) return (char *)found;
  }
}
char *strstr(const char *text, const char *part) {
  size_t count = strlen(part);
  for (;; text++) {
    if (strncmp(text, part, count) == 0) return (char *)text;
    if (!*text) return 0;
  }
}
char *strdup(const char *text) {
  size_t bytes = strlen(text) + 1;
  char *copy = malloc(bytes);
  return copy ? memcpy(copy, text, bytes) : 0;
}
static size_t span(const char *text, const char *set, int isIn) {
  size_t count = 0;
  while (text[count] && (strchr(set, text[count]) != 0) == isIn) count++;
  return count;
}
size_t strspn(const char *text, const char *accepted) { return span(text, accepted, 1); }
size_t strcspn(const char *text, const char *rejected) { return span(text, rejected, 0); }
char *strtok(char *restrict text, const char *restrict separators) {
  static char *rest;
  if (text) rest = text;
  if (!rest) return 0;
  char *word = rest + strspn(rest, separators);
  if (!*word) return rest = 0;
  rest = word + strcspn(word, separators);
  if (*rest) *rest++ = 0;
  return word;
}
void *memchr(const void *memory, int byte, size_t bytes) {
  for (const uint8_t *next = memory; bytes--; next++)
    if (*next == (uint8_t)byte) return (void *)next;
  return 0;
}
