/// Stops the process when what makes a machine is wrong in itself.
///
/// `precondition` will not do: the machine is compiled without its checks.
@inline(__always) func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
  if !condition { broken(rule()) }
}

@inline(never) private func broken(_ rule: String) -> Never { fatalError("the machine's model is broken: \(rule)") }
