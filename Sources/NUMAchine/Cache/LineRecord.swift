/// The form of a line wherever it is kept or carried: its data, and behind them its `Provenance`. Every copy
/// of a line is a copy of both.
///
/// The machine knows nothing of the second part: it takes no time, and no bus or link carries it.
struct LineRecord {
  static var wordBytes: Int { 4 }
  let lineBytes: Int

  /// Bytes of data and provenance.
  var bytes: Int { lineBytes + provenanceBytes }
  var provenanceBytes: Int { Self.provenanceBytes(lineBytes: lineBytes) }

  static func provenanceBytes(lineBytes: Int) -> Int { 8 + lineBytes / wordBytes * MemoryLayout<UInt32>.size }
}

/// When which word of a line was last written: what tells true sharing from false.
///
/// A line's **epoch** goes up whenever a processor takes it away from others in order to write. Whoever loses
/// the line remembers the epoch up to which he knows it (`MissHistory`); a word that bears a later one has
/// been written by another processor since. Values could not tell: a lock returns to its old value. A line
/// that never goes from one processor to another stays at epoch 0.
struct Provenance {
  /// The epoch, a reserved word, and the epoch in which each word was last written.
  private let base: UnsafeMutablePointer<UInt32>

  init(_ place: UnsafeMutableRawPointer) { base = place.assumingMemoryBound(to: UInt32.self) }

  var epoch: UInt32 {
    get { base[0] }
    nonmutating set { base[0] = newValue }
  }

  /// The epoch in which a word was last written.
  subscript(word: Int) -> UInt32 {
    get { base[2 + word] }
    nonmutating set { base[2 + word] = newValue }
  }

  /// Whether any of these words has been written since an epoch.
  func isWritten(_ words: Range<Int>, since epoch: UInt32) -> Bool {
    for word in words where self[word] > epoch { return true }
    return false
  }
}
