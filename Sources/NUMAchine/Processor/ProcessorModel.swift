/// Which processor a machine has.
public enum ProcessorModel: String, CaseIterable, Sendable {
  /// NUMAchine's: MIPS III.
  case r4400
  /// The same pipeline and the same caches with the instructions of MIPS64 release 2, and what of its system
  /// control coprocessor they need: it runs what today's compilers make.
  case mips64r2
}
