/// Joins the stations: after each round every station has the frames of all of them.
///
/// A frame is what one station says in one round: bytes to the ring, whose first words are for the runner.
/// Two implementations: `SoloRing`, where all stations are in this process, and `UVRing`, where they are
/// spread over daemons. A ring is used by one thread.
public protocol Ring: AnyObject {
  /// Number of stations of the machine.
  var stations: Int { get }
  /// The stations that this process holds.
  var local: Range<Int> { get }

  /// Begins a round: says the local stations' frames, which travel while the caller goes on.
  ///
  /// - Parameter frames: one buffer a station of the machine; those of the `local` stations are said.
  /// - Precondition: no round is under way.
  /// - Throws: `RingError` as `take`.
  func put(_ frames: [[UInt8]]) throws(RingError)

  /// Ends the round that is under way: waits for the other stations' frames.
  ///
  /// - Parameters:
  ///   - frames: one buffer a station of the machine; on return those of the stations that are not `local`
  ///     hold their frames.
  ///   - patience: `busy` polls, for rounds that follow each other closely; `idle` blocks until the frames
  ///     come.
  /// - Throws: `RingError` when a neighbour has died, is silent for longer than the ring's time-out, or
  ///   breaks the protocol. The ring is then closed for good.
  func take(_ frames: inout [[UInt8]], patience: RingPatience) throws(RingError)

  /// Between rounds: blocks until `wake()` is called, or until a frame of the next round has arrived from a
  /// neighbour, whichever is first. Keeps the links alive meanwhile.
  func waitForWake() throws(RingError)

  /// Ends the present or next `waitForWake`. May be called from any thread.
  func wake()

  /// Tells the neighbours that this end leaves in order, and closes the links.
  func close()
}

public enum RingPatience: Sendable {
  case busy
  case idle
}

/// Why a ring cannot go on. `description` is one line that says what, where and what to do.
public struct RingError: Error, CustomStringConvertible {
  public enum Kind: Sendable { case refused, died, silent, protocolViolation, left, address }
  public var kind: Kind
  /// The station at fault, where it is known.
  public var station: Int?
  public var description: String
  public init(_ kind: Kind, station: Int? = nil, _ description: String) {
    self.kind = kind
    self.station = station
    self.description = description
  }
}

/// A machine whose stations are all in this process: what one says, all have at once.
public final class SoloRing: Ring {
  public let stations: Int
  public var local: Range<Int> { 0..<stations }
  private let semaphore = WakeFlag()

  public init(stations: Int) { self.stations = stations }
  public func put(_ frames: [[UInt8]]) throws(RingError) {}
  public func take(_ frames: inout [[UInt8]], patience: RingPatience) throws(RingError) {}
  public func waitForWake() throws(RingError) { semaphore.wait() }
  public func wake() { semaphore.signal() }
  public func close() {}
}
