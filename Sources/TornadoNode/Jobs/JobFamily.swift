// The processes of a job: the one that came from outside, and those that it and its children have started
// (docs/programs.md, `start`). They belong to the job: when the first process ends, the others are ended, and
// the job has ended when none is left.

import CMachine

extension ProcessMissHandler {
  /// The job's first process, which is there as long as the job.
  var firstOfJob: ProcessMissHandler { first ?? self }

  private func lockFamily() { SpinLock.acquire(line(.familyLock).assumingMemoryBound(to: SpinLock.self)) }
  private func unlockFamily() { SpinLock.release(line(.familyLock).assumingMemoryBound(to: SpinLock.self)) }

  /// Of the first process: takes another one in. False when the job is ending.
  func join(_ child: ProcessMissHandler) -> Bool {
    lockFamily()
    let isOpen = !isFamilyClosed
    if isOpen {
      child.nextChild = children
      children = child
      _ = atomic_add(line(.family), 1)
      child.isInFamily = true
    }
    unlockFamily()
    return isOpen
  }

  /// Of the first process: it has no threads any more. The others end with it; it stays as long as one of
  /// them does.
  func firstEnds() {
    // What becomes the job's status, if the process ended by its last thread's exit.
    _ = atomic_compare_exchange(line(.ending), 0, 1 << 32 | atomic_load(line(.threads) + 8))
    lockFamily()
    isFamilyClosed = true
    unlockFamily()
    // A child that has been found is there until this operation ends: it is told without the lock.
    while let child = childNotEnding() { child.beginEnding(status: 128 &+ Signal.kill.rawValue) }
    leaveFamily()
  }

  /// Of the first process: it, and all others that there are.
  func forEachOfJob(_ body: (ProcessMissHandler) -> Void) {
    body(self)
    var number: UInt = 0
    while let child = child(number) {
      body(child)
      number &+= 1
    }
  }

  /// A child that has been found is there until this operation ends.
  private func child(_ number: UInt) -> ProcessMissHandler? {
    lockFamily()
    var child = children
    var left = number
    while left > 0, let c = child {
      child = c.nextChild
      left &-= 1
    }
    unlockFamily()
    return child
  }

  private func childNotEnding() -> ProcessMissHandler? {
    lockFamily()
    var child = children
    while let c = child, c.isEnding { child = c.nextChild }
    unlockFamily()
    return child
  }

  /// Of the first process: another one has no threads any more.
  func childEnds(_ child: ProcessMissHandler) {
    lockFamily()
    if children === child {
      children = child.nextChild
    } else {
      var before = children
      while let b = before, b.nextChild !== child { before = b.nextChild }
      before?.nextChild = child.nextChild
    }
    unlockFamily()
    child.dissolve()
  }

  /// Of the first process: one less. With the last one the job ends.
  func leaveFamily() {
    if atomic_add(line(.family), ~0) != 0 { return }
    Jobs.remove(self)
    finalStatus = atomic_load(line(.ending)) & 0xFF
    dissolve()
  }
}
