/// The name server's interface: where servers register their objects, and clients find them.
public protocol Names: AnyObject {
  /// Gives an object a name, of 1 to 64 bytes. False when the name is taken, or there is no room.
  func register(_ name: UnsafeRawBufferPointer, _ object: ExternalReference) -> Bool
  /// The object with this name; `none` if there is none.
  func lookUp(_ name: UnsafeRawBufferPointer) -> ExternalReference
}
