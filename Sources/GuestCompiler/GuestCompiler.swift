import Foundation
import HostSystem

/// Compiles Swift, C and assembly to MIPS III ELF64 images with the Swift toolchain alone.
///
/// Swift goes to LLVM IR for 64-bit RISC-V (`Embedded`), is retargeted (`Retargeting`), becomes MIPS
/// assembly, is mended (`AssemblyMending`) and assembled; C takes the same way from clang on; ld.lld links
/// with a linker script.
public struct GuestCompiler: Sendable {
  public enum Optimisation: String, Sendable, CaseIterable {
    case speed = "-O"
    case size = "-Osize"
    case unchecked = "-Ounchecked"
    case none = "-Onone"

    var clang: String {
      switch self {
      case .speed, .unchecked: "-O2"
      case .size: "-Os"
      case .none: "-O0"
      }
    }
  }

  /// What all the ways through the compiler have in common.
  public struct Options: Sendable {
    public var optimisation: Optimisation = .speed
    /// Folders with headers and module maps.
    public var includeFolders: [String] = []
    /// Further arguments for swiftc and clang.
    public var swiftArguments: [String] = []
    public var clangArguments: [String] = []
    /// Of these, what is for C files alone.
    var cArguments: [String] = []
    /// Archives to link with.
    var archives: [String] = []
    /// Whether addresses are made for all 64 bits, as above 2 GB they must be.
    var isHigh = false
    /// Where intermediate files go and stay; a temporary folder that is removed if nil.
    public var workFolder: String?
    public init() {}
  }

  public let toolchain: Toolchain
  static let mips = [
    "--target=mips64el-unknown-none-elf", "-march=mips3", "-mabi=64", "-mno-abicalls", "-fno-pic", "-G0",
  ]

  public init(toolchain: Toolchain) { self.toolchain = toolchain }

  /// For code that is the platform: no library function is assumed, and a loop in `memcpy` does not become a
  /// `memcpy`.
  static let freestanding = ["-ffreestanding", "-fno-builtin"]

  /// Compiles all of `sources` (paths of `.swift`, `.c` and `.S` files; Swift as one module, interfaces with
  /// their stubs) to object files. Returns the objects and what the compilers warned of.
  func compile(
    _ sources: [String], moduleName: String, options: Options, work: String, modulePath: String? = nil,
    isScript: Bool = false
  ) throws(GuestCompilerError) -> (objects: [String], warnings: String) {
    var objects: [String] = []
    var warnings = ""
    for path in sources where !HostFile.isReadable(path) {
      throw .file("\(path): no such file, or not readable")
    }
    var swift: [String] = []
    for path in sources where path.hasSuffix(".swift") {
      swift.append(path)
      if Stubs.isInterface(path) { swift.append(try Stubs.generate(interface: path, in: work)) }
    }
    if !swift.isEmpty {
      let object = work + "/\(moduleName).o"
      warnings += try compileSwift(swift, moduleName, options, work, modulePath, isScript, object)
      objects.append(object)
    }
    for (index, path) in sources.enumerated() where !path.hasSuffix(".swift") {
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      let object = work + "/\(moduleName)-\(index)-\(name).o"
      switch URL(fileURLWithPath: path).pathExtension {
      case "c": warnings += try compileC(path, options, work, object)
      case "S", "s":
        warnings += try ToolRun.check(
          toolchain.clang,
          GuestCompiler.mips + ["-DTORNADO_GUEST=1", "-c", path, "-o", object]
            + options.includeFolders.flatMap { ["-I", $0] }
            + options.clangArguments, scratch: work)
      default: throw .usage("\(path): not a .swift, .c or .S file")
      }
      objects.append(object)
    }
    return (objects, warnings)
  }

