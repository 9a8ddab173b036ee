// A processor's part of the global miss-handling table: in which order its entries are given away. Shared by
// kernel and program library.

enum TablePart {
  /// Parts begin with the objects that every processor knows without being told.
  static let wellKnown: UInt = 8
  /// The first entry to be given away is in the middle of a page: at the beginning of pages lies so much else
  /// that is used often, and the primary cache has one place for each offset in a page. Those before it come
  /// last.
  static let first: UInt = 512

  /// The place in a part of `entries` entries (1024 or more) that is given away after `used` others; nil
  /// after the last one.
  static func index(_ used: UInt, of entries: UInt) -> UInt? {
    if used < entries &- first { return first &+ used }
    let index = used &- (entries &- first) &+ wellKnown
    return index < first ? index : nil
  }
}
