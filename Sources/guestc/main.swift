import Foundation
import GuestCompiler

exit(GuestCompilerCommand.run(Array(CommandLine.arguments.dropFirst())))
