/// Why a guest image could not be made. `description` is what a user should see: the compiler's own words
/// where a compiler spoke, one line otherwise.
public enum GuestCompilerError: Error, CustomStringConvertible, Equatable {
  /// swiftc, clang or ld.lld is not where it was looked for.
  case toolMissing(String)
  /// A tool refused its input; its own messages, with the user's file and line.
  case rejected(diagnostics: String)
  /// The retargeted intermediate code still speaks of the processor that Swift believed to compile for.
  case foreignCode(line: String)
  /// Kernel globals that would be initialised at their first use, by name.
  case lazyGlobals([String])
  /// Anything about files: what, and why.
  case file(String)
  /// The request itself makes no sense.
  case usage(String)

  public var description: String {
    switch self {
    case .toolMissing(let tool):
      "error: \(tool) not found: put the Swift toolchain's bin folder on PATH or name the toolchain in TORNADO_TOOLCHAIN"
    case .rejected(let diagnostics): diagnostics
    case .foreignCode(let line): "error: code for another processor is left after retargeting: \(line)"
    case .lazyGlobals(let names):
      "error: globals of the kernel must be initialised at compile time, these are not: \(names.joined(separator: ", "))"
    case .file(let what): "error: \(what)"
    case .usage(let what): "error: \(what)"
    }
  }
}
