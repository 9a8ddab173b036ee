import NUMAchine
import Testing

/// What processors did over a program adds up to the program's time, whatever they did before it.
@Suite(.serialized) struct JobTimeTests {
  @Test(arguments: [1, 2, 3] as [UInt64]) func noPartOfAProgramsTimeIsLongerThanTheProgram(seed: UInt64) throws {
    var random = seed
    let programs = (0..<5).map { _ -> TestCluster.Program in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // On one processor all others idle until the next program comes.
      return random >> 63 == 0
        ? .init(name: "hello", processors: 1 + Int(random >> 33 & 3))
        : .init(name: "sharing", arguments: ["--updates", "10"], processors: Int(random >> 33 & 7))
    }
    let outcomes = try TestCluster.run(programs)
    #expect(outcomes.count == programs.count)
    for outcome in outcomes {
      #expect(outcome.failure == nil)
      for processor in try #require(outcome.counters).stations.flatMap(\.processors) {
        let whole = processor[ProcessorCounter.cycles.rawValue]
        // The counters are those of whole windows.
        #expect(whole + 1000 > outcome.cycles && outcome.cycles + 1000 > whole)
        for part in [ProcessorCounter.instructions, .idleCycles, .stallMemoryCycles, .stallPipelineCycles] {
          #expect(processor[part.rawValue] <= whole, "\(part)")
        }
        #expect(processor[ProcessorCounter.instructions.rawValue] + processor[ProcessorCounter.idleCycles.rawValue] > 0)
      }
    }
  }
}
