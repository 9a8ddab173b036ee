import Foundation

/// What a document has its reader do: files to write and commands to type, in the order of its code blocks.
///
/// - A block in a language, after a line that ends in "`NAME`:", is the file NAME.
/// - In a block without a language each line that begins with `tctl`, or with `$`, is a command; what stands
///   between a line with `$` and the next is what the reader sees, `…` in it for what differs each time.
struct Walkthrough {
  enum Step {
    case file(name: String, text: String)
    case command(Command)
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
      return transcript.count == seen.count
        && zip(transcript, seen).allSatisfy { line, seen in
          let parts = line.components(separatedBy: "…").map(NSRegularExpression.escapedPattern(for:))
          return line == seen
            || seen.range(of: "^\(parts.joined(separator: ".*"))$", options: .regularExpression) != nil
        }
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
    var open: Command?
    for number in block {
      if lines[number].hasPrefix("$ ") {
        if let open { steps.append(.command(open)) }
        open = Command(line: String(lines[number].dropFirst(2)), transcript: [], position: number)
      } else if open != nil {
        open!.transcript!.append(lines[number])
      } else if lines[number].hasPrefix("tctl ") {
        let line = lines[number].components(separatedBy: " #")[0].trimmingCharacters(in: .whitespaces)
        steps.append(.command(Command(line: line, transcript: nil, position: number)))
      }
    }
    if let open { steps.append(.command(open)) }
  }
}
