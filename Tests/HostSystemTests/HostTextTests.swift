import Glibc
import HostSystem
import Testing

@Suite("Bytes of the host's system")
struct HostTextTests {
  @Test(
    "come back from strings as they were, whatever they are",
    arguments: [
      [], Array("text".utf8), Array("žluťoučký 🐎".utf8), [0x61, 0xFF, 0x62], [0xC3], [0xC3, 0x28], [0xE2, 0x82],
      [0xF4, 0x8F, 0xBA, 0x80], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0x65, 0xCC, 0x81, 0xFE],
    ] as [[UInt8]])
  func roundTrip(bytes: [UInt8]) { #expect(HostText.bytes(HostText.string(bytes)) == bytes) }

  @Test("come back from strings as they were: a hundred thousand random ones")
  func randomRoundTrip() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<100_000 {
      let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        UInt8.random(in: Bool.random() ? 0x80...0xFF : 0...0xFF, using: &random)
      }
      #expect(HostText.bytes(HostText.string(bytes)) == bytes)
    }
  }

  @Test("are ordinary strings where they are text")
  func text() { #expect(HostText.string(Array("žluťoučký".utf8)) == "žluťoučký") }

  @Test("name files that are called by no text, and errors have path and reason")
  func files() throws {
    var template = Array("/tmp/host-text-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer { rmdir(folder) }
    let path = HostText.string(Array("\(folder)/a".utf8) + [0xFF])
    #expect(throws: SystemError("cannot read", path, code: ENOENT)) { try HostFile.read(path) }
    try HostFile.write([1, 2, 3], to: path)
    defer { HostFile.remove(path) }
    #expect(try HostFile.read(path) == [1, 2, 3])
    #expect(HostFile.exists(path) && !HostFile.exists(folder + "/a"))
    #expect(throws: SystemError("cannot read", folder, code: EISDIR)) { try HostFile.read(folder) }
    #expect(SystemError("cannot write", "/x", code: ENOSPC).description == "cannot write /x: no space left on device")
    #expect(throws: SystemError("cannot write", "/no/such/x", code: ENOENT)) {
      try HostFile.write([], to: "/no/such/x")
    }
  }
}
