/// What a region of the state is to the machine.
enum StateKind: CaseIterable {
  /// How the machine goes on depends on it: the digest is of it, and checkpoints hold it.
  case architectural
  /// It is under way to the host, or says nothing of how the machine goes on: in checkpoints, not in the
  /// digest.
  case transient
  /// It is made again from the others: neither has it.
  case derived
}

/// Where the state of a station lives: the one source of its memory, which therefore knows all of it.
///
/// A part of the machine asks it for buffers by name and says of what kind they are. Digest and checkpoints
/// are of what was asked for, by construction and in that order. Memory is zeroed, and costs the host only
/// the pages that are touched.
public struct StateSpace {
  private let store: StateStore
  private let path: String

  public init() {
    store = StateStore()
    path = ""
  }

  private init(_ store: StateStore, path: String) {
    self.store = store
    self.path = path
  }

  /// A space for a part: its names are told from others of the same sound.
  func within(_ part: String) -> StateSpace { StateSpace(store, path: "\(path)\(part)/") }

  /// Memory for `count` elements of state.
  func buffer<Element: BitwiseCopyable>(
    _ name: String, count: Int, of _: Element.Type = Element.self, _ kind: StateKind = .architectural
  ) -> FlatBuffer<Element> {
    FlatBuffer(store.add(path + name, kind, count: count, of: Element.self), count: count)
  }

  func value<Value: BitwiseCopyable>(
    _ name: String, _ initial: Value, _ kind: StateKind = .architectural
  ) -> StateValue<Value> {
    let memory = store.add(path + name, kind, count: 1, of: Value.self)
    let pointer = memory.bindMemory(to: Value.self, capacity: 1)
    pointer.initialize(to: initial)
    return StateValue(pointer: pointer)
  }

  func bytes(_ name: String, _ kind: StateKind = .architectural) -> StateBytes {
    let bytes = StateBytes()
    store.add(path + name, kind, bytes)
    return bytes
  }

  /// Memory for what follows from the state.
  func derived<Element: BitwiseCopyable>(count: Int, of _: Element.Type = Element.self) -> FlatBuffer<Element> {
    FlatBuffer(store.allocate(.derived, count: count, of: Element.self), count: count)
  }

  /// The regions of these kinds, in the order in which they were asked for. Bytes that belong to no field of
  /// an element are zero.
  func regions(_ kinds: Set<StateKind>) -> [StateStore.Region] {
    store.clearPadding()
    return store.regions.filter { kinds.contains($0.kind) }
  }
}

/// The memory behind a `StateSpace`: an arena for each kind, and what was asked for.
final class StateStore {
  enum Content {
    case fixed(UnsafeMutableRawBufferPointer)
    case growing(StateBytes)
  }

  struct Region {
    let name: String
    let kind: StateKind
    let content: Content
    /// Of the elements in `content`.
    let layout: StateLayout
  }

  private(set) var regions: [Region] = []
  private var names: Set<String> = []
  private let arenas = Dictionary(uniqueKeysWithValues: StateKind.allCases.map { ($0, StateArena()) })

  func allocate<Element: BitwiseCopyable>(
    _ kind: StateKind, count: Int, of _: Element.Type
  ) -> UnsafeMutableRawPointer {
    arenas[kind]!.allocate(max(1, count) * MemoryLayout<Element>.stride)
  }

  func add<Element: BitwiseCopyable>(
    _ name: String, _ kind: StateKind, count: Int, of element: Element.Type
  ) -> UnsafeMutableRawPointer {
    let memory = allocate(kind, count: count, of: element)
    let stride = MemoryLayout<Element>.stride
    let content = UnsafeMutableRawBufferPointer(start: memory, count: max(1, count) * stride)
    register(Region(name: name, kind: kind, content: .fixed(content), layout: StateLayout(of: element)))
    return memory
  }

  func add(_ name: String, _ kind: StateKind, _ bytes: StateBytes) {
    register(Region(name: name, kind: kind, content: .growing(bytes), layout: StateLayout()))
  }

  private func register(_ region: Region) {
    require(names.insert(region.name).inserted, "two parts of the state are called \(region.name)")
    regions.append(region)
  }

  /// What the host's compiler has left between the fields of elements is nobody's.
  func clearPadding() {
    for region in regions where !region.layout.padding.isEmpty {
      guard case .fixed(let content) = region.content else { continue }
      for start in Swift.stride(from: 0, to: content.count, by: region.layout.stride) {
        for range in region.layout.padding {
          for place in range where content[start + place] != 0 { content[start + place] = 0 }
        }
      }
    }
  }
}
