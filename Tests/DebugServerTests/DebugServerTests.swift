import Foundation
import GuestImages
import Testing

/// A client of the remote protocol looks, stops and steps; emulated time does not know of it.
@Suite(.serialized) struct DebugServerTests {
  /// Where ELF files begin to execute.
  private func entry(_ file: [UInt8]) -> UInt64 {
    file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self) }
  }
  private func hex(_ value: UInt64) -> String { String(value, radix: 16) }

  @Test func whoOnlyLooksLeavesTheSameDigest() throws {
    let undisturbed = try DebugClient.undisturbed("hello")
    #expect(undisturbed.status == 0 && undisturbed.digest.count == 64)
    let client = try DebugClient("hello")
    let start = entry(GuestImages.program("hello")!)
    // Each instruction of the beginning of the program, of the kernel and of the exception vector, which all
    // processors go through.
    let vector: UInt64 = 0xFFFF_FFFF_8000_0180
    let places = [start, vector, entry(GuestImages.kernel)].flatMap { first in (0..<24).map { first + $0 * 4 } }
    for place in places { #expect(client.ask("Z0,\(hex(place)),4") == "OK") }
    var stops = 0
    var programs = 0
    var reply = client.ask("vCont;c")
    while reply.hasPrefix("T05") {
      stops += 1
      let pc = client.pc
      #expect(places.contains(pc))
      if pc == start { programs += 1 }
      #expect(client.ask("m\(hex(pc)),40").count == 128)
      #expect(client.ask("g").count == 72 * 16)
      // Some instructions by steps, with the watch of a word that is never used.
      #expect(client.ask("Z2,ffffffff80000ff0,8") == "OK")
      for _ in 0..<(stops % 7) {
        let stepped = client.ask("vCont;s:\(hex(UInt64(stops % 4) + 1));c")
        #expect(stepped.hasPrefix("T05"), "\(stepped)")
        guard stepped.hasPrefix("T05") else { break }
      }
      #expect(client.ask("z2,ffffffff80000ff0,8") == "OK")
      guard stops < 2000 else {
        #expect(client.ask("D") == "OK")
        break
      }
      reply = client.ask("vCont;c")
    }
    #expect(stops > 100 && programs >= 1, "\(stops) stops")
    #expect(client.finish() == undisturbed)
  }

  @Test func stepsGoFromInstructionToInstruction() throws {
    let undisturbed = try DebugClient.undisturbed("hello")
    let client = try DebugClient("hello")
    #expect(client.ask("?").hasPrefix("T02thread:1;"))
    let boot = client.pc
    #expect(boot == entry(GuestImages.kernel))
    // All four processors start at the same place; each step of one lets the others run on.
    var places: [UInt64] = [boot]
    for _ in 0..<200 {
      #expect(client.ask("vCont;s:1;c").hasPrefix("T05thread:1;"))
      places.append(client.pc)
    }
    var jumps = 0
    for (from, to) in zip(places, places.dropFirst()) {
      #expect(from != to || places.count < 2)
      if to != from + 4 { jumps += 1 }
    }
    #expect(jumps < 150, "most instructions are followed by their neighbours")
    #expect(client.ask("D") == "OK")
    #expect(client.finish() == undisturbed)
  }

  @Test func aWatchedWordStopsWhoWritesIt() throws {
    let undisturbed = try DebugClient.undisturbed("hello")
    let client = try DebugClient("hello")
    let start = entry(GuestImages.program("hello")!)
    #expect(client.ask("Z0,\(hex(start)),4") == "OK")
    #expect(client.ask("c").contains("swbreak"))
    let stack = client.register(29)
    #expect(client.ask("Z2,\(hex(stack - 0x80)),80") == "OK")
    #expect(client.ask("z0,\(hex(start)),4") == "OK")
    let stop = client.ask("vCont;c")
    #expect(stop.contains("watch:"), "\(stop)")
    #expect(client.ask("z2,\(hex(stack - 0x80)),80") == "OK")
    #expect(client.ask("D") == "OK")
    #expect(client.finish() == undisturbed)
  }

  @Test func whatIsWrittenIsWhatTheProgramFinds() throws {
    let client = try DebugClient("hello")
    let start = entry(GuestImages.program("hello")!)
    _ = client.ask("Z0,\(hex(start)),4")
    _ = client.ask("c")
    // Its first instructions become: li $v0, 1 … exit(7) would need the system call's number; here the
    // registers and memory suffice.
    #expect(client.ask("P10=efcdab8967452301") == "OK")
    #expect(client.register(16) == 0x0123_4567_89AB_CDEF)
    #expect(client.ask("P0=0100000000000000") == "E02")
    // In the unmapped segment, across the end of a line, and what is there is put back.
    let before = client.ask("mffffffff8000107c,8")
    #expect(client.ask("Mffffffff8000107c,8:1122334455667788") == "OK")
    #expect(client.ask("mffffffff8000107c,8") == "1122334455667788")
    #expect(client.ask("Xffffffff8000107c,4:abcd") == "OK")
    #expect(client.ask("mffffffff8000107c,8") == "6162636455667788")
    #expect(client.ask("Mffffffff8000107c,8:\(before)") == "OK")
    #expect(client.ask("M10,4:00000000") == "E14")
    #expect(client.ask("k") == "OK")
  }

  @Test func anInterruptStopsARunningAndAnIdleMachine() throws {
    let client = try DebugClient("forever")
    client.send("vCont;c")
    client.waitUntilItRuns()
    client.sendRaw([3])
    #expect(client.receive()?.hasPrefix("T02") == true)
    #expect(client.ask("qfThreadInfo") == "m1,2,3,4")
    client.send("c")
    // A client that goes without a word, and another.
    client.connect()
    #expect(client.ask("?").hasPrefix("T"))
    #expect(client.ask("k") == "OK")
  }

  @Test func aHostileClientGetsErrors() throws {
    let client = try DebugClient("hello")
    for packet in [
      "m", "m,", "mzz,4", "m0,ffffffffffffffff", "m0,1001", "M0,4:00", "M0,4:zz000000", "M0,4", "G00", "P", "P1",
      "P1=00", "P48=0000000000000000",
      "pffffffffffffffff", "p48", "Hg99", "H", "T0x", "Tffff", "Z0", "Z0,zz,4", "Z0,3,4", "Z2,0,0", "Z2,0,ffffffff",
      "Z2,ffffffffffffffff,8", "vCont;x",
      "vCont;s:99", "vCont;", "qXfer:features:read:target.xml:zz,1", "qThreadExtraInfo,99", "X", "X0,4:a",
    ] {
      #expect(client.ask(packet).hasPrefix("E"), "\(packet)")
    }
    #expect(client.ask("Z9,0,4") == "")
    #expect(client.ask("vMustReplyEmpty") == "")
    #expect(client.ask("nonsense") == "")
    #expect(client.ask("qXfer:features:read:target.xml:ffffff,10") == "l")
    #expect(client.ask("qXfer:features:read:target.xml:0,fff").contains("mips:4000"))
    client.sendRaw(Array("$g#00".utf8))
    var random: UInt64 = 5
    for _ in 0..<3000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let letters = Array("gGmMpPHTZzq?X0123456789abcdef,:;=".utf8)
      let text = (0..<Int(random >> 59)).map { letters[Int((random >> UInt64($0)) & 0xFFFF) % letters.count] }
      // What would let the machine go on or end is another test's business.
      guard let first = text.first, !"csCSkD".utf8.contains(first) else { continue }
      let reply = client.ask(String(decoding: text, as: UTF8.self))
      guard reply != "nothing" else {
        Issue.record("no answer to \(String(decoding: text, as: UTF8.self))")
        break
      }
    }
    client.sendRaw((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    client.connect()
    #expect(client.ask("?").hasPrefix("T02"))
    #expect(client.ask("k") == "OK")
  }
}
