/// The processor as GDB is told of it.
enum TargetDescription {
  static let text: String = {
    func register(_ name: String, _ number: Int, _ kind: String = "") -> String {
      "<reg name=\"\(name)\" bitsize=\"64\" regnum=\"\(number)\"\(kind)/>"
    }
    let general = (0..<32).map { register("r\($0)", $0) }
    let float = (0..<32).map { register("f\($0)", 38 + $0, " type=\"ieee_double\"") }
    return """
      <?xml version="1.0"?>
      <!DOCTYPE target SYSTEM "gdb-target.dtd">
      <target version="1.0">
      <architecture>mips:4000</architecture>
      <feature name="org.gnu.gdb.mips.cpu">
      \(general.joined(separator: "\n"))
      \(register("lo", 33))
      \(register("hi", 34))
      \(register("pc", 37))
      </feature>
      <feature name="org.gnu.gdb.mips.cp0">
      \(register("status", 32))
      \(register("badvaddr", 35))
      \(register("cause", 36))
      </feature>
      <feature name="org.gnu.gdb.mips.fpu">
      \(float.joined(separator: "\n"))
      \(register("fcsr", 70, " group=\"float\""))
      \(register("fir", 71, " group=\"float\""))
      </feature>
      </target>

      """
  }()
}
