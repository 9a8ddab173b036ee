// System calls of descriptors.

import CMachine

extension SystemCalls {
  /// What every program has open: its output and its error stream.
  @inline(__always) static func isOpen(_ file: Int32) -> Bool { file == 1 || file == 2 }

  static func write(_ process: Reference<Process>, _ file: Int32, _ address: Address, _ bytes: UInt) -> Int {
    if !isOpen(file) { return -Errno.badFile }
    if !isUserRange(address, bytes) { return -Errno.fault }
    let job = process.call { $0.job() }
    let buffer = PublicPage.own.output
    var done: UInt = 0
    while done < bytes {
      let left = bytes &- done
      let piece = left < UInt(PUBLIC_OUTPUT_BYTES) ? left : UInt(PUBLIC_OUTPUT_BYTES)
      let from = UnsafeRawPointer(bitPattern: address &+ done)
      if from == nil || copy_user(buffer, from, piece) != 0 { return done > 0 ? Int(bitPattern: done) : -Errno.fault }
      HostStream.send(job: job, stream: UInt(file.magnitude), buffer, piece)
      done &+= piece
      // A long output must not keep the program from being ended, nor others from being answered.
      if done < bytes {
        Mailbox.answerIfAsked()
        if process.call({ $0.isEnding() }) { break }
      }
    }
    return Int(bitPattern: done)
  }
}
