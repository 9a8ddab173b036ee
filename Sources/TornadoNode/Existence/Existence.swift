// Existence (paper, Sections 5.2 and 5.3): a reference can be used at any time, with no lock, even while its
// object is being destroyed.
//
// Destruction has three phases. (1) The object's owner removes all persistent references: those in lists,
// tables and other objects. (2) The system waits until no temporary reference is left: none on a stack of an
// operation that was active when the destruction began, on any processor that can have had one. (3) The table
// entries, the representatives, the memory and the entry in the global table go.
//
// For the second phase a token visits those processors one after the other. At each it waits until all
// operations that were active when it came have ended: new ones count in the other generation
// (`OperationWord`). Objects that arrive meanwhile wait for the next change of generation, together: so the
// tokens of many destructions are on their way at once, and share the waiting. Nobody waits actively: the
// operation that ends last in its generation sends the tokens on, and where no operation is active, who
// brings the token does. Shared by kernel and program library.

import CMachine

/// Where an object is between life and death.
enum Stage: UInt {
  case alive
  /// Its token waits for operations to end.
  case draining
  /// Processors clear their tables.
  case clearing
  /// The processor that made it frees what is left.
  case freeing
  /// A handler that another has replaced (`Existence.replace`): the first round of the token, the clearing,
  /// the second round.
  case replacedDraining
  case replacedClearing
  case replacedLeaving
}

public enum Existence {
  // ---- Operations

  /// An operation begins: from here to its end, references on the stack lead to objects that exist. Returns
  /// what `end` wants.
  @inline(__always) public static func begin() -> UInt { operation_begin(Objects.block.operations) }

  @inline(__always) public static func end(_ operation: UInt) {
    let block = Objects.block
    if OperationWord(raw: operation_end(block.operations, operation)).wantsAttention { attend(block) }
  }

  /// Runs `body` as an operation.
  @inline(__always) public static func operation<Result>(_ body: () -> Result) -> Result {
    let operation = begin()
    let result = body()
    end(operation)
    return result
  }

  // ---- Destruction

  /// Begins the second phase of an object's destruction; the caller has seen to the first. Returns at once;
  /// false if the object is being destroyed already. `holders`: the processors on which an operation can have
  /// a temporary reference (bit set): those that have called an object in which a persistent reference was.
  /// Those that have called this object are added. Called within an operation.
  @discardableResult public static func destroy<Interface: AnyObject>(
    _ reference: Reference<Interface>, heldBy holders: UInt
  ) -> Bool {
    destroy(slot: reference.slot, heldBy: holders)
  }

  /// By its miss handler, or one that had been it before.
  @discardableResult public static func destroy(_ handler: MissHandler, heldBy holders: UInt) -> Bool {
    destroy(slot: handler.slot, heldBy: holders)
  }

  @inline(__always) private static func destroy(slot: UInt, heldBy holders: UInt) -> Bool {
    let entry = Objects.entry(slot)
    let before = atomic_fetch_or(UnsafeMutableRawPointer(entry) + 8, ObjectState.dying)
    if before & ObjectState.dying != 0 { return false }
    // While a handler that has been replaced is still in use, the destruction waits for it: see `leave`.
    if before & ObjectState.changing == 0 { sendDraining(entry, holders) }
    return true
  }

  @inline(__always) private static func sendDraining(_ entry: UnsafeMutablePointer<GlobalEntry>, _ holders: UInt) {
    handler(entry)._withUnsafeGuaranteedRef {
      $0.stage = .draining
      send($0, through: holders)
    }
  }

  @inline(__always) private static func handler(_ entry: UnsafeMutablePointer<GlobalEntry>) -> Unmanaged<MissHandler> {
    Unmanaged.fromOpaque(UnsafeMutableRawPointer(bitPattern: atomic_load(entry)).unsafelyUnwrapped)
  }

  /// Puts another miss handler, with other representatives, in the place of an object's own, under fire: "the
  /// specific type of representative can be changed at run time" (Section 3.1). Calls that have begun
  /// complete in the old representatives; when none is left there, the old handler's `destroyed` is called,
  /// with `isReplaced`. The two have to agree on where the object's state is meanwhile. Called within an
  /// operation. False if the object is being destroyed or changed; then the new handler is still the caller's.
  public static func replace<Interface: AnyObject>(
    _ reference: Reference<Interface>, with new: MissHandler, heldBy holders: UInt
  ) -> Bool {
    let slot = reference.slot
    let entry = Objects.entry(slot)
    let state = UnsafeMutableRawPointer(entry) + 8
    let calm = atomic_load(state) & ~(ObjectState.dying | ObjectState.changing)
    if atomic_compare_exchange(state, calm, calm | ObjectState.changing) != calm { return false }
    handler(entry)._withUnsafeGuaranteedRef { old in
      new.slot = slot
      // Who is on its way to the old one may not be counted there yet.
      new.installed = old.users | holders
      old.stage = .replacedDraining
      // From now on misses go to the new handler; those on their way to the old one end with the operations
      // of the token's first round.
      atomic_store(entry, UInt(bitPattern: Unmanaged.passRetained(new).toOpaque()))
      send(old, through: holders)
    }
    return true
  }

