import Foundation
import HostSystem

/// Paths as the compilers can take them: they know text alone, and the system knows bytes (`HostText`).
struct PlainPaths {
  /// The folder for links.
  private let work: String
  private var links: [(link: String, path: String)] = []
  /// Whether this process is in a folder whose name is text; what is relative to another cannot stay so.
  static let areRelative = HostText.isText(HostFile.absolute(""))

  init(work: String) { self.work = work }

  /// A path to the same file or folder.
  mutating func plain(_ path: String) throws(GuestCompilerError) -> String {
    let whole = Self.areRelative ? path : HostFile.absolute(path)
    guard !HostText.isText(whole) else { return path }
    // By its folder, where that will do: what a file includes from beside it is found there.
    let slash = whole.lastIndex(of: "/")
    let name = String(whole[(slash.map { whole.index(after: $0) } ?? whole.startIndex)...])
    if HostText.isText(name), let slash, !name.isEmpty { return try link(String(whole[..<slash]), "") + "/" + name }
    return try link(whole, name.lastIndex(of: ".").map { String(name[$0...]) } ?? "")
  }

  private mutating func link(_ path: String, _ ending: String) throws(GuestCompilerError) -> String {
    if let known = links.first(where: { $0.path == path }) { return known.link }
    let link = work + "/path-\(links.count)" + (HostText.isText(ending) ? ending : "")
    let target = HostFile.absolute(path)
    guard HostText.withCString(target, { target in HostText.withCString(link) { symlink(target, $0) } }) == 0 else {
      throw .file("\(SystemError("cannot make", link))")
    }
    links.append((link, path))
    return link
  }

  /// What a compiler has said, with the paths that the user knows.
  func original(_ text: String) -> String {
    links.reduce(text) { $0.replacing($1.link, with: $1.path) }
  }

  /// The same for an error.
  func original(_ error: GuestCompilerError) -> GuestCompilerError {
    switch error {
    case .rejected(let diagnostics): .rejected(diagnostics: original(diagnostics))
    case .file(let what): .file(original(what))
    default: error
    }
  }
}
