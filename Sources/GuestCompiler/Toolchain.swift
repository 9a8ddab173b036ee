import HostSystem

/// The tools of one Swift toolchain: it alone compiles the guest.
public struct Toolchain: Sendable {
  public let swiftc: String
  public let clang: String
  public let linker: String
  public let nm: String
  public let objdump: String

  /// Finds the toolchain: the folder that `TORNADO_TOOLCHAIN` names (a toolchain, its `usr` or its `bin`),
  /// else the running toolchain by PATH. Throws `toolMissing` with the first tool that is nowhere.
  public init(environment: (String) -> String? = HostText.variable) throws(GuestCompilerError) {
    var folders: [String] = []
    if let named = environment("TORNADO_TOOLCHAIN") {
      folders = [named, named + "/bin", named + "/usr/bin"]
    } else {
      folders = (environment("PATH") ?? "").split(separator: ":").map(String.init)
      // A Debian clang may come before the toolchain's on PATH: what lies beside swiftc is what fits it.
      if let swiftc = Toolchain.find("swiftc", in: folders) {
        folders = [Toolchain.folder(of: swiftc), Toolchain.folder(of: HostFile.resolved(swiftc))] + folders
      }
    }
    func tool(_ name: String) throws(GuestCompilerError) -> String {
      guard let path = Toolchain.find(name, in: folders) else { throw .toolMissing(name) }
      return path
    }
    swiftc = try tool("swiftc")
    clang = try tool("clang")
    linker = try tool("ld.lld")
    nm = try tool("llvm-nm")
    objdump = try tool("llvm-objdump")
  }

  private static func find(_ name: String, in folders: [String]) -> String? {
    folders.map { $0 + "/" + name }.first(where: HostFile.isExecutable)
  }
  private static func folder(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) }
}
