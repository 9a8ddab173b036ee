/// What processors are told, whatever the protocol.
extension Station {
  func raiseInterrupts(_ packet: Packet, at time: UInt64) {
    for local in 0..<processors.count where packet.processors & (1 << UInt64(firstProcessor + local)) != 0 {
      count(.interruptsReceived)
      cards[local].interrupts |= packet.value
      setLine(LocalWindow.crossProcessorLine, cards[local].interrupts != 0, local, at: time)
    }
  }

  /// When the processor goes on: its instruction begins again then, so the load delay, which the latencies of
  /// a profile include, is still to come.
  func resumeTime(at time: UInt64, after ticks: Int) -> UInt64 {
    time &+ UInt64(max(0, ticks - profile.loadDelayCycles * profile.processorCycle))
  }

  /// A processor's miss has been served by the line's owner.
  func countServed(byOwner packet: Packet, _ local: Int) {
    count(.servedByCache, local)
    if Int(packet.source) == number { count(.servedByStationCache, local) }
  }
}
