// The kernel's own end: says why on its console, tells the host, and idles.

import CMachine

@inline(never) func panic(_ message: StaticString, _ value: UInt = 0, frame: UnsafeMutablePointer<TrapFrame>? = nil)
  -> Never
{
  var text = Text(job: 0, stream: 1)
  text.put("tornado: panic: ")
  text.put(message)
  text.put(" (")
  text.put(hexadecimal: value)
  text.put(") on processor ")
  text.put(decimal: local.pointee.number)
  text.put("\n")
  if let frame {
    text.put("pc ")
    text.put(hexadecimal: frame.pointee.epc)
    text.put(" status ")
    text.put(hexadecimal: frame.pointee.status)
    text.put(" cause ")
    text.put(hexadecimal: frame.pointee.cause)
    text.put(" address ")
    text.put(hexadecimal: frame.pointee.badVirtualAddress)
    text.put("\n")
    let registers = UnsafeMutableRawPointer(frame)
    var number: UInt = 1
    while number < 32 {
      text.put("$")
      text.put(decimal: number)
      text.put(" ")
      text.put(hexadecimal: registers.word(number).pointee)
      text.put(number & 3 == 0 ? "\n" : "  ")
      number &+= 1
    }
    text.put("\n")
  }
  text.flush(locked: false)
  HostEvent.panicked.send(job: 0, value: UInt(local.pointee.number))
  cp0_set_status(UInt(STATUS_64BIT))
  while true { _ = LocalWindow.idle.read() }
}

/// The body of a method that every kind of an object has to override: a class of Swift cannot leave it out.
@inline(never) func abstract(_ method: StaticString = #function) -> Never { panic(method) }

/// What a virtual method that was optimised away leaves in a class record.
@_silgen_name("kernel_deleted_method")
public func deletedMethod() -> Never { panic("a deleted method was called") }
