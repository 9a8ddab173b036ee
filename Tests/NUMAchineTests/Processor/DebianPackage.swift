import Foundation

/// A package of Debian for `mips64el`, fetched with this host's apt into a folder of the build: nothing of
/// the host's own packages, lists or architectures changes.
struct DebianPackage {
  let folder: URL

  private static let mirror = "http://deb.debian.org/debian"
  private static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
  private static let suite = "bookworm"

  /// - Throws: `UserProgram.Problem` where there is no apt, or the mirror cannot be reached.
  init(_ name: String) throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
      .standardizedFileURL
    folder = package.appendingPathComponent(".build/debian-mips64el/\(name)")
    if FileManager.default.fileExists(atPath: folder.path) { return }
    guard let apt = UserProgram.tool("apt-get"), let unpack = UserProgram.tool("dpkg-deb"),
      FileManager.default.fileExists(atPath: Self.keyring)
    else {
      throw UserProgram.Problem(description: "packages are fetched with Debian's apt-get, which is not here")
    }
    let work = FileManager.default.temporaryDirectory.appendingPathComponent("debian-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: work) }
    for part in ["state/lists/partial", "cache/archives/partial"] {
      try FileManager.default.createDirectory(at: work.appendingPathComponent(part), withIntermediateDirectories: true)
    }
    try "".write(to: work.appendingPathComponent("state/status"), atomically: true, encoding: .utf8)
    let source = "deb [signed-by=\(Self.keyring)] \(Self.mirror) \(Self.suite) main\n"
    try source.write(to: work.appendingPathComponent("sources.list"), atomically: true, encoding: .utf8)
    let options = [
      "APT::Architecture=mips64el", "APT::Architectures=mips64el", "APT::Sandbox::User=\(NSUserName())",
      "Acquire::Languages=none", "Acquire::Retries=1",
      "Dir::State=\(work.path)/state", "Dir::State::status=\(work.path)/state/status", "Dir::Cache=\(work.path)/cache",
      "Dir::Etc::SourceList=\(work.path)/sources.list", "Dir::Etc::SourceParts=/dev/null",
    ].flatMap { ["-o", $0] }
    // What apt says goes nowhere; it downloads into the folder in which it runs.
    let quietly = ["-c", "cd \"$0\" && exec \"$@\" >/dev/null 2>&1", work.path]
    for command in [["update"], ["download", name]] {
      guard try UserProgram.run("/bin/sh", quietly + [apt] + options + command).status == 0 else {
        throw UserProgram.Problem(description: "apt-get cannot fetch \(name) from \(Self.mirror)")
      }
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: work.path).filter { $0.hasSuffix(".deb") }
    guard let file = files.first,
      try UserProgram.run(unpack, ["-x", work.path + "/" + file, work.path + "/root"]).status == 0
    else {
      throw UserProgram.Problem(description: "the package \(name) cannot be unpacked")
    }
    try FileManager.default.createDirectory(at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.moveItem(at: work.appendingPathComponent("root"), to: folder)
  }

  func file(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appendingPathComponent(path))) }
}
