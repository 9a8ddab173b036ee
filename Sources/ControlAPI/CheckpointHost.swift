import Foundation

/// The host's part of a checkpoint: what the control service knows that the machine does not.
public struct CheckpointHost: Codable {
  /// A program's output, and how it began and ended.
  public struct Log: Codable {
    public struct Entry: Codable {
      public var stream: Int
      /// Position of the first byte in all that the program has written.
      public var start: Int
      public var bytes: Data
      public init(stream: Int, start: Int, bytes: Data) {
        self.stream = stream
        self.start = start
        self.bytes = bytes
      }
    }
    public var entries: [Entry] = []
    public var written = 0
    public var started: JobEvent?
    public var ended: JobEvent?
    public init() {}
  }

  public struct Job: Codable {
    public var message: JobMessage
    public var log: Log
    /// Of a program that has not entered the machine.
    public var image: Data?
    /// Of a program that has: for its symbols.
    public var symbols: Data?
    /// Of what the kernel says of it, the beginning of a line (`AddressNames`).
    public var line: Data?
    /// Since the program started, on the host's clock.
    public var hostSeconds: Double?
    public init(message: JobMessage, log: Log, image: Data?, symbols: Data?, line: Data?, hostSeconds: Double?) {
      self.message = message
      self.log = log
      self.image = image
      self.symbols = symbols
      self.line = line
      self.hostSeconds = hostSeconds
    }
  }

  public var jobs: [Job] = []
  public var nextJob = 1
  /// Processors on which Tornado has answered.
  public var ready: [Int] = []
  public var lastDifference: CountersReport?
  /// The program that ended last.
  public var lastEnded: Int?
  /// The beginning of a line of the kernel's console.
  public var console = Data()
  public init() {}
}
