#pragma once
#include "../tornado.h"
// $16 … $23, $28, $29, $30, $31 and $f24 … $f31, which survive calls by the calling convention (n64).
typedef uint64_t jmp_buf[20];
int setjmp(jmp_buf state) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf state, int value);
#define setjmp(state) setjmp(state)
