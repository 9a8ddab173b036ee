// Two functions whose listings are compared: a method called by a pointer, and by a reference.
import Tornado

open class Target {
  init() {}
  open func method() -> Int { 0 }
}

@inline(never) @_silgen_name("by_pointer") public func byPointer(_ object: Unmanaged<Target>) -> Int {
  object._withUnsafeGuaranteedRef { $0.method() } &+ 1
}

@inline(never) @_silgen_name("by_reference") public func byReference(_ object: Reference<Target>) -> Int {
  object.call { $0.method() } &+ 1
}

@main struct Program {
  static func main() {}
}
