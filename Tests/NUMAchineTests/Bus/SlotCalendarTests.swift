import Testing

@testable import NUMAchine

@Suite struct SlotCalendarTests {
  private let state = StateSpace()

  @Test func aBookingTakesTheFirstGapThatFits() {
    let calendar = SlotCalendar(state)
    #expect(calendar.book(earliest: 100, length: 50, now: 0) == 100)
    #expect(calendar.book(earliest: 200, length: 50, now: 0) == 200)
    #expect(calendar.book(earliest: 90, length: 50, now: 0) == 150)
    #expect(calendar.book(earliest: 0, length: 100, now: 0) == 0)
    #expect(calendar.book(earliest: 0, length: 10, now: 0) == 250)
  }

  @Test func bookingsNeverOverlapAndNeverMove() {
    let calendar = SlotCalendar(state)
    var random: UInt64 = 12345
    var taken: [(UInt64, UInt64)] = []
    var now: UInt64 = 0
    for _ in 0..<5000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      now += (random >> 60) * 20
      let earliest = now + (random >> 33) % 400
      let length = 15 + (random >> 40) % 285
      let start = calendar.book(earliest: earliest, length: length, now: now)
      #expect(start >= earliest)
      for (begin, end) in taken { #expect(start + length <= begin || end <= start) }
      taken.append((start, start + length))
      taken.removeAll { $0.1 < now }
    }
  }
}
