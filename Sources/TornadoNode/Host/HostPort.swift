// The host port: records from outside come in here, at station 0's first processor (docs/machine.md, Records
// from outside).
//
// The device says by IP3 that a record waits; it is told where to put it, says again when it is there, and
// the record is carried out and dropped. Records go to a reserved part of station 0's memory, one at a time.

import CMachine

enum HostPort {
  /// Bytes at the end of station 0's memory into which records come: an eighth of it.
  static var reserved: UInt { pageBase(local.pointee.stationBytes >> 3) }
  private static var buffer: PhysicalAddress {
    PhysicalAddress(station: 0, offset: local.pointee.stationBytes &- reserved)
  }

  /// Serves the host's interrupt: starts a transfer, or takes what has come.
  static func serve() {
    let status = LocalWindow.hostStatus.read()
    if status & HostStatus.transferComplete != 0 {
      Jobs.carryOut(buffer.pointer, LocalWindow.hostLength.read())
      LocalWindow.hostPop.write(0)
    } else if status & HostStatus.recordWaits != 0 && status & HostStatus.transferRuns == 0 {
      if LocalWindow.hostLength.read() <= reserved {
        LocalWindow.hostTransfer.write(buffer.raw)
      } else {
        // What job it is for cannot be known. Who sends records keeps to the limit (docs/tornado.md).
        var text = Text(job: 0, stream: HostStream.errors)
        text.put("tornado: a record from outside is larger than an eighth of a station's memory; dropped\n")
        text.flush()
        LocalWindow.hostPop.write(0)
      }
    }
  }
}
