import Glibc

/// Folders for tools that know paths as text alone (`HostText`).
public enum PlainFolder {
  /// Calls `body` with a name of text for a folder: its own where that is one, else one by a descriptor of this
  /// process, which ends with the call.
  public static func with<R>(_ folder: String, _ body: (String) throws -> R) throws -> R {
    guard !HostText.isText(folder) else { return try body(folder) }
    let descriptor = HostText.withCString(folder) { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError("cannot read", folder) }
    defer { close(descriptor) }
    return try body("/proc/\(getpid())/fd/\(descriptor)")
  }
}
