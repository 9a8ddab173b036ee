import NUMAchine
import Profiles

extension Profiles {
  /// Those of these names that ship.
  static func among(_ names: [String]) -> [String] { names.filter { name in shipped.contains { $0.name == name } } }

  /// A shipped profile with other numbers.
  ///
  /// - Parameter change: what a field becomes, from its name and value; called for those that the profile
  ///   has, in its order.
  static func changed(_ name: String, _ change: (_ field: String, _ value: Int) -> Int) throws -> MachineProfile {
    let lines = shipped.first { $0.name == name }!.text.split(separator: "\n").map { line in
      let parts = line.split(separator: "=")
      guard parts.count == 2, !line.hasPrefix("#"), let value = Int(parts[1].filter { $0 != " " }) else {
        return String(line)
      }
      let field = String(parts[0].filter { $0 != " " })
      return "\(field) = \(change(field, value))"
    }
    return try MachineProfile(text: lines.joined(separator: "\n"))
  }
}
