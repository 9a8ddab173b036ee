/// A station's state to keep, and a station made of it.
extension Station {
  /// Everything there is to the station between two windows. What other stations have sent has been accepted,
  /// what it sent itself has been taken.
  public var checkpoint: [UInt8] {
    require(!hasSent, "a checkpoint is of a station whose packets have been taken")
    settle()
    var image: [UInt8] = []
    state.write([.architectural, .transient]) { image.append(contentsOf: $0) }
    return image
  }

  /// Becomes the station that wrote the checkpoint, which had the same profile, number and number of
  /// stations.
  ///
  /// - Throws: `CheckpointProblem` where the bytes are another machine's, or lead out of this one; the
  ///   station is then of no use.
  public func restore(_ checkpoint: [UInt8]) throws(CheckpointProblem) {
    faults.clear()
    sent = []
    let problem: StateImage.Problem? = checkpoint.withUnsafeBytes { bytes in
      do throws(StateImage.Problem) {
        try state.restore(bytes)
        return nil
      } catch { return error }
    }
    if let problem { throw CheckpointProblem(region: problem.region) }
    if let part = unsoundPart { throw CheckpointProblem(region: part) }
    for processor in processors { processor.rebuildDerived() }
  }
}

/// A checkpoint's bytes are not the state of this machine.
public struct CheckpointProblem: Error, CustomStringConvertible {
  /// The part of the state that is another's, where it is known.
  public var region: String
  public var description: String {
    region.isEmpty ? "its state has other parts" : "its state has another '\(region)'"
  }
}

extension Processor {
  /// Makes everything again that follows from the state.
  func rebuildDerived() {
    frame.pointee = Frame()
    clearTables()
    contexts.clear()
    tlb.forgetTouched()
    for index in 0..<instructionCache.lines where instructionCache.tag[index] != PrimaryCache.invalid { decode(index) }
    updateContext()
  }
}
