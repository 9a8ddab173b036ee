import NUMAchine
import Profiles
import Testing

@Suite struct MachineProfileTests {
  private var text: String { Profiles.shipped[0].text }

  private func problem(_ text: String) -> String {
    do {
      _ = try MachineProfile(text: text)
      return "no problem"
    } catch { return error.description }
  }

  @Test func everyShippedProfileIsReadUnderItsOwnName() throws {
    for (name, text) in Profiles.shipped { #expect(try MachineProfile(text: text).name == name) }
  }

  @Test func theWindowOfNUMAchineIsNinetyCycles() throws {
    let profile = try MachineProfile(text: text)
    let budget = LatencyBudget(profile)
    #expect(budget.window == 90 * profile.processorCycle)
    #expect(budget.lookahead == 210)
  }

  @Test func theLatencyBudgetSumsToThePapersFigures() throws {
    let p = try MachineProfile(text: text)
    let data = p.secondaryLineBytes / p.busBeatBytes * p.busBeat
    let local = p.issueToBus + p.busCommand + p.directory + p.dram + p.memoryOutput + p.busHeader + data + p.fill
    #expect(local == 270 * p.processorCycle)
    let way = p.ringOut + p.ringIn
    #expect(
      local + p.networkLookup + 2 * way + p.busCommand + p.networkFill + p.busHeader + 4 * p.ringHop == 370
        * p.processorCycle)
  }

  /// Ticks of a load from the own station's memory.
  private func local(_ p: MachineProfile) -> Int {
    let data = p.secondaryLineBytes / p.busBeatBytes * p.busBeat
    return p.issueToBus + p.busCommand + p.directory + p.dram + p.memoryOutput + p.busHeader + data + p.fill
  }

  @Test func theSimulatedMachinesPlainNetworkGivesTheSameLatencies() throws {
    let p = try #require(try Profiles.named("simos"))
    #expect(local(p) == 270 * p.processorCycle)
    #expect(local(p) + p.networkLookup + 2 * (p.networkTransit + p.networkOccupancy) == 370 * p.processorCycle)
    #expect(LatencyBudget(p).window == 332)
  }

  @Test func theBudgetOfTwoLevelsOfRingsSums() throws {
    let p = try #require(try Profiles.named("numachine48"))
    let same =
      local(p) + p.networkLookup + 2 * (p.ringOut + p.ringIn) + p.busCommand + p.networkFill + p.busHeader + 5
      * p.ringHop
    #expect(local(p) == 978)
    #expect(same == 1314)
    #expect(same + 4 * p.interRingCrossing + 8 * p.ringHop == 1602)
    #expect(LatencyBudget(p).window == 316)
  }

  @Test func whatANetworkOrProtocolNeedsMustBeThereAndNoMore() throws {
    let lines = text.split(separator: "\n").map(String.init)
    func without(_ prefix: String, _ replacement: String = "") -> String {
      lines.map { $0.hasPrefix(prefix) ? replacement : $0 }.joined(separator: "\n")
    }
    #expect(problem(without("ring_hop")) == "'ring_hop' is missing")
    #expect(
      problem(without("protocol", "protocol = snoop")).hasSuffix("'protocol' must be flat or numachine, not 'snoop'"))
    #expect(problem(without("network ", "network = plain")) == "'network_transit' is missing")
  }

  @Test func aMistakeIsNamedWithItsLineAndWhatIsAllowed() {
    #expect(problem("name = x\nnonsense") == "line 2: expected 'name = value', found 'nonsense'")
    #expect(problem("name = x\nspeed = 3") == "line 2: no field is called 'speed'")
    #expect(problem("stations = many") == "line 1: 'stations' must be an integer, not 'many'")
    #expect(problem("stations = 17") == "line 1: 'stations' must be 1 to 16, not 17")
    #expect(problem("stations = 2\nstations = 2") == "line 2: 'stations' stands here for the second time")
    #expect(problem("name = x") == "'stations' is missing")
  }

  @Test func numbersThatContradictEachOtherAreRefused() {
    let lines = text.split(separator: "\n").map(String.init)
    func with(_ name: String, _ value: Int) -> String {
      lines.map { $0.hasPrefix(name + " ") ? "\(name) = \(value)" : $0 }.joined(separator: "\n")
    }
    #expect(problem(with("secondary_bytes", 1_000_000)) == "'secondary_bytes' must be a power of two, not 1000000")
    #expect(problem(with("secondary_line_bytes", 16)).contains("'primary_line_bytes' (32) must not exceed"))
    #expect(problem(with("secondary_hit", 11)).contains("must be at least the load delay"))
    #expect(problem(with("network_lookup", 526)).contains("must not exceed a line's transfer"))
    #expect(problem(with("memory_bytes", 8_388_609)).contains("multiple of 1048576"))
  }

  @Test func aProfilesTextGivesTheProfile() throws {
    for shipped in Profiles.shipped {
      var profile = try MachineProfile(text: shipped.text)
      #expect(try MachineProfile(text: profile.text) == profile)
      profile.stations = 3
      for model in ProcessorModel.allCases {
        profile.processor = model
        #expect(try MachineProfile(text: profile.text) == profile)
      }
    }
  }
}
