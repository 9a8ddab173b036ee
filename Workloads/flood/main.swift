// Writes a great deal of output, as fast as it goes: flood [BYTES], by default a million.
import Tornado

var left = 1_000_000
if let argument = Program.argument(0) {
  guard let bytes = argument.integer, bytes >= 0 else {
    Program.wrongUsage("flood takes a number of bytes, not \(argument)")
  }
  left = bytes
}
// Lines of 64 bytes, 4 KB at a time.
let size = 4096
let block = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
for i in 0..<size { block[i] = i % 64 == 63 ? 10 : UInt8(48 + i % 64) }
while left > 0 {
  tornado_write(1, block, min(left, size))
  left -= size
}
