// swift-tools-version: 6.1
import PackageDescription

/// The machine is compiled optimised in every configuration: an unoptimised interpreter is some fifty times
/// slower, and the tests boot the whole system on it. Its state is plain memory behind pointers, so the
/// checks for exclusive access have nothing to find.
let machineSettings: [SwiftSetting] = [
  .unsafeFlags(["-Ounchecked", "-enforce-exclusivity=unchecked"])
]

/// The ring and the runner are optimised in every configuration too: daemons of a debug build meet each other
/// each window. What comes from outside passes through them, so they keep all checks but those for exclusive
/// access: each is used by one thread.
let checkedSettings: [SwiftSetting] = [.unsafeFlags(["-O", "-enforce-exclusivity=unchecked"])]

let package = Package(
  name: "tornado",
  products: [
    .executable(name: "tctl", targets: ["tctl"]),
    .executable(name: "stationd", targets: ["stationd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "3.12.3"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // The host's system: bytes and files, and one line for each of its errors.
    .target(name: "HostSystem"),
    .testTarget(name: "HostSystemTests", dependencies: ["HostSystem"]),

    // Programs' and images' files.
    .target(name: "ELF"),

    // What machine, kernel, programs and host must agree on: the kernel's headers, for the others to import.
    .systemLibrary(name: "TornadoABI"),

    // The machine: pure state and transitions.
    .target(name: "NUMAchine", dependencies: ["TornadoABI"], swiftSettings: machineSettings),
    // The machines that ship, as readable files.
    .target(
      name: "Profiles", dependencies: ["NUMAchine"],
      resources: [
        .embedInCode("numachine.profile"), .embedInCode("numachine48.profile"), .embedInCode("simos.profile"),
        .embedInCode("simos-4way.profile"),
        .embedInCode("decade-ago.profile"), .embedInCode("mips64r2.profile"),
      ]),

    // The ring between daemons.
    .systemLibrary(name: "CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
    .target(name: "ringbus", dependencies: ["CLibuv"], swiftSettings: checkedSettings),
    .executableTarget(name: "ring-bench", dependencies: ["ringbus"], swiftSettings: checkedSettings),

    // The guest: compiler driver, and the images it makes.
    // Optimised in every configuration: it reads every line of assembly that the guest becomes, in every build.
    .target(name: "GuestCompiler", dependencies: ["ELF", "HostSystem"], swiftSettings: checkedSettings),
    .executableTarget(name: "guestc", dependencies: ["GuestCompiler"]),
    .plugin(name: "GuestImagesPlugin", capability: .buildTool(), dependencies: ["guestc"], path: "Plugins/GuestImages"),
    .target(name: "GuestImages", plugins: ["GuestImagesPlugin"]),
    // The kernel with what only tests may ask of it.
    .target(
      name: "TestImages", dependencies: ["GuestImages"], path: "Tests/TestImages", plugins: ["GuestImagesPlugin"]),

    // What runs a machine: one thread, windows, inputs and outputs.
    .target(
      name: "Runner",
      dependencies: [
        "ELF", "HostSystem", "NUMAchine", "TornadoABI", "ringbus", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: checkedSettings),

    // GDB's remote protocol for a machine in this process. What clients send passes through it, so it keeps
    // all checks.
    .target(name: "DebugServer", dependencies: ["NUMAchine", "Runner"]),

    // What users meet.
    .target(name: "ControlAPI", dependencies: ["ELF", "HostSystem", "NUMAchine", "GuestCompiler", "TornadoABI"]),
    .executableTarget(
      name: "stationd",
      dependencies: [
        "HostSystem", "Runner", "ringbus", "NUMAchine", "Profiles", "GuestImages", "GuestCompiler", "ControlAPI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .executableTarget(
      name: "tctl",
      dependencies: [
        "HostSystem", "Runner", "ringbus", "NUMAchine", "Profiles", "GuestImages", "GuestCompiler", "ControlAPI",
        "DebugServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What the tests of several targets share.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    // Who imports whom.
    .testTarget(name: "ArchitectureTests", dependencies: ["TornadoABI"]),
    .testTarget(name: "NUMAchineTests", dependencies: ["ELF", "NUMAchine", "Profiles", "TestSupport"]),
    .testTarget(name: "ringbusTests", dependencies: ["ringbus", "ring-bench"]),
    .testTarget(name: "GuestCompilerTests", dependencies: ["GuestCompiler", "GuestImages"], exclude: ["Programs"]),
    .testTarget(
      name: "DebugServerTests",
      dependencies: ["DebugServer", "Runner", "NUMAchine", "Profiles", "GuestImages", "ringbus", "TestSupport"]),
    .testTarget(
      name: "RunnerTests", dependencies: ["Runner", "NUMAchine", "Profiles", "GuestImages", "ringbus", "TestSupport"]),
    // What of the kernel needs no machine, as an ordinary target: its tests check it without one.
    .target(
      name: "TornadoNodeRecords", dependencies: ["TornadoABI"], path: "Sources/TornadoNode",
      exclude: [
        "Boot", "Exceptions", "Host", "Interrupts", "Locks", "Machine", "Measurement", "Memory", "PPC", "SystemCalls",
        "Threads", "include", "kernel.ld",
      ],
      sources: [
        "ClusteredObjects/TablePart.swift", "Existence/OperationWord.swift", "Jobs/JobRecord.swift",
        "Processes/ELFProgram.swift",
      ]),
    .testTarget(
      name: "TornadoNodeTests",
      dependencies: [
        "NUMAchine", "Profiles", "Runner", "GuestImages", "TestImages", "GuestCompiler", "TornadoABI",
        "TornadoNodeRecords", "TestSupport",
      ],
      exclude: ["Programs"]),
    .testTarget(
      name: "ClusterTests",
      dependencies: [
        "ControlAPI", "GuestCompiler", "GuestImages", "NUMAchine", "Profiles", "Runner", "stationd", "TestSupport",
      ]),
    // The coherence protocol's model in Promela; needs spin and gcc.
    .testTarget(
      name: "ProtocolTests", dependencies: ["NUMAchine", "TestSupport"], path: "Tests/Protocol",
      exclude: [
        "check.sh", "flat-checks.pml", "flat-home.pml", "flat-litmus.pml", "flat-processors.pml",
        "flat-programs.pml", "flat-names.pml", "flat-decisions.pml", "flat.pml", "numachine-checks.pml",
        "numachine-conditions.pml",
        "numachine-home.pml", "numachine-networkcache.pml", "numachine-processors.pml",
        "numachine-programs.pml", "numachine-rings.pml", "numachine-names.pml", "numachine-decisions.pml",
        "numachine.pml", "rows.sh",
      ]),
  ],
  swiftLanguageModes: [.v5]
)
