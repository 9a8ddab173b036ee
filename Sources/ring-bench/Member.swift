import Glibc
import ringbus

/// One daemon of a measured ring. Station 0 says when the time is over, in its frame, so that all end with
/// the same round.
struct Member {
  let index: Int
  let each: Int
  let patience: RingPatience
  let bytes: Int
  let seconds: Double
  let ring: UVRing

  init(_ arguments: [String]) throws {
    index = Int(arguments[2])!
    let daemons = Int(arguments[3])!
    each = Int(arguments[4])!
    patience = arguments[6] == "busy" ? .busy : .idle
    bytes = Int(arguments[7])!
    seconds = Double(arguments[8])!
    let place = arguments[5]
    func address(_ index: Int) -> RingAddress {
      if place.hasPrefix("tcp:"), let port = UInt16(place.dropFirst(4)) {
        return .tcp(host: "127.0.0.1", port: port + UInt16(index))
      }
      return .unix(path: "\(place)/\(index)")
    }
    var configuration = RingConfiguration(
      cluster: "bench", profileHash: [], imageHash: [], stations: daemons * each,
      local: (index * each)..<((index + 1) * each),
      listen: address(index), successor: address((index + 1) % daemons))
    configuration.joinTimeout = 5_000
    configuration.report = { fputs("ring-bench: \($0)\n", stderr) }
    ring = try UVRing(configuration)
  }

  func run() throws {
    // A hanging ring ends too.
    alarm(UInt32(seconds) + 20)
    try ring.join()
    var frames = Array(repeating: [UInt8](repeating: 0, count: bytes), count: ring.stations)
    let began = now()
    var rounds = 0
    while frames[0][0] == 0 {
      if index == 0, rounds & 63 == 0, now() - began > seconds { frames[0][0] = 1 }
      try ring.put(frames)
      try ring.take(&frames, patience: patience)
      rounds += 1
    }
    let time = (now() - began) / Double(rounds) * 1e6
    if index == 0 { print((time * 100).rounded() / 100) }
    fflush(stdout)
    ring.close()
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
