import TestImages
import Testing

@Suite("Locks")
struct LockTests {
  /// The program looks at mutual exclusion and at lost wake-ups; the kernel at that of its own lock.
  @Test(
    "three threads on each of sixteen processors take one lock in turn and none sleeps for ever",
    arguments: [["kernel", "5"], ["program", "30"]])
  func stress(arguments: [String]) throws {
    let outcome = try TestMachine(kernel: TestImages.kernel).run(TestPrograms.locks.get(), ["locks"] + arguments)
    #expect(outcome.output == "ok\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test(
    "every processor gets at least half of its fair share of a lock that all want",
    arguments: ["kernel-fair", "program-fair"])
  func fairness(kind: String) throws {
    let outcome = try TestMachine(kernel: TestImages.kernel).run(
      TestPrograms.locks.get(), ["locks", kind, "4000000"])
    #expect(outcome.output.hasSuffix("ok\n") && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test("a program ends while its threads wait for locks, and the kernel's locks go on working")
  func end() throws {
    let machine = try TestMachine(kernel: TestImages.kernel)
    #expect(try machine.run(TestPrograms.locks.get(), ["locks", "end-waiting"]).output == "ok\n")
    #expect(try machine.run(TestPrograms.locks.get(), ["locks", "kernel", "2"]).output == "ok\n")
  }
}
