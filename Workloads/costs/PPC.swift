// What calls between processes cost. The whole is measured, and then again without one part after the other.
import Tornado

@_silgen_name("costs_of") func costsOf(
  _ kind: Int32, _ port: UInt64, _ object: UInt64, _ data: UnsafeMutableRawPointer?
) -> Int
@_silgen_name("costs_remote_call") func costsRemoteCall(
  _ port: UInt64, _ object: UInt64, _ method: UInt64, _ processor: UInt64, _ results: UnsafeMutablePointer<UInt64>)
@_silgen_name("costs_object") func costsObject() -> UInt64
@_silgen_name("costs_export_object") func costsExportObject()
@_silgen_name("costs_bare_port") func costsBarePort(_ mappedStacks: Int32) -> Int

/// The server's object.
final class CostedRepresentative: CostedObject {
  private let ports: [UInt64]
  private let monitor = Monitor()

  init(_ ports: [UInt64]) { self.ports = ports }

  override func nothing(_ word: UInt64) -> UInt64 { word }
  override func port(_ kind: Int) -> UInt64 { ports.indices.contains(kind) ? ports[kind] : 0 }
  override func instructions() -> UInt64 { monitor.instructions }
}

final class CostedHandler: Clustered {
  private let ports: [UInt64]

  init(_ ports: [UInt64]) {
    self.ports = ports
    super.init(.perProcessor)
  }

  override func makeRepresentative(_ place: UInt) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(CostedRepresentative(ports)).toOpaque()
  }
}

enum PPCCosts {
  /// What is measured in C; `costs_…` of ppc.c.
  private enum Kind: Int32 {
    case nothing, bare, data, registers
  }

  /// In the process that is started for it: serves.
  static func serveIfAsked() {
    guard let word = Program.argument(0), word == "--serve" else { return }
    costsExportObject()
    let port = Port()
    let bare = costsBarePort(0)
    let mapped = costsBarePort(1)
    let handler = CostedHandler([UInt64(bare), UInt64(mapped)])
    guard let object = GlobalTable.add(handler, as: CostedObject.self, external: true) else { Program.exit(1) }
    do throws(PPCError) { _ = try NameServer.register("costs", CostedServer.export(object, at: port)) } catch {
      Program.exit(1)
    }
    Server.wait()
  }

  static func report() {
    guard Monitor().isPresent, Server.start("--serve") else { return }
    do throws(PPCError) { try report(try NameServer.waitFor("costs")) } catch {
      printError("costs: a call failed: error \(error.code)")
      Program.exit(1)
    }
  }

  private static func report(_ server: ExternalReference) throws(PPCError) {
    // For the check, as the server has it.
    costsExportObject()
    let client = CostedClient(server)
    let bare = try client.port(0)
    let mapped = try client.port(1)
    let page = CallBuffer()
    page.bytes[0] = 1
    func instructions(_ kind: Kind, _ port: UInt64) -> Int {
      Costs.median { costsOf(kind.rawValue, port, costsObject(), page.bytes.baseAddress) } ?? 0
    }
    let outside = instructions(.nothing, bare)
    let core = instructions(.bare, bare) - outside
    let registers = instructions(.registers, bare) - outside - core
    let check = instructions(.registers, server.port) - outside - core - registers
    let whole = Costs.median { wholeCall(client) } ?? 0
    let security = Costs.median { securityCheck() } ?? 0
    Costs.report("ppc_call_return", whole, paper: "372")
    Costs.report("ppc_user_registers", registers, paper: "50")
    Costs.report("ppc_stubs", whole - core - registers - check, paper: "14")
    Costs.report("ppc_security_check", security, paper: "49")
    Costs.report("ppc_operation", check - security, paper: "-")
    Costs.report("ppc_core", core, paper: "167")
    Costs.report("ppc_mapped_stack", instructions(.bare, mapped) - outside - core, paper: "62")
    Costs.report("ppc_remapped_8k", instructions(.data, bare) - outside - core, paper: "82")
    if Processors.count > 1 { try reportRemote(server) }
  }

  /// A call and its return between two clustered objects, stubs and all.
  @inline(never) private static func wholeCall(_ client: CostedClient) -> Int {
    let monitor = Monitor()
    let before = monitor.instructions
    let between = monitor.instructions
    do throws(PPCError) { _ = try client.nothing(1) } catch { return -1 }
    let after = monitor.instructions
    return Int(after &- between) - Int(between &- before)
  }

  /// The check alone, with its call.
  @inline(never) private static func securityCheck() -> Int {
    let monitor = Monitor()
    let before = monitor.instructions
    let between = monitor.instructions
    let isExternal = Server.accepts(costsObject())
    let after = monitor.instructions
    return isExternal ? Int(after &- between) - Int(between &- before) : 0
  }

  /// What both processors execute for a remote call, less what the caller executes while it has nothing to do
  /// but look whether the call is done. The kernel says how often it looked; what that takes follows from
  /// calls that take different times.
  private static func reportRemote(_ server: ExternalReference) throws(PPCError) {
    let monitor = Monitor()
    let results = Lines(count: 1)[0]
    var caller: [(instructions: Int, turns: Int)] = []
    var target = 0
    for n in 1..<Processors.count {
      var seen = 0
      for round in 0..<12 {
        let start = monitor.instructions
        costsRemoteCall(server.port, server.object, 2, UInt64(n), results)
        let spent = Int(monitor.instructions &- start)
        // What the other processor has executed since it was here in the round before.
        let there = Int(results[1])
        if round == 11 {
          caller.append((spent, Int(results[0])))
          target = there - seen
        }
        seen = there
      }
    }
    guard let least = caller.min(by: { $0.turns < $1.turns }), let most = caller.max(by: { $0.turns < $1.turns }),
      most.turns > least.turns
    else { return }
    let turn = (most.instructions - least.instructions) / (most.turns - least.turns)
    Costs.report("remote_ppc", least.instructions - turn * least.turns + target, paper: "2200")
  }
}
