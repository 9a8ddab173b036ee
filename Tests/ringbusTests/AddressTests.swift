import Foundation
import Testing

@testable import ringbus

extension RingTests {
  @Suite struct AddressTests {
    @Test(
      "An address is read as it is written",
      arguments: ["unix:/run/station0.sock", "tcp:host1:7000", "tcp:10.0.0.1:0", "tcp:[::1]:7000"])
    func read(text: String) throws {
      #expect(try RingAddress(text).description == text)
    }

    @Test(
      "What is no address is refused with the reason",
      arguments: [
        ("", "starts with neither"), ("/run/x", "starts with neither"), ("unix:x", "full path"),
        ("tcp:host", "a host and a port"),
        ("tcp:host:70000", "port from 0 to 65535"), ("tcp:host:x", "port from 0 to 65535"), ("tcp::1", "names no host"),
        ("tcp:::1:7000", "in brackets"),
        ("unix:/" + String(repeating: "x", count: 107), "has 108 bytes, and 107 are the most"),
      ])
    func wrong(text: String, reason: String) {
      expectAddressError(reason) { _ = try RingAddress(text) }
    }

    @Test("A socket's path may have 107 bytes")
    func longest() throws {
      let folder = SocketFolder()
      let path = folder.path + "/" + String(repeating: "x", count: 106 - folder.path.utf8.count)
      #expect(path.utf8.count == 107)
      let ring = try UVRing(
        TestRing(daemons: 2, adjust: { configuration, _ in configuration.listen = .unix(path: path) }).configuration(0))
      #expect(FileManager.default.fileExists(atPath: path))
      ring.close()
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A path that is too long is refused, not cut")
    func tooLong() {
      let path = "/tmp/" + String(repeating: "x", count: 200)
      expectAddressError("107 are the most") { _ = try UVRing(configuration(.unix(path: path))) }
      expectAddressError("107 are the most") {
        var configuration = configuration(.tcp(host: "127.0.0.1", port: 0))
        configuration.successor = .unix(path: path)
        _ = try UVRing(configuration)
      }
    }

    @Test("A busy port is named")
    func busyPort() throws {
      let first = try UVRing(configuration(.tcp(host: "127.0.0.1", port: 0)))
      expectAddressError("cannot listen on \(first.address): address already in use") {
        _ = try UVRing(configuration(first.address))
      }
      first.close()
      let second = try UVRing(configuration(first.address))
      second.close()
    }

    @Test("A busy socket is named, and goes on listening")
    func busySocket() throws {
      let folder = SocketFolder()
      let first = try UVRing(configuration(folder.socket(0)))
      expectAddressError("cannot listen on \(folder.socket(0)): address already in use") {
        _ = try UVRing(configuration(folder.socket(0)))
      }
      _ = try FakeDaemon.calling(folder.socket(0))
      first.close()
    }

    @Test("A socket that a killed daemon left behind is no obstacle")
    func leftOver() throws {
      let folder = SocketFolder()
      try FakeDaemon.leavingBehind(folder.socket(0))
      let ring = try UVRing(configuration(folder.socket(0)))
      ring.close()
    }

    @Test("A file that is no socket is left alone")
    func ordinaryFile() throws {
      let folder = SocketFolder()
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path + "/0"))
      expectAddressError("address already in use") { _ = try UVRing(configuration(folder.socket(0))) }
      #expect(try String(contentsOfFile: folder.path + "/0", encoding: .utf8) == "mine")
    }

    @Test("A folder that does not exist, a host that nobody knows, and an address of another host are named")
    func nowhere() throws {
      expectAddressError("folder does not exist") { _ = try UVRing(configuration(.unix(path: "/nowhere/at/all"))) }
      expectAddressError("'no-such-host.invalid'") {
        _ = try UVRing(configuration(.tcp(host: "no-such-host.invalid", port: 0)))
      }
      expectAddressError("this host has no such address") {
        _ = try UVRing(configuration(.tcp(host: "192.0.2.1", port: 0)))
      }
      let ring = try UVRing(configuration(.tcp(host: "127.0.0.1", port: 0)))
      expectAddressError("'no-such-host.invalid'") {
        try ring.join(successor: .tcp(host: "no-such-host.invalid", port: 1))
      }
    }

    @Test("A machine's stations must contain the daemon's own", arguments: [0..<0, 1..<3, -1..<1])
    func stations(local: Range<Int>) {
      var configuration = configuration(.tcp(host: "127.0.0.1", port: 0))
      configuration.local = local
      expectAddressError("of a machine of 2") { [configuration] in _ = try UVRing(configuration) }
    }

    private func configuration(_ listen: RingAddress) -> RingConfiguration {
      RingConfiguration(
        cluster: "", profileHash: [], imageHash: [], stations: 2, local: 0..<1, listen: listen, successor: nil)
    }

    private func expectAddressError(_ reason: String, _ body: () throws -> Void) {
      do {
        try body()
        Issue.record("nothing was thrown, where '\(reason)' should be")
      } catch let error as RingError {
        #expect(error.kind == .address)
        #expect(error.description.contains(reason), "\(error)")
        #expect(!error.description.contains("\n"))
      } catch {
        Issue.record(error)
      }
    }
  }
}
