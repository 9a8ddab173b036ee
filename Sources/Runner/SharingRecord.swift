import NUMAchine

/// Sharing entries on their way between runners, and what they count over a time.
public enum SharingRecord {
  /// Entries that a station sends of itself: the dearest; the others are summed up.
  static let limit = 4096

  /// What was added between two moments, of entries in the order of `after`.
  public static func difference(_ after: [SharingEntry], _ before: [SharingEntry]) -> [SharingEntry] {
    let earlier = Dictionary(before.map { (Place($0), $0) }) { first, _ in first }
    return after.compactMap { entry in
      guard let old = earlier[Place(entry)] else { return entry }
      var entry = entry
      entry.ticks &-= old.ticks
      entry.trueSharing &-= old.trueSharing
      entry.falseSharing &-= old.falseSharing
      entry.upgrades &-= old.upgrades
      return entry.ticks > 0 ? entry : nil
    }
  }

  private struct Place: Hashable {
    var word: UInt64
    var virtual: UInt64
    var asid: UInt16
    var processor: UInt16
    init(_ entry: SharingEntry) {
      (word, virtual, asid, processor) = (entry.word, entry.virtual, entry.asid, entry.processor)
    }
  }

  /// The dearest entries, and the sum of the others.
  static func dearest(_ entries: [SharingEntry]) -> [SharingEntry] {
    guard entries.count > limit else { return entries }
    let order = entries.sorted {
      ($1.ticks, $0.word, $0.virtual, $0.asid, $0.processor) < ($0.ticks, $1.word, $1.virtual, $1.asid, $1.processor)
    }
    var rest = SharingEntry()
    rest.word = SharingEntry.rest
    for entry in order[limit...] {
      rest.ticks &+= entry.ticks
      rest.trueSharing &+= entry.trueSharing
      rest.falseSharing &+= entry.falseSharing
      rest.upgrades &+= entry.upgrades
    }
    return order[..<limit] + [rest]
  }

  static func bytes(_ entries: [SharingEntry]) -> [UInt8] { dearest(entries).withUnsafeBytes { Array($0) } }

  /// - Parameter processors: of the machine.
  static func entries(_ bytes: UnsafeRawBufferPointer, processors: Int) throws(WireProblem) -> [SharingEntry] {
    let stride = MemoryLayout<SharingEntry>.stride
    guard bytes.count % stride == 0 else { throw WireProblem("\(bytes.count) bytes of sharing, which are no entries") }
    let entries = (0..<(bytes.count / stride)).map {
      bytes.loadUnaligned(fromByteOffset: $0 * stride, as: SharingEntry.self)
    }
    if let entry = entries.first(where: { $0.processor >= processors }) {
      throw WireProblem("sharing of processor \(entry.processor)")
    }
    return entries
  }
}
