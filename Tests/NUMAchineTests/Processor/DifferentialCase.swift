import Foundation
import TestSupport

@testable import NUMAchine

/// A seed for a processor, and what QEMU calls a processor that does the same.
struct DifferentialCase: Sendable, CustomStringConvertible {
  let model: ProcessorModel
  let seed: UInt64
  let qemu: String
  var description: String { "\(model.rawValue), seed \(seed)" }

  /// A few cases as they are, and twenty times as many when TORNADO_SOAK says so.
  static func soaked(_ cases: [DifferentialCase]) -> [DifferentialCase] {
    guard SeededRandom.isLong else { return cases }
    return (0..<20).flatMap { turn in
      cases.map { DifferentialCase(model: $0.model, seed: $0.seed + 1000 * turn, qemu: $0.qemu) }
    }
  }
}
