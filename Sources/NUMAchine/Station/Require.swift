/// Stops the process when a rule of the model is broken: going on would give wrong results.
///
/// `precondition` will not do: the machine is compiled without its checks.
@inline(__always) func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
  if !condition { broken(rule()) }
}

@inline(never) private func broken(_ rule: String) -> Never { fatalError("the machine's model is broken: \(rule)") }
