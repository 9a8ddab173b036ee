import ELF
import NUMAchine

/// The boot image's segments: an ELF64 MIPS little-endian executable, loaded by physical address into the
/// memory of station 0.
public struct BootImage: Sendable {
  public struct Segment: Sendable {
    public var address: UInt64
    public var bytes: Range<Int>
  }
  public let file: [UInt8]
  public let entry: UInt64
  public let segments: [Segment]

  /// - Parameter memoryBytes: size of a station's memory, which the image must fit.
  /// - Throws: `RunnerError` for a file that is no such executable.
  public init(_ file: [UInt8], memoryBytes: Int) throws(RunnerError) {
    func refuse(_ reason: String) -> RunnerError {
      RunnerError("the boot image \(reason); rebuild it with 'make build'")
    }
    let elf: ELFFile
    do throws(ELFFile.Problem) { elf = try ELFFile(file) } catch {
      throw refuse("is no little-endian ELF64 MIPS file that is whole: \(error)")
    }
    self.file = file
    entry = elf.entry
    var segments: [Segment] = []
    for segment in elf.segments where segment.isLoaded {
      guard segment.bytes.count <= segment.memoryBytes else { throw refuse("is damaged") }
      guard segment.physicalAddress <= memoryBytes,
        segment.memoryBytes <= UInt64(memoryBytes) - segment.physicalAddress
      else {
        throw refuse("does not fit a station's memory of \(memoryBytes) bytes")
      }
      segments.append(Segment(address: segment.physicalAddress, bytes: segment.bytes))
    }
    guard !segments.isEmpty else { throw refuse("has nothing to load") }
    self.segments = segments
  }

  /// Resets a machine: the image is in station 0's memory, and every processor begins with it.
  ///
  /// - Parameter stations: those of the machine that are in this process.
  public func boot(_ stations: [Station]) {
    for station in stations {
      if station.number == 0 {
        for segment in segments {
          file.withUnsafeBytes {
            station.load(UnsafeRawBufferPointer(rebasing: $0[segment.bytes]), at: segment.address)
          }
        }
      }
      station.reset(entry: entry)
    }
  }
}
