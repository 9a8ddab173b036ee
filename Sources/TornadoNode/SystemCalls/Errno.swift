// Error numbers, as Linux n64 has them (docs/programs.md).

enum Errno {
  static let noSuchProcess = 3
  static let interrupted = 4
  static let notExecutable = 8
  static let badFile = 9
  static let again = 11
  static let noMemory = 12
  static let fault = 14
  static let noDevice = 19
  static let invalid = 22
  static let noSystemCall = 89
}
