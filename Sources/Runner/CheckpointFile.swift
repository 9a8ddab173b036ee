import Crypto
import Foundation
import HostSystem

/// A machine as a file: everything that is needed to go on with it, by whatever number of daemons.
///
/// | bytes | are |
/// |---|---|
/// | 16 | `tornado-machine` and a line feed |
/// | 4 | the format's version |
/// | 4 | length of the header |
/// | 32 | SHA-256 of the header |
/// | | the header: a `Header` as JSON, which gives each part's length and SHA-256 |
/// | | the parts, one after the other: the Tornado image, the host's part (what the control service knows), a section for each station |
///
/// Numbers are little-endian. Nothing follows the last part.
public struct CheckpointFile: Sendable {
  struct Part: Codable, Equatable {
    var bytes: Int
    var sha256: String
  }

  struct Header: Codable, Equatable {
    /// The machine's profile, as text.
    var profile: String
    var stations: Int
    /// Where the machine stands, in processor cycles.
    var cycle: UInt64
    var image: Part
    var host: Part
    var sections: [Part]
  }

  static let magic = Array("tornado-machine\n".utf8)
  static let version: UInt32 = 1
  private static let fixedBytes = 16 + 4 + 4 + 32
  private static let largestHeader = 1 << 20

  /// The whole file.
  public let data: Data
  private let header: Header
  private let firstPart: Int

  public var profile: String { header.profile }
  public var stations: Int { header.stations }
  public var cycle: UInt64 { header.cycle }

  /// The header's checksum: two checkpoints with the same are the same.
  public var identity: [UInt8] { Array(data[(data.startIndex + 24)..<(data.startIndex + 56)]) }

  // MARK: Writing

  /// - Parameters:
  ///   - profile: its text.
  ///   - sections: what each station handed over, in order.
  static func encode(profile: String, cycle: UInt64, image: [UInt8], host: [UInt8], sections: [[UInt8]]) -> [UInt8] {
    func part(_ bytes: [UInt8]) -> Part { Part(bytes: bytes.count, sha256: hexadecimal(SHA256.hash(data: bytes))) }
    let header = Header(
      profile: profile, stations: sections.count, cycle: cycle, image: part(image), host: part(host),
      sections: sections.map(part))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only floating-point infinities can fail to encode.
    let text = try! encoder.encode(header)
    var file = magic
    file.reserveCapacity(fixedBytes + text.count + image.count + host.count + sections.reduce(0) { $0 + $1.count })
    withUnsafeBytes(of: version.littleEndian) { file.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(text.count).littleEndian) { file.append(contentsOf: $0) }
    file += sum([UInt8](text))
    file += text
    file += image
    file += host
    for section in sections { file += section }
    return file
  }

  /// The checksum of a header.
  static func sum(_ header: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: header)) }

  // MARK: Reading

  /// Opens a checkpoint and looks at its header.
  ///
  /// - Throws: `RunnerError` with the reason why this is none: one line.
  public init(path: String) throws(RunnerError) {
    guard HostFile.exists(path) else { throw RunnerError("there is no checkpoint in \(path)") }
    // Foundation knows files by text alone: by its descriptor it finds this one.
    let descriptor: Int32
    do throws(SystemError) { descriptor = try HostFile.open(path) } catch { throw RunnerError("\(error)") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let data = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/fd/\(descriptor)"), options: .alwaysMapped)
    else {
      throw RunnerError("\(path) is no file that can be read")
    }
    do throws(RunnerError) {
      try self.init(data)
    } catch { throw RunnerError("\(path) \(error)") }
  }

  /// - Throws: `RunnerError`, a predicate: "is …".
  public init(_ data: Data) throws(RunnerError) {
    guard data.count >= Self.magic.count, data.prefix(Self.magic.count).elementsEqual(Self.magic) else {
      throw RunnerError("is no checkpoint")
    }
    guard data.count >= Self.fixedBytes else {
      throw RunnerError("is a checkpoint that was cut off after \(data.count) bytes")
    }
    func number(_ offset: Int) -> UInt32 {
      data.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }
    guard number(16) == Self.version else {
      throw RunnerError(
        "is a checkpoint of format \(number(16)), and this tctl reads format \(Self.version): use the version that wrote it"
      )
    }
    let length = Int(number(20))
    guard length <= Self.largestHeader else {
      throw RunnerError("is a damaged checkpoint: its header does not make sense")
    }
    guard data.count >= Self.fixedBytes + length else {
      throw RunnerError("is a checkpoint that was cut off after \(data.count) bytes")
    }
    let text = data.dropFirst(Self.fixedBytes).prefix(length)
    guard data[(data.startIndex + 24)..<(data.startIndex + 56)].elementsEqual(SHA256.hash(data: text)),
      let header = try? JSONDecoder().decode(Header.self, from: text),
      header.stations == header.sections.count,
      (header.sections + [header.image, header.host]).allSatisfy({ 0...(1 << 40) ~= $0.bytes })
    else { throw RunnerError("is a damaged checkpoint: its header has another checksum") }
    self.data = data
    self.header = header
    firstPart = Self.fixedBytes + length
    let whole = header.sections.reduce(firstPart + header.image.bytes + header.host.bytes) { $0 + $1.bytes }
    guard data.count >= whole else {
      throw RunnerError("is a checkpoint that was cut off: it has \(data.count) of \(whole) bytes")
    }
    guard data.count == whole else {
      throw RunnerError("is a damaged checkpoint: \(data.count - whole) bytes follow its end")
    }
  }

  /// Compares every checksum.
  public func verify() throws(RunnerError) {
    _ = try image()
    _ = try host()
    for station in 0..<stations { _ = try section(station) }
  }

  public func image() throws(RunnerError) -> [UInt8] { try part(header.image, at: firstPart, "Tornado image") }
  /// What the control service wrote.
  public func host() throws(RunnerError) -> [UInt8] {
    try part(header.host, at: firstPart + header.image.bytes, "host's part")
  }

  /// What station `number` handed over.
  func section(_ number: Int) throws(RunnerError) -> [UInt8] {
    let start = header.sections[..<number].reduce(firstPart + header.image.bytes + header.host.bytes) { $0 + $1.bytes }
    return try part(header.sections[number], at: start, "section of station \(number)")
  }

  private func part(_ part: Part, at offset: Int, _ name: String) throws(RunnerError) -> [UInt8] {
    let content = [UInt8](data[(data.startIndex + offset)..<(data.startIndex + offset + part.bytes)])
    guard Self.hexadecimal(SHA256.hash(data: content)) == part.sha256 else {
      throw RunnerError("is a damaged checkpoint: the \(name) has another checksum")
    }
    return content
  }

  static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
