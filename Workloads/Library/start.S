// Where a program begins. The kernel leaves argc, argv, envp and the auxiliary vector on the stack (Linux
// n64).
  .text
  .globl _start
  .ent _start
_start:
  move  $4, $29
  move  $30, $0
  move  $31, $0
  jal   tornado_start
  nop
  break
  .end _start

// Where a thread begins: $4 is the record that tornado_spawn made, $29 its stack.
  .section .text.tornado_thread_start, "ax", @progbits
  .globl tornado_thread_start
  .ent tornado_thread_start
tornado_thread_start:
  move  $30, $0
  move  $31, $0
  jal   tornado_thread_run
  nop
  break
  .end tornado_thread_start

// long tornado_call(number, a, b, c, d, e, f): the result, or the negative errno.
  .section .text.tornado_call, "ax", @progbits
  .globl tornado_call
  .ent tornado_call
tornado_call:
  move  $2, $4
  move  $4, $5
  move  $5, $6
  move  $6, $7
  move  $7, $8
  move  $8, $9
  move  $9, $10
  syscall
  beqz  $7, 1f
  nop
  dnegu $2, $2
1:
  jr    $31
  nop
  .end tornado_call
