import Foundation
import PackagePlugin

/// Builds the Tornado image and the shipped programs into a Swift file of the target `GuestImages`, and the
/// image for tests into one of `TestImages`.
///
/// The command runs in every build, and `guestc` finds out by its stamps whether there is anything to do, in
/// some hundredths of a second. A list of the sources as inputs would be made when the build is planned, and
/// SwiftPM plans anew only when the manifest or a target's own folder has changed: a source that is added
/// would not be seen, and one that is removed would fail the build. The input is therefore one that is a
/// different file for each process that looks at it.
@main struct GuestImagesPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) async throws -> [Command] {
    let root = context.package.directoryURL
    let work = context.pluginWorkDirectoryURL.appending(path: "work").path
    let output = context.pluginWorkDirectoryURL.appending(path: "Images.swift")
    let isForTests = target.name == "TestImages"
    let what =
      isForTests ? ["embed-test-kernel"] : ["embed", "--workloads", root.appending(path: "Workloads").path]
    return [
      .buildCommand(
        displayName: isForTests ? "Compiling the kernel for tests" : "Compiling the guest: kernel and programs",
        executable: try context.tool(named: "guestc").url,
        arguments: what + [
          "--kernel", root.appending(path: "Sources/TornadoNode").path, "--work", work, "-o", output.path,
        ],
        environment: ["TORNADO_TOOLCHAIN": try context.tool(named: "swiftc").url.deletingLastPathComponent().path],
        inputFiles: [URL(fileURLWithPath: "/proc/self/status")],
        outputFiles: [output])
    ]
  }
}
