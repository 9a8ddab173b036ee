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

  /// Numbers of programs fit 24 bits (docs/machine.md, HOST_EVENT).
  private static let largestJob = 0xFF_FFFF
  /// Positions in output are below this, in bytes.
  fileprivate static let largestPosition = 1 << 60

  /// - Parameter processors: of the machine.
  /// - Returns: nil for what no control service of such a machine has kept.
  public static func read(_ bytes: Data, processors: Int) -> CheckpointHost? {
    guard let host = try? Wire.decode(CheckpointHost.self, from: bytes), host.isSound(processors: processors) else {
      return nil
    }
    return host
  }

  private func isSound(processors: Int) -> Bool {
    var last = 0
    for job in jobs {
      guard job.message.job > last, 0...processors ~= job.message.processors, job.log.isSound,
        job.hostSeconds.map({ 0...1e9 ~= $0 }) ?? true
      else { return false }
      last = job.message.job
    }
    return last < nextJob && nextJob <= Self.largestJob && ready.allSatisfy { 0..<processors ~= $0 }
  }
}

extension CheckpointHost.Log {
  /// Whether its entries lie end to end, to the end of what was written.
  fileprivate var isSound: Bool {
    let first = entries.first?.start ?? written
    guard 0...CheckpointHost.largestPosition ~= first, written <= CheckpointHost.largestPosition else { return false }
    var end = first
    for entry in entries {
      guard entry.start == end else { return false }
      end += entry.bytes.count
    }
    return end == written
  }
}
