import Foundation
import NUMAchine
import Runner
import Testing

/// A machine that was put into a file and taken up, by whatever number of daemons, ends with the digest of
/// the run that nobody disturbed.
@Suite(.serialized) struct CheckpointTests {
  /// The events of a run of `hello`: sixteen processors, at rest, started, output, exited, at rest.
  @Test(arguments: [(1, 1, 1), (9, 4, 2), (16, 2, 4), (18, 1, 4), (19, 4, 1), (20, 2, 2), (21, 4, 4)])
  func aMachineTakenUpByOtherDaemonsEndsAsIfUndisturbed(event: Int, writers: Int, readers: Int) throws {
    let undisturbed = try TestCluster.run("hello")
    let checkpoint = try #require(try TestCluster.checkpoint("hello", atEvent: event, daemons: writers))
    #expect(try TestCluster.resume(checkpoint, "hello", daemons: readers) == undisturbed)
  }

  @Test func aBusyMachineEndsAsIfUndisturbed() throws {
    let undisturbed = try TestCluster.run("sharing")
    for (event, writers, readers) in [(18, 2, 1), (18, 1, 2)] {
      let checkpoint = try #require(try TestCluster.checkpoint("sharing", atEvent: event, daemons: writers))
      #expect(try TestCluster.resume(checkpoint, "sharing", daemons: readers) == undisturbed)
    }
  }

  @Test func everyByteThatIsChangedOrMissingIsNoticed() throws {
    let checkpoint = try #require(try TestCluster.checkpoint("hello", atEvent: 18))
    let good = checkpoint.data
    #expect(throws: Never.self) { try CheckpointFile(good).verify() }
    func problem(_ data: Data) -> String? {
      do throws(RunnerError) {
        try CheckpointFile(data).verify()
        return nil
      } catch { return "\(error)" }
    }
    var random: UInt64 = 3
    let header = Int(good.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 20, as: UInt32.self) }) + 56
    let places =
      Array(0..<60)
      + (0..<60).map { _ in
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(random >> 33) % good.count
      }
    for place in places + [header - 1, header, good.count - 1] {
      var damaged = good
      damaged[place] ^= 1 << (place & 7)
      #expect(problem(damaged) != nil, "byte \(place)")
    }
    for count in [0, 15, 16, 40, 56, header - 1, header, good.count / 2, good.count - 1] {
      #expect(problem(good.prefix(count)) != nil, "\(count) bytes")
    }
    #expect(problem(good + [0])?.contains("follow its end") == true)
    #expect(problem(good.prefix(good.count - 1))?.contains("was cut off") == true)
    #expect(problem(Data("#!/bin/sh\necho hello\n".utf8)) == "is no checkpoint")
    var later = good
    later[16] = 9
    #expect(problem(later)?.contains("format 9") == true)
  }
}
