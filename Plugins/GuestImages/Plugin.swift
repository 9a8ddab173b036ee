import Foundation
import PackagePlugin

/// Builds the Tornado image and the shipped programs into a Swift file of the target `GuestImages`. Every source, header
/// and script is an input, so that a change, an addition and a removal each make it run again; `guestc` itself knows
/// which image a change touches.
@main struct GuestImagesPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) async throws -> [Command] {
    let root = context.package.directoryURL
    let kernel = root.appending(path: "Sources/TornadoNode")
    let workloads = root.appending(path: "Workloads")
    let output = context.pluginWorkDirectoryURL.appending(path: "Images.swift")
    let work = context.pluginWorkDirectoryURL.appending(path: "work")
    return [
      .buildCommand(
        displayName: "Compiling the guest: kernel and programs",
        executable: try context.tool(named: "guestc").url,
        arguments: ["embed", "--kernel", kernel.path, "--workloads", workloads.path, "--work", work.path, "-o", output.path],
        environment: ["TORNADO_TOOLCHAIN": try context.tool(named: "swiftc").url.deletingLastPathComponent().path],
        inputFiles: files(in: kernel) + files(in: workloads),
        outputFiles: [output])
    ]
  }

  private func files(in folder: URL) -> [URL] {
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
    return (found?.compactMap { $0 as? URL } ?? []).filter {
      (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true && !$0.path.contains("/Workloads/Library/built-")
    }.sorted { $0.path < $1.path }
  }
}
