import Profiles
import Runner
import Testing

@Suite struct SubmissionTests {
  @Test func aProgramThatTheKernelCannotKeepIsRefusedBeforeItEnters() throws {
    var profile = try #require(try Profiles.named("numachine"))
    profile.memoryBytes = 8 << 20
    let fits = Submission(job: 1, processors: 0, arguments: [[0x70]], image: [UInt8](repeating: 0, count: 1_000_000))
    #expect(fits.problem(on: profile) == nil)
    let large = Submission(job: 1, processors: 0, arguments: [[0x70]], image: [UInt8](repeating: 0, count: 1 << 20))
    #expect(
      large.problem(on: profile)
        == "the program and its arguments have 1048704 bytes; profile 'numachine' takes at most 1048576")
  }
}
