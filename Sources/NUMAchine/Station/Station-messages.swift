/// A message in a station: header, line, and its place in a list of waiting ones.
struct Message: BitwiseCopyable {
  var packet = Packet()
  var next: Int32 = -1
  var isUsed = false
}

/// The pool of messages, and the way out to the ring.
extension Station {
  func makeMessage(_ kind: MessageKind, _ address: UInt64, requester: UInt8) -> Int {
    // Without room any will do: what is in it means nothing from now on.
    guard faults.holds(moment.pointee.freeMessages > 0, "a station has no room for another message") else { return 0 }
    moment.pointee.freeMessages &-= 1
    let index = freeMessages[moment.pointee.freeMessages]
    var message = Message()
    message.isUsed = true
    message.packet.kind = kind
    message.packet.address = address
    message.packet.requester = requester
    message.packet.source = UInt8(number)
    messages[Int(index)] = message
    return Int(index)
  }

  func freeMessage(_ index: Int) {
    guard faults.holds(messages[index].isUsed, "a message is forgotten twice") else { return }
    messages[index].isUsed = false
    freeMessages[moment.pointee.freeMessages] = Int32(truncatingIfNeeded: index)
    moment.pointee.freeMessages &+= 1
  }

  /// A second message of the same content.
  func copyMessage(_ index: Int) -> Int {
    let packet = messages[index].packet
    let copy = makeMessage(packet.kind, packet.address, requester: packet.requester)
    messages[copy].packet = packet
    line(copy).copyMemory(from: line(index), byteCount: packet.recordBytes)
    return copy
  }

  /// The `LineRecord` of a message: its line's data, and their provenance.
  func line(_ index: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(lines.base + index &* lineRecord.bytes)
  }

  /// Gives a message the line that a processor has, or has just given up.
  func setData(_ index: Int, from processor: Processor, _ address: UInt64) {
    messages[index].packet.dataBytes = UInt16(lineRecord.lineBytes)
    processor.copyLine(address, to: line(index))
  }

  /// Gives a message a copy of a `LineRecord`.
  func setData(_ index: Int, fromRecord record: UnsafeRawPointer) {
    messages[index].packet.dataBytes = UInt16(lineRecord.lineBytes)
    line(index).copyMemory(from: record, byteCount: lineRecord.bytes)
  }

  /// Gives a message a line of this station's memory.
  func setDataFromMemory(_ index: Int, _ address: UInt64) {
    messages[index].packet.dataBytes = UInt16(lineRecord.lineBytes)
    memory.copyLine(address, to: line(index))
  }

  /// Puts a message on the ring for the stations of its routing mask.
  ///
  /// - Parameter ready: when it is at the ring interface's output. A packet that could be felt before the
  ///   present + L is an error of the model.
  func sendPacket(_ index: Int, ready: UInt64) {
    guard faults.holds(ready >= now &+ UInt64(budget.ringLead), "a packet is due before its window's end") else {
      return
    }
    messages[index].packet.ready = ready
    messages[index].packet.source = UInt8(number)
    messages[index].packet.sequence = moment.pointee.sequence
    moment.pointee.sequence &+= 1
    count(.ringPacketsSent)
    count(.packets(.sent, messages[index].packet.kind.group))
    withUnsafeBytes(of: messages[index].packet) { sent.append(contentsOf: $0) }
    let data = messages[index].packet.recordBytes
    if data > 0 { sent.append(contentsOf: UnsafeRawBufferPointer(start: line(index), count: data)) }
  }
}
