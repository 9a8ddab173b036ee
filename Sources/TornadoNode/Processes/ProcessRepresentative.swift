// The representative of a process on one processor: its parts, of which each is a class that rests on those
// before it.

final class ProcessRepresentative: ProcessFamily {
  /// The last call: the process has no thread any more.
  func retire() {
    Ports.retire(shared)
    forgetStacks()
    shared.countShared(frames: frames)
  }
}