  private func compileSwift(
    _ sources: [String], _ moduleName: String, _ options: Options, _ work: String, _ modulePath: String?,
    _ isScript: Bool, _ object: String
  ) throws(GuestCompilerError) -> String {
    let ir = object + ".ll"
    var arguments = [
      "-target", "riscv64-none-none-eabi", "-enable-experimental-feature", "Embedded", "-wmo",
      options.optimisation.rawValue,
      "-enforce-exclusivity=unchecked", "-Xfrontend", "-disable-stack-protector", "-module-name", moduleName,
      "-DTORNADO_GUEST", "-Xcc", "-DTORNADO_GUEST=1",
    ]
    if !isScript { arguments.append("-parse-as-library") }
    if let modulePath { arguments += ["-emit-module", "-emit-module-path", modulePath] }
    arguments += options.includeFolders.flatMap { ["-I", $0] } + options.swiftArguments
    let warnings = try ToolRun.check(toolchain.swiftc, arguments + ["-emit-ir"] + sources + ["-o", ir], scratch: work)
    let retargeted = object + ".mips.ll"
    try write(Retargeting.retarget(try read(ir)), retargeted)
    // Swift has optimised already, for a processor with the same costs as far as IR knows them; -O2 here is
    // for the back end.
    try assemble(
      ["-x", "ir", retargeted, "-Wno-override-module", options.optimisation.clang], options, work, object)
    return warnings
  }

  private func compileC(_ path: String, _ options: Options, _ work: String, _ object: String) throws(GuestCompilerError)
    -> String
  {
    try assemble(
      [options.optimisation.clang, "-nostdlibinc", "-Wall", "-DTORNADO_GUEST=1"]
        + options.includeFolders.flatMap { ["-I", $0] }
        + options.clangArguments + options.cArguments + [path], options, work, object)
  }

  @discardableResult
  private func assemble(_ input: [String], _ options: Options, _ work: String, _ object: String)
    throws(GuestCompilerError) -> String
  {
    let raw = object + ".raw.s"
    let mended = object + ".s"
    let warnings = try ToolRun.check(
      toolchain.clang,
      GuestCompiler.mips + (options.isHigh ? [] : ["-Xclang", "-target-feature", "-Xclang", "+sym32"])
        + ["-ffunction-sections", "-fdata-sections", "-S"] + input + ["-o", raw], scratch: work)
    try write(AssemblyMending.mend(try read(raw)), mended)
    try ToolRun.check(toolchain.clang, GuestCompiler.mips + ["-c", mended, "-o", object], scratch: work)
    return warnings
  }

  /// Links objects with a script that names the entry and the addresses, but for a program's `base` where it has
  /// one. What nobody refers to is left out.
  func link(_ objects: [String], script: String, base: UInt64? = nil, output: String, work: String)
    throws(GuestCompilerError) -> String
  {
    try ToolRun.check(
      toolchain.linker,
      ["-m", "elf64ltsmip", "-static", "--gc-sections", "-z", "max-page-size=16384", "-T", script, "-o", output]
        + (base.map { ["--defsym=__program_base=\($0)"] } ?? []) + objects,
      scratch: work)
  }

  func read(_ path: String) throws(GuestCompilerError) -> [UInt8] {
    do throws(SystemError) { return try HostFile.read(path) } catch { throw .file("\(error)") }
  }

  func write(_ bytes: [UInt8], _ path: String) throws(GuestCompilerError) {
    do throws(SystemError) { try HostFile.write(bytes, to: path) } catch { throw .file("\(error)") }
  }

  /// Puts a finished image where the user wants it, whole or not at all, and executable: QEMU's user mode
  /// silently ends with status 1 on a file that is not.
  func install(_ image: String, at output: String) throws(GuestCompilerError) {
    do throws(SystemError) { try HostFile.write(HostFile.read(image), to: output, mode: 0o777) } catch {
      throw .file("\(error)")
    }
  }

  /// Runs `body` with the folder for intermediate files, under a name of text.
  func withWorkFolder<R>(_ options: Options, _ body: (String) throws -> R) throws(GuestCompilerError) -> R {
    do {
      if let work = options.workFolder {
        try HostFile.makeFolders(work)
        return try PlainFolder.with(work, body)
      }
      let work = HostFile.temporaryFolder + "/guestc-\(UUID().uuidString)"
      try Leftovers.shared.makeFolder(work)
      defer { Leftovers.shared.removeFolder(work) }
      return try PlainFolder.with(work, body)
    } catch let error as GuestCompilerError {
      throw error
    } catch let error as SystemError {
      throw .file("\(error)")
    } catch {
      throw .file("cannot make \(options.workFolder ?? ""): \(SystemError.reason(error))")
    }
  }
}
