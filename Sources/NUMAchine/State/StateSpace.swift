import Glibc

/// Where the state of a station lives: the one source of its memory, which therefore knows all of it.
///
/// A part of the machine asks it for buffers by name. What it gets from `buffer`, `value` and `bytes` is in
/// checkpoints by construction, in the order in which it was asked for; what can be made again from that
/// (decoded instructions, hit tables) it takes from `derived`. Memory is zeroed, and costs the host only the
/// pages that are touched.
public struct StateSpace {
  private let arena: StateArena
  private let path: String

  public init() {
    arena = StateArena()
    path = ""
  }

  private init(_ arena: StateArena, path: String) {
    self.arena = arena
    self.path = path
  }

  /// A space for a part: its names are told from others of the same sound.
  func within(_ part: String) -> StateSpace { StateSpace(arena, path: "\(path)\(part)/") }

  /// Memory for `count` elements of state.
  func buffer<Element: BitwiseCopyable>(_ name: String, count: Int, of _: Element.Type = Element.self) -> FlatBuffer<
    Element
  > {
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let memory = arena.allocate(bytes)
    arena.register(path + name, .fixed(memory, count: bytes))
    return FlatBuffer(memory, count: count)
  }

  func value<Value: BitwiseCopyable>(_ name: String, _ initial: Value) -> StateValue<Value> {
    let memory = arena.allocate(MemoryLayout<Value>.stride)
    arena.register(path + name, .fixed(memory, count: MemoryLayout<Value>.stride))
    let pointer = memory.bindMemory(to: Value.self, capacity: 1)
    pointer.initialize(to: initial)
    return StateValue(pointer: pointer)
  }

  func bytes(_ name: String) -> StateBytes {
    let bytes = StateBytes()
    arena.register(path + name, .growing(bytes))
    return bytes
  }

  /// Memory for what follows from the state: no checkpoint has it.
  func derived<Element: BitwiseCopyable>(count: Int, of _: Element.Type = Element.self) -> FlatBuffer<Element> {
    FlatBuffer(arena.allocate(max(1, count) * MemoryLayout<Element>.stride), count: count)
  }

  /// Everything that a checkpoint holds, in order (`StateImage`).
  var regions: [StateArena.Region] { arena.regions }
}

/// The memory behind a `StateSpace`.
final class StateArena {
  enum Content {
    case fixed(UnsafeMutableRawPointer, count: Int)
    case growing(StateBytes)
  }

  struct Region {
    let name: String
    let content: Content
  }

  private(set) var regions: [Region] = []
  private var names: Set<String> = []
  private var mappings: [(UnsafeMutableRawPointer, Int)] = []
  /// Small buffers lie side by side: a page for each would cost the host's translation more than it is worth.
  private var chunk: UnsafeMutableRawPointer?
  private var chunkLeft = 0

  private static var chunkBytes: Int { 1 << 20 }
  private static var largestInChunk: Int { 64 << 10 }
  private static var alignment: Int { 64 }

  func register(_ name: String, _ content: Content) {
    require(names.insert(name).inserted, "two parts of the state are called \(name)")
    regions.append(Region(name: name, content: content))
  }

  /// Zeroed memory, aligned to a cache line of the host.
  func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes <= Self.largestInChunk else { return map(bytes) }
    let rounded = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
    if rounded > chunkLeft {
      chunk = map(Self.chunkBytes)
      chunkLeft = Self.chunkBytes
    }
    defer {
      chunk = chunk! + rounded
      chunkLeft -= rounded
    }
    return chunk!
  }

  /// Fresh pages are zero, and real only when touched.
  private func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)!
    guard memory != MAP_FAILED else {
      fatalError("no memory left on the host for \(bytes) bytes of the machine's state")
    }
    mappings.append((memory, bytes))
    return memory
  }

  deinit {
    for (memory, bytes) in mappings { munmap(memory, bytes) }
  }
}
