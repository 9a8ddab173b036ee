// What processors ask of each other. Every pair of processors has a line of its own, in the memory of the one
// that is asked, so that asking needs no lock and no queue: the sender writes its line and raises the bit of
// its number in the receiver's INTERRUPTS register.
//
// While a processor waits for an answer it answers others; requests are served without taking a lock that is
// held across a wait. So no two processors ever wait for each other.

import CMachine

struct MailboxLine {
  /// 0: free, or answered. 1: a request.
  var state: UInt
  var request: UInt
  var object: UInt
  var start: UInt
  var end: UInt
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt)
}

enum Request: UInt {
  /// Forget what leads to [start, end) of the process `object`.
  case shootdown
  /// Add the threads of the process `object` that are in calls to the `WaitingList` at `start`.
  case calls
}

enum Mailbox {
  /// Bit of INTERRUPTS that says: there are incoming threads, or a reason to look before going back to user
  /// mode.
  static let poke: UInt = 1
  /// Bit of INTERRUPTS that says: a process is ending that has a representative here.
  static let ending: UInt = 2
  /// Bit of INTERRUPTS that says: there is a call in the list of calls.
  static let calls: UInt = 4
  /// Bit 8 + sender: one of the sender's lines holds something, a request or a call. The register has room
  /// for 56 senders; those above share the bits of the first.
  private static let firstSender: UInt = 8
  private static let senderBits: UInt = 56

  static func bit(ofSender number: UInt) -> UInt {
    1 &<< (firstSender &+ (number < senderBits ? number : number &- senderBits))
  }

  /// Tells a processor to look at its incoming threads and at the state of its process.
  static func poke(_ number: UInt) { tell(number, poke) }

  /// Raises bits of another processor's INTERRUPTS.
  static func tell(_ number: UInt, _ bits: UInt) {
    let station = local.pointee.station(of: number)
    let index = number &- station &* local.pointee.processorsPerStation
    LocalWindow.interruptSend(stations: 1 << station, processors: 1 << index).write(bits)
  }

  /// Tells all processors of a set (bit: global number), but not the own one, station by station.
  static func poke(all processors: UInt, _ bits: UInt) {
    forEachStation(processors & ~(1 << local.pointee.number)) { station, set in
      LocalWindow.interruptSend(stations: 1 << station, processors: set).write(bits)
    }
  }

  /// Asks every processor of a set but the own one, and waits for all answers.
  static func ask(_ processors: UInt, _ request: Request, _ object: UInt, _ start: UInt = 0, _ end: UInt = 0) {
    let own = local.pointee.number
    let others = processors & ~(1 << own)
    if others == 0 { return }
    var rest = others
    while rest != 0 {
      let line = PublicPage(of: UInt(rest.trailingZeroBitCount)).mailboxLine(from: own)
      line.pointee.request = request.rawValue
      line.pointee.object = object
      line.pointee.start = start
      line.pointee.end = end
      atomic_store(line, 1)
      rest &= rest &- 1
    }
    forEachStation(others) { station, set in
      LocalWindow.interruptSend(stations: 1 << station, processors: set).write(bit(ofSender: own))
    }
    rest = others
    while rest != 0 {
      let line = PublicPage(of: UInt(rest.trailingZeroBitCount)).mailboxLine(from: own)
      while atomic_load(line) != 0 { answerIfAsked() }
      rest &= rest &- 1
    }
  }

  /// Serves what others ask, if they do; for use while waiting.
  static func answerIfAsked() {
    if cp0_cause() & InterruptBits.crossProcessor != 0 { answer() }
  }

  /// Serves the cross-processor interrupt.
  static func answer() {
    let bits = LocalWindow.interrupts.read()
    if bits & (poke | calls) != 0 { local.pointee.attention = 1 }
    if bits & ending != 0 { Completion.releaseEnding() }
    var senders = bits >> firstSender
    if local.pointee.processors > senderBits { senders |= senders &<< senderBits }
    RemoteCalls.look(inLinesFrom: senders)
    while senders != 0 {
      let line = PublicPage.own.mailboxLine(from: UInt(senders.trailingZeroBitCount))
      if atomic_load(line) != 0 {
        let process = Reference<Process>(raw: line.pointee.object)
        switch Request(rawValue: line.pointee.request) {
        case .shootdown:
          let start = line.pointee.start
          let end = line.pointee.end
          process.call { $0.forget(start, end) }
        case .calls:
          if let list = UnsafeMutablePointer<WaitingList>(bitPattern: line.pointee.start) {
            Deadlock.gatherCalls(of: line.pointee.object, into: list)
          }
        case nil: panic("an unknown request", line.pointee.request)
        }
        atomic_store(line, 0)
      }
      senders &= senders &- 1
    }
  }

  /// Splits a set of processors by station.
  @inline(__always) private static func forEachStation(_ processors: UInt, _ body: (UInt, UInt) -> Void) {
    let count = local.pointee.processorsPerStation
    var rest = processors
    var station: UInt = 0
    while rest != 0 {
      let set = rest & ((1 << count) &- 1)
      if set != 0 { body(station, set) }
      rest >>= count
      station &+= 1
    }
  }
}
