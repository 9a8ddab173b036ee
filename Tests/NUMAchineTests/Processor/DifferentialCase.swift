import Foundation

@testable import NUMAchine

/// A seed for a processor, and what QEMU calls a processor that does the same.
struct DifferentialCase: Sendable, CustomStringConvertible {
  let model: ProcessorModel
  let seed: UInt64
  let qemu: String
  var description: String { "\(model.rawValue), seed \(seed)" }

  /// A hundred times as many when TORNADO_SOAK says so.
  static func seeds(_ range: ClosedRange<UInt64>) -> [UInt64] {
    let count = UInt64(range.count)
    return ProcessInfo.processInfo.environment["TORNADO_SOAK"] == nil ? Array(range) : (0..<100 * count).map { range.lowerBound + $0 }
  }
}
