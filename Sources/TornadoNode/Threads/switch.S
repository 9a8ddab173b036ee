// From one thread's kernel stack to another's.
#include "layout.h"

  .set noreorder
  .set noat
  .text

// switch_context(saved, next)
  .globl switch_context
switch_context:
  daddiu  $29, $29, -96
  sd      $16, 0($29)
  sd      $17, 8($29)
  sd      $18, 16($29)
  sd      $19, 24($29)
  sd      $20, 32($29)
  sd      $21, 40($29)
  sd      $22, 48($29)
  sd      $23, 56($29)
  sd      $28, 64($29)
  sd      $30, 72($29)
  sd      $31, 80($29)
  sd      $29, 0($4)
  move    $29, $5
  ld      $16, 0($29)
  ld      $17, 8($29)
  ld      $18, 16($29)
  ld      $19, 24($29)
  ld      $20, 32($29)
  ld      $21, 40($29)
  ld      $22, 48($29)
  ld      $23, 56($29)
  ld      $28, 64($29)
  ld      $30, 72($29)
  ld      $31, 80($29)
  jr      $31
  daddiu  $29, $29, 96

// The first switch to a thread comes here, with its trap frame on top of its stack.
  .globl thread_start
thread_start:
  jal     thread_started
  move    $4, $29
  lui     $25, %hi(exception_return)
  daddiu  $25, $25, %lo(exception_return)
  jr      $25
  nop

// So does a thread that has been in a call (PPC/Completion.swift).
  .globl thread_resume
thread_resume:
  jal     thread_resumed
  nop
  lui     $25, %hi(exception_return)
  daddiu  $25, $25, %lo(exception_return)
  jr      $25
  nop
