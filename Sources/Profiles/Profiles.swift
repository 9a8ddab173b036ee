import NUMAchine

/// The machines that ship.
public enum Profiles {
  /// Name and text, the default first.
  public static let shipped: [(name: String, text: String)] = [
    ("numachine", String(decoding: PackageResources.numachine_profile, as: UTF8.self)),
    ("numachine48", String(decoding: PackageResources.numachine48_profile, as: UTF8.self)),
    ("simos", String(decoding: PackageResources.simos_profile, as: UTF8.self)),
    ("decade-ago", String(decoding: PackageResources.decade_ago_profile, as: UTF8.self)),
    ("mips64r2", String(decoding: PackageResources.mips64r2_profile, as: UTF8.self)),
    ("simos-4way", String(decoding: PackageResources.simos_4way_profile, as: UTF8.self)),
  ]

  /// The shipped machine of this name, or nil.
  public static func named(_ name: String) throws(MachineProfile.Problem) -> MachineProfile? {
    guard let text = shipped.first(where: { $0.name == name })?.text else { return nil }
    return try MachineProfile(text: text)
  }
}
