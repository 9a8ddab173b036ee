import Glibc
import ringbus

/// How long a round takes, by the number of daemons: starts itself once for each daemon, and prints a table.
///
/// `ring-bench [--seconds S] [--bytes N]`; rows `daemons stations link patience round_us`.

// A member: `ring-bench --member INDEX DAEMONS STATIONS_EACH FOLDER|tcp:PORT PATIENCE BYTES SECONDS`.
if CommandLine.arguments.count == 9, CommandLine.arguments[1] == "--member" {
  do {
    try Member(CommandLine.arguments).run()
  } catch {
    fputs("ring-bench: \(error)\n", stderr)
    exit(1)
  }
  exit(0)
}

var seconds = 1.0
var bytes = 32
var rest = CommandLine.arguments.dropFirst()
while let option = rest.popFirst() {
  guard let value = rest.popFirst(), let number = Double(value), number > 0, number <= 1e7 else { usage() }
  switch option {
  case "--seconds": seconds = number
  case "--bytes": bytes = Int(number)
  default: usage()
  }
}

print("# daemons stations_each link patience round_us")
for link in ["unix", "tcp"] {
  for (daemons, each) in [(2, 1), (2, 2), (4, 1)] {
    for patience in ["busy", "idle"] {
      print("\(daemons) \(each) \(link) \(patience) ", terminator: "")
      fflush(stdout)
      runMembers(daemons, each, link, patience)
    }
  }
}

func usage() -> Never {
  fputs("usage: ring-bench [--seconds S] [--bytes N]\n", stderr)
  exit(2)
}

/// Starts one process a daemon and waits for all; the first prints the time of a round.
func runMembers(_ daemons: Int, _ each: Int, _ link: String, _ patience: String) {
  var template = Array("/tmp/ring-bench-XXXXXX".utf8CString)
  mkdtemp(&template)
  let folder = String(cString: template)
  defer {
    for k in 0..<daemons { unlink("\(folder)/\(k)") }
    rmdir(folder)
  }
  let place = link == "unix" ? folder : "tcp:\(10_000 + Int(getpid()) % 20_000)"
  var children: [pid_t] = []
  for index in 0..<daemons {
    let arguments = [
      "ring-bench", "--member", "\(index)", "\(daemons)", "\(each)", place, patience, "\(bytes)", "\(seconds)",
    ]
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var child: pid_t = 0
    guard posix_spawn(&child, "/proc/self/exe", nil, nil, &pointers, environ) == 0 else {
      fputs("ring-bench: cannot start a process\n", stderr)
      exit(1)
    }
    for pointer in pointers { free(pointer) }
    children.append(child)
  }
  for child in children {
    var status: Int32 = 0
    waitpid(child, &status, 0)
    if status != 0 { print("failed") }
  }
}
