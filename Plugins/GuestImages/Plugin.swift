import Foundation
import PackagePlugin

/// Builds the Tornado image and the shipped programs into a Swift file of the target `GuestImages`.
///
/// The command runs in every build, and `guestc` finds out by its stamps whether there is anything to do, in
/// some hundredths of a second. A list of the sources as inputs would be made when the build is planned, and
/// SwiftPM plans anew only when the manifest or a target's own folder has changed: a source that is added
/// would not be seen, and one that is removed would fail the build. The input is therefore one that is a
/// different file for each process that looks at it.
@main struct GuestImagesPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) async throws -> [Command] {
    let root = context.package.directoryURL
    let output = context.pluginWorkDirectoryURL.appending(path: "Images.swift")
    return [
      .buildCommand(
        displayName: "Compiling the guest: kernel and programs",
        executable: try context.tool(named: "guestc").url,
        arguments: [
          "embed", "--kernel", root.appending(path: "Sources/TornadoNode").path, "--workloads",
          root.appending(path: "Workloads").path,
          "--work", context.pluginWorkDirectoryURL.appending(path: "work").path, "-o", output.path,
        ],
        environment: ["TORNADO_TOOLCHAIN": try context.tool(named: "swiftc").url.deletingLastPathComponent().path],
        inputFiles: [URL(fileURLWithPath: "/proc/self/status")],
        outputFiles: [output])
    ]
  }
}
