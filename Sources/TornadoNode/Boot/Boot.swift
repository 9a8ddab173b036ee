// Every processor's way from `start.S` to its idle loop: its own pages, its station's part, and then the same
// code for all.
//
// Nothing here is done by one processor for all but what really is shared: each station's first processor
// prepares its station, each processor itself. Nothing touches memory that is not needed yet.

import CMachine

/// What all processors share while they come up; in station 0.
private var readyProcessors = PaddedWord()

/// A word that is written by many, in a line of its own.
struct PaddedWord {
  var word: UInt = 0
  private var padding: (UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt) = (
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  )
}

/// Entered from `start.S` on the processor's idle stack, with text and own pages mapped.
@_silgen_name("processor_main")
public func processorMain(_ number: UInt, _ stations: UInt, _ processorsPerStation: UInt, _ stationBytes: UInt) -> Never
{
  let station = number / processorsPerStation
  let index = number &- station &* processorsPerStation
  local.pointee.number = number
  local.pointee.station = station
  local.pointee.index = index
  local.pointee.stations = stations
  local.pointee.processorsPerStation = processorsPerStation
  // Exact for all numbers below MAX_PROCESSORS.
  local.pointee.stationFactor = 0x10000 / processorsPerStation &+ 1
  local.pointee.stationBytes = stationBytes
  // No object's class is a kind of this, before there is a port.
  local.pointee.portClass = ~0
  // The status of user mode, entered by ERET: interrupts on, 64-bit operations, and until then EXL.
  local.pointee.userStatus = UInt(STATUS_64BIT | STATUS_USER | STATUS_EXL | STATUS_IE)
  processor.initialize(to: ProcessorState())

  prepareStation(station, index)
  Objects.initialise()
  KernelHeap.initialise()
  DRAMManagerMissHandler.begin()

  let idlePage = ProcessorPages.page(IDLE_STACK_PAGE, of: number)
  let idle = idlePage.assumingMemoryBound(to: ThreadRecord.self)
  idle.initialize(to: ThreadRecord(process: 0, number: 0, processor: number, entry: 0, argument: 0, stack: 0))
  local.pointee.idle = idlePage
  local.pointee.current = idlePage
  local.pointee.kernelStack = idle.kernelStack
  AddressSpaces.initialise()
  if number == 0 { makeWellKnownObjects() }

  HostEvent.processorReady.send(job: 0, value: number)
  Interrupts.admit(InterruptBits.crossProcessor)
  let ready = atomic_add(&readyProcessors, 1)
  // The miss handlers of what every processor knows are there once processor 0 is ready.
  waitFor(&readyProcessors, atLeast: stations &* processorsPerStation, from: ready)
  if number == 0 { Interrupts.admit(InterruptBits.host) }
  Dispatch.idle()
}

/// The objects that every processor knows without being told.
private func makeWellKnownObjects() {
  GlobalTable.set(dispatcher.slot, DispatcherMissHandler())
  GlobalTable.set(dramManager.slot, DRAMManagerMissHandler())
  GlobalTable.set(zeroFill.slot, SingleMissHandler(ZeroFill()))
  GlobalTable.set(monitorPages.slot, SingleMissHandler(DevicePages(LocalWindow.monitorPage)))
  GlobalTable.set(redZone.slot, SingleMissHandler(RedZone()))
}

/// The first processor of a station makes what its processors share; the others wait for it.
private func prepareStation(_ station: UInt, _ index: UInt) {
  let data = StationData.of(station: station)
  if index == 0 {
    let reserved = station == 0 ? HostPort.reserved : 0
    withUnsafeMutablePointer(to: &data.pointee.frames) {
      $0.initialize(to: FrameAllocator(station: station, bytes: local.pointee.stationBytes, reserved: reserved))
    }
    atomic_store(&data.pointee.isReady, 1)
  } else {
    while atomic_load(&data.pointee.isReady) == 0 {}
  }
}

private func waitFor(_ word: UnsafeMutableRawPointer, atLeast count: UInt, from seen: UInt) {
  var seen = seen
  while seen < count { seen = atomic_load(word) }
}
