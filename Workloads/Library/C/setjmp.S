// What survives a call by the calling convention, put down and taken up again.
  .macro each operation, float
  \operation $16, 0($4)
  \operation $17, 8($4)
  \operation $18, 16($4)
  \operation $19, 24($4)
  \operation $20, 32($4)
  \operation $21, 40($4)
  \operation $22, 48($4)
  \operation $23, 56($4)
  \operation $28, 64($4)
  \operation $29, 72($4)
  \operation $30, 80($4)
  \operation $31, 88($4)
  \float $f24, 96($4)
  \float $f25, 104($4)
  \float $f26, 112($4)
  \float $f27, 120($4)
  \float $f28, 128($4)
  \float $f29, 136($4)
  \float $f30, 144($4)
  \float $f31, 152($4)
  .endm

  .set noreorder
  .section .text.setjmp, "ax", @progbits
  .globl setjmp
  .ent setjmp
setjmp:
  each sd, sdc1
  jr    $31
  move  $2, $0
  .end setjmp

  .section .text.longjmp, "ax", @progbits
  .globl longjmp
  .ent longjmp
longjmp:
  each ld, ldc1
  bnez  $5, 1f
  move  $2, $5
  li    $2, 1
1:
  jr    $31
  nop
  .end longjmp
