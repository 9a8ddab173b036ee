import Foundation

/// What a document has its reader do: files to write and commands to type, in the order of its code blocks.
///
/// - A block in a language, after a line that ends in "`NAME`:", is the file NAME.
/// - In a block without a language each line that begins with `tctl`, or with `$`, is a command; what stands
///   between a line with `$` and the next is what the reader sees, `…` in it for what differs each time, and
///   a line that is `…` for any lines.
/// - Lines that begin with `(gdb)` are what one types into GDB that has come to the machine of the last
///   `tctl debug`.
struct Walkthrough {
  enum Step {
    case file(name: String, text: String)
    case command(Command)
    case debugger([Command])
  }

  struct Command {
    var line: String
    /// What the document says that it prints; nil where the document does not say.
    var transcript: [String]?
    /// The number of the command's line in the document, from 0.
    var position: Int

    /// Whether the lines that were seen are those of the document.
    func isMet(by seen: [String]) -> Bool {
      guard let transcript else { return true }
      let lines = transcript.map { line in
        line == "…"
          ? "(?:.*\n)*"
          : line.components(separatedBy: "…").map(NSRegularExpression.escapedPattern(for:)).joined(separator: ".*")
            + "\n"
      }
      let text = seen.map { $0 + "\n" }.joined()
      return text.range(of: "^\(lines.joined())$", options: .regularExpression) == text.startIndex..<text.endIndex
    }
  }

  var steps: [Step] = []

  init(_ document: String) {
    let lines = document.components(separatedBy: "\n")
    var index = 0
    while index < lines.count {
      guard lines[index].hasPrefix("```") else {
        index += 1
        continue
      }
      let language = lines[index].dropFirst(3)
      let first = index + 1
      let end = lines[first...].firstIndex { $0.hasPrefix("```") } ?? lines.count
      let before = lines[..<index].last { !$0.isEmpty } ?? ""
      if !language.isEmpty, before.hasSuffix("`:"), let name = before.split(separator: "`").dropLast().last {
        steps.append(.file(name: String(name), text: lines[first..<end].joined(separator: "\n") + "\n"))
      } else if language.isEmpty {
        addCommands(lines, first..<end)
      }
      index = end + 1
    }
  }

  private mutating func addCommands(_ lines: [String], _ block: Range<Int>) {
    var commands: [Command] = []
    var session: [Command] = []
    for number in block {
      let line = lines[number]
      if line.hasPrefix("$ ") {
        commands.append(Command(line: String(line.dropFirst(2)), transcript: [], position: number))
      } else if line.hasPrefix("(gdb) ") {
        session.append(Command(line: String(line.dropFirst(6)), transcript: [], position: number))
      } else if !session.isEmpty {
        session[session.count - 1].transcript!.append(line)
      } else if commands.last?.transcript != nil {
        commands[commands.count - 1].transcript!.append(line)
      } else if line.hasPrefix("tctl ") {
        let typed = line.components(separatedBy: " #")[0].trimmingCharacters(in: .whitespaces)
        commands.append(Command(line: typed, transcript: nil, position: number))
      }
    }
    steps += commands.map(Step.command)
    if !session.isEmpty { steps.append(.debugger(session)) }
  }
}
