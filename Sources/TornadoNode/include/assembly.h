// What Swift calls in assembly, and the symbols that only the linker knows.
#pragma once
#include "layout.h"

/// Saves the caller's preserved registers on its stack and the stack pointer in `*saved`, and goes on where
/// `next` was saved.
void switch_context(unsigned long *saved, unsigned long next);
/// Where a new thread's first switch goes: `thread_started` (Swift), then to user mode by its trap frame.
void thread_start(void);
/// Where a thread's first switch goes that went into a call and comes out of it by the dispatcher: to user
/// mode by its trap frame.
void thread_resume(void);
/// Where a worker's switch goes that serves a call from another processor.
void worker_begins(void);
/// Where an idle worker's switch goes whose process is ending.
void worker_ends(void);

/// Copies between kernel and program, or program and kernel. 0, or -1 at a fault that could not be served.
long copy_user(void *to, const void *from, unsigned long bytes);
/// A program's 32-bit word. 0, or -1 at a fault that could not be served.
long load_user_word(unsigned long address, unsigned long *value);
/// The instructions between these two may fault on a program's address; then control goes to
/// `user_access_failed`.
void user_access_begin(void);
void user_access_end(void);
void user_access_failed(void);

/// Zeroes a page.
void zero_page(void *page);
/// The fake class record to which unfilled entries of a translation table point (`ClusteredObjects/miss.S`).
extern unsigned long translation_miss_record[];
/// The end of the kernel's text and read-only data, which begin at TEXT_BASE.
extern char __text_end[];
void *memcpy(void *to, const void *from, unsigned long bytes);

static inline unsigned long address_of_miss_record(void) { return (unsigned long)translation_miss_record; }
static inline unsigned long address_of_thread_start(void) { return (unsigned long)thread_start; }
static inline unsigned long address_of_thread_resume(void) { return (unsigned long)thread_resume; }
static inline unsigned long address_of_worker_begins(void) { return (unsigned long)worker_begins; }
static inline unsigned long address_of_worker_ends(void) { return (unsigned long)worker_ends; }
static inline unsigned long address_of_user_access_begin(void) { return (unsigned long)user_access_begin; }
static inline unsigned long address_of_user_access_end(void) { return (unsigned long)user_access_end; }
static inline unsigned long address_of_user_access_failed(void) { return (unsigned long)user_access_failed; }
static inline unsigned long kernel_text_bytes(void) { return (unsigned long)__text_end - TEXT_BASE; }
