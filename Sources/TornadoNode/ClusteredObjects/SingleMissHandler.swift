// The miss handler of an object that has one representative, which is there from the beginning: for the
// kernel's well-known objects.

final class SingleMissHandler: MissHandler {
  private let representative: UnsafeMutableRawPointer

  init(_ representative: AnyObject) { self.representative = Unmanaged.passRetained(representative).toOpaque() }

  override func handleMiss(_ slot: UInt) -> UnsafeMutableRawPointer { representative }
}
