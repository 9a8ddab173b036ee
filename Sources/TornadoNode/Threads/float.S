// The floating-point registers to memory and back (`FloatRegisters`). Status has CU1 and FR.
#include "layout.h"

  .set noreorder
  .set noat
  .text

// float_save(registers)
  .globl float_save
float_save:
  .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sdc1    $f\n, \n*8($4)
  .endr
  cfc1    $8, $31
  jr      $31
  sd      $8, 256($4)

// float_load(registers): a living thread has no cause that it enabled, so this does not fault.
  .globl float_load
float_load:
  ld      $8, 256($4)
  .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ldc1    $f\n, \n*8($4)
  .endr
  jr      $31
  ctc1    $8, $31
