// The names under which the Embedded Swift runtime asks its platform for memory; names that Swift code may
// not declare itself.
  .set noreorder
  .text

  .globl posix_memalign
posix_memalign:
  j       kernel_allocate_aligned
  nop

  .globl free
free:
  j       kernel_free
  nop

  .globl swift_deletedMethodError
swift_deletedMethodError:
  j       kernel_deleted_method
  nop
