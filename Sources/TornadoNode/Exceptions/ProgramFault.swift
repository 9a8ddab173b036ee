// A fault that ends a program: the signal, and the one line that says what happened (docs/programs.md).

import CMachine

enum Signal: UInt {
  case illegalInstruction = 4
  case trap = 5
  case floatingPoint = 8
  case kill = 9
  case bus = 10
  case segmentation = 11

  var name: StaticString {
    switch self {
    case .illegalInstruction: "SIGILL"
    case .trap: "SIGTRAP"
    case .floatingPoint: "SIGFPE"
    case .kill: "SIGKILL"
    case .bus: "SIGBUS"
    case .segmentation: "SIGSEGV"
    }
  }
}

public struct ProgramFault {
  let signal: Signal
  /// What the instruction did: "store to", "integer overflow".
  let what: StaticString
  /// The address it did it to, where there is one.
  let address: Address?
  let programCounter: Address

  func describe(_ text: inout Text) {
    text.put(signal.name)
    text.put(": ")
    text.put(what)
    if let address {
      text.put(" ")
      text.put(hexadecimal: address)
    }
    text.put(" at pc ")
    text.put(hexadecimal: programCounter)
  }
}
