import Foundation

/// What the system has refused, as one line: what could not be done to which path, and why.
public struct SystemError: Error, CustomStringConvertible, Equatable {
  public var description: String

  /// - Parameters:
  ///   - what: "cannot write".
  ///   - code: the system's `errno`.
  public init(_ what: String, _ path: String, code: Int32 = errno) {
    description = "\(what) \(path): \(Self.reason(code))"
  }

  /// The system's words for what Foundation has thrown.
  public static func reason(_ error: any Error) -> String {
    var error = error as NSError
    while let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = inner }
    return error.domain == NSPOSIXErrorDomain ? reason(Int32(error.code)) : error.localizedDescription
  }

  /// One line for an error of any kind: Foundation's with the path that it is about.
  public static func line(_ error: any Error) -> String {
    guard type(of: error) is NSError.Type || error is CocoaError || error is POSIXError else { return "\(error)" }
    let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String
    return (path.map { "\($0): " } ?? "") + reason(error)
  }

  /// The system's words for an `errno`.
  public static func reason(_ code: Int32 = errno) -> String { String(cString: strerror(code)).lowercased() }
}

/// Files of the host, whatever bytes they are called by (`HostText`).
public enum HostFile {
  /// Whether there is anything by this name.
  public static func exists(_ path: String) -> Bool { HostText.withCString(path) { access($0, F_OK) } == 0 }

  /// Whether this process may read it.
  public static func isReadable(_ path: String) -> Bool { HostText.withCString(path) { access($0, R_OK) } == 0 }

  /// Whether this process may execute it, if it is a file.
  public static func isExecutable(_ path: String) -> Bool { HostText.withCString(path) { access($0, X_OK) } == 0 }

  /// Opens a file to read, never a folder. The caller closes it.
  public static func open(_ path: String) throws(SystemError) -> Int32 {
    let descriptor = HostText.withCString(path) { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError("cannot read", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw SystemError("cannot read", path, code: EISDIR)
    }
    return descriptor
  }

  /// All bytes of a file, or of a pipe to its end.
  public static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let descriptor = try open(path)
    defer { close(descriptor) }
    var status = stat()
    // A file comes whole, and then its end; a pipe piece by piece.
    let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    var bytes: [UInt8] = []
    while true {
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: max(1 << 16, size)) { room, initialized in
        count = Glibc.read(descriptor, room.baseAddress, room.count)
        initialized = max(0, count)
      }
      if count == 0 { return bytes }
      if count < 0 && errno != EINTR { throw SystemError("cannot read", path) }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }
  }

  /// Writes a file whole or not at all.
  ///
  /// - Parameter mode: who may use it; the process's mask takes away from it.
  public static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o666) throws(SystemError) {
    let unfinished = path + ".new"
    let descriptor = HostText.withCString(unfinished) {
      Glibc.open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    }
    guard descriptor >= 0 else { throw SystemError("cannot write", path) }
    var done = 0
    var code: Int32 = 0
    while done < bytes.count, code == 0 {
      let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { done += count } else if errno != EINTR { code = errno }
    }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, !rename(unfinished, to: path) { code = errno }
    guard code != 0 else { return }
    remove(unfinished)
    throw SystemError("cannot write", path, code: code)
  }

  /// A path that does not depend on the folder that this process is in.
  public static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return HostText.string(folder) + "/" + path
  }

  /// A path to the same without symbolic links; the path itself where there is nothing.
  public static func resolved(_ path: String) -> String {
    guard let resolved = HostText.withCString(path, { realpath($0, nil) }) else { return path }
    defer { free(resolved) }
    return HostText.string(resolved)
  }

  /// Where temporary files go: the environment's `TMPDIR`, else `/tmp`.
  public static var temporaryFolder: String { HostText.variable("TMPDIR").map(absolute) ?? "/tmp" }

  /// The user's folder: the environment's `HOME`, else what the system knows.
  public static var home: String {
    HostText.variable("HOME") ?? getpwuid(getuid()).map { HostText.string($0.pointee.pw_dir) } ?? "/"
  }

  /// Gives a file another name; `errno` says why not.
  public static func rename(_ old: String, to new: String) -> Bool {
    HostText.withCString(old) { old in HostText.withCString(new) { Glibc.rename(old, $0) } } == 0
  }

  /// Removes a file, if it is there.
  public static func remove(_ path: String) { _ = HostText.withCString(path) { unlink($0) } }

  /// Whether a folder is called so.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return HostText.withCString(path) { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What a folder holds, by name; nil for what is no folder, or cannot be read.
  public static func names(in folder: String) -> [String]? {
    guard let directory = HostText.withCString(folder, { opendir($0) }) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { HostText.string($0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder, and those above it that are not there.
  public static func makeFolders(_ path: String, mode: mode_t = 0o777) throws(SystemError) {
    func isMade() -> Bool { HostText.withCString(path) { mkdir($0, mode) } == 0 }
    if isMade() { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeFolders(String(path[..<slash]), mode: mode)
      if isMade() { return }
    }
    let code = errno
    guard code == EEXIST, isFolder(path) else { throw SystemError("cannot make", path, code: code) }
  }

  /// Removes a file, or a folder with all that is in it, as far as the system lets it.
  public static func removeTree(_ path: String) {
    var status = stat()
    guard HostText.withCString(path, { lstat($0, &status) }) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else { return remove(path) }
    for name in names(in: path) ?? [] { removeTree(path + "/" + name) }
    _ = HostText.withCString(path) { rmdir($0) }
  }
}
