import GuestImages

/// Guest code that does not ship.
public enum TestImages {
  /// The Tornado image with the operations that only tests may ask for (`TestOperation`).
  public static var kernel: [UInt8] { GuestImages.decode(Embedded.kernel) }
}
