import NUMAchine

/// Why a machine cannot be run. `description` is one line that says what, where and what to do.
public struct RunnerError: Error, CustomStringConvertible {
  public var description: String
  /// The station at fault, where it is known.
  public var station: Int?
  public init(_ description: String, station: Int? = nil) {
    self.description = description
    self.station = station
  }
}

/// What makes a machine: the same for all its processes.
public struct RunnerConfiguration: Sendable {
  public var profile: MachineProfile
  /// Number of stations of the machine.
  public var stations: Int
  /// The boot image, an ELF file.
  public var image: [UInt8]
  /// A machine to go on with instead of booting one; its profile, number of stations and image must be the
  /// same.
  public var checkpoint: CheckpointFile?
  /// Lines are checked between windows; the first broken rule of the protocol ends the machine. Changes
  /// nothing else.
  public var isChecked: Bool

  public init(profile: MachineProfile, stations: Int, image: [UInt8], isChecked: Bool = false) {
    self.profile = profile
    self.stations = stations
    self.image = image
    self.isChecked = isChecked
  }
}

/// A program to run.
public struct Submission: Sendable {
  /// Its number, 1 or higher, never used before on this machine.
  public var job: Int
  /// Processors it may use; 0 means all.
  public var processors: Int
  /// Its arguments, the program's name first: bytes without a zero.
  public var arguments: [[UInt8]]
  /// The ELF file.
  public var image: [UInt8]

  public init(job: Int, processors: Int, arguments: [[UInt8]], image: [UInt8]) {
    self.job = job
    self.processors = processors
    self.arguments = arguments
    self.image = image
  }
}

extension Submission {
  /// Why a machine cannot take the program, or nil: the kernel keeps a record from outside in at most an
  /// eighth of a station's memory.
  public func problem(on profile: MachineProfile) -> String? {
    let bytes = JobRecord.imageOffset(self) + image.count
    let most = profile.memoryBytes / 8
    return bytes <= most
      ? nil : "the program and its arguments have \(bytes) bytes; profile '\(profile.name)' takes at most \(most)"
  }
}

/// The streams of a program (`HOST_STREAM`).
public enum HostStream {
  public static let output = 1
  public static let errors = 2
  /// Lines for the error stream, in which names are to be put beside the program's addresses.
  public static let named = 3
}

/// What a machine tells its host, in emulated order. Only where station 0 is local.
public enum RunnerEvent: Sendable {
  /// The processor runs the operating system.
  case processorReady(Int)
  case started(job: Int, cycle: UInt64)
  case output(job: Int, stream: Int, bytes: [UInt8])
  /// The job has ended; `cycles` is the emulated time from start to end, `counters` what the machine counted
  /// over it.
  case exited(job: Int, status: Int, cycle: UInt64, cycles: UInt64, instructions: UInt64, counters: MachineCounters)
  /// The kernel has panicked on a processor.
  case panic(code: Int)
  /// Nothing is due: emulated time stands still.
  case idle(cycle: UInt64)
  /// The machine cannot go on: one line that says why, and the station at fault where it is known.
  case failed(String, station: Int?)
  case stopped
}

/// The counters of all stations at one consistent cut.
public struct MachineCounters: Equatable, Sendable {
  public var stations: [StationCounters]
  public init(stations: [StationCounters]) { self.stations = stations }
}

/// A question to the machine as it stands between two windows; answering it changes nothing.
public enum Query: UInt8, Sendable {
  case counters = 1
  case digest
  case cycle
  /// What processors lost by sharing, by word: since reset, and over the job that ended last.
  case sharing = 16
  case jobSharing
  /// The whole machine, for a file.
  case checkpoint = 32
}

public enum QueryReply: Sendable {
  case counters(cycle: UInt64, MachineCounters)
  /// SHA-256 of the whole architectural state, in hexadecimal.
  case digest(String, cycle: UInt64)
  case cycle(UInt64, idle: Bool)
  /// The dearest entries of all stations.
  case sharing([SharingEntry], cycle: UInt64)
  case checkpoint(CheckpointParts)
  /// The machine has ended: one line.
  case refused(String)
}