  /// The token begins on the own processor.
  private static func send(_ handler: MissHandler, through processors: UInt) {
    handler.remaining = processors | handler.users | 1 &<< Objects.processor
    let block = Objects.block
    atomic_push(block.arrived, handler.node, handler.node)
    _ = atomic_or(block.operations, OperationWord.attention)
  }

  // ---- What there is to do when an operation ends

  /// Called outside of operations, on the block's own processor.
  ///
  /// In the common case no operation is active here: then what has arrived has nothing to wait for, and what
  /// only this processor knows is gone at once.
  @inline(never) static func attend(_ block: ObjectBlock) {
    var node = atomic_exchange(block.arrived, 0)
    // An operation that begins after this look finds no reference to what had arrived before it.
    let word = OperationWord(raw: atomic_and(block.operations, ~OperationWord.attention))
    if !word.isIdle || atomic_load(block.cleanup) | atomic_load(block.waiting) != 0 { return attendFully(block, node) }
    let operation = operation_begin(block.operations)
    var others: UInt = 0
    while node != 0 {
      MissHandler.of(node: node)._withUnsafeGuaranteedRef {
        let this = node
        node = $0.link
        if isPrivate($0) {
          TranslationTable.clear($0.slot)
          $0.leave()
          free($0)
        } else {
          $0.link = others
          others = this
        }
      }
    }
    // What has gone may have had objects of its own destroyed.
    let after = OperationWord(raw: operation_end(block.operations, operation))
    if others != 0 || after.wantsAttention { attendFully(block, others) }
  }

  /// Nobody but the own processor has ever had to do with it.
  @inline(__always) private static func isPrivate(_ handler: MissHandler) -> Bool {
    let own = Objects.processor
    return (handler.remaining | handler.users) & ~(1 &<< own) == 0 && handler.stage == .draining
      && Objects.owner(of: handler.slot) == own
  }

  /// `arrived`: a list that was taken from where objects arrive.
  @inline(never) private static func attendFully(_ block: ObjectBlock, _ arrived: UInt) {
    var node = arrived
    while node != 0 {
      let this = UnsafeMutableRawPointer(bitPattern: node)
      MissHandler.of(node: node)._withUnsafeGuaranteedRef { node = $0.link }
      atomic_push(block.arrived, this, this)
    }
    repeat {
      _ = atomic_and(block.operations, ~OperationWord.attention)
      if atomic_load(block.cleanup) != 0 {
        let operation = operation_begin(block.operations)
        cleanUp(block)
        _ = operation_end(block.operations, operation)
      }
      if atomic_load(block.arrived) | atomic_load(block.waiting) != 0 {
        Tokens.advance(Objects.processor)
        // While a batch waits, the operation that ends last has to know.
        if atomic_load(block.waiting) != 0 { _ = atomic_or(block.operations, OperationWord.attention) }
      }
    } while atomic_load(block.cleanup) != 0
  }

  /// Does for each object in the list what this processor has to do.
  private static func cleanUp(_ block: ObjectBlock) {
    var node = atomic_exchange(block.cleanup, 0)
    while node != 0 {
      MissHandler.of(node: node)._withUnsafeGuaranteedRef {
        node = $0.link
        switch $0.stage {
        case .clearing:
          TranslationTable.clear($0.slot)
          $0.leave()
          Tokens.clearNext($0, after: Objects.processor)
        case .replacedClearing:
          TranslationTable.clear($0.slot)
          Tokens.clearNext($0, after: Objects.processor)
        case .freeing: free($0)
        case .replacedLeaving: leave($0)
        case .alive, .draining, .replacedDraining: panic("an object in the wrong list", $0.slot)
        }
      }
    }
  }

  /// The end of a handler that another has replaced.
  private static func leave(_ handler: MissHandler) {
    let slot = handler.slot
    handler.destroyed()
    Objects.dispose(Unmanaged.passUnretained(handler).toOpaque())
    if atomic_and(ObjectState.word(slot), ~ObjectState.changing) & ObjectState.dying != 0 {
      sendDraining(Objects.entry(slot), Objects.everyone)
    }
  }

  /// The third phase's end, on the processor that made the object.
  @inline(__always) private static func free(_ handler: MissHandler) {
    let slot = handler.slot
    handler.destroyed()
    GlobalTable.remove(slot)
    Objects.countDestruction()
    Objects.dispose(Unmanaged.passUnretained(handler).toOpaque())
  }
}
