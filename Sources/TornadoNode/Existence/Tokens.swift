// The tokens' way from processor to processor. See `Existence`. Shared by kernel and program library.

import CMachine

enum Tokens {
  /// Moves on whatever can move on at a processor, and at those to which that leads. By the processor itself,
  /// or by who brought a token.
  static func advance(_ processor: UInt) {
    var processors: UInt = 1 << processor
    while processors != 0 {
      let next = UInt(bitPattern: processors.trailingZeroBitCount)
      processors &= processors &- 1
      processors |= advanceOne(next)
    }
  }

  /// Returns the processors that were handed tokens.
  private static func advanceOne(_ processor: UInt) -> UInt {
    let block = Objects.block(of: processor)
    var reached: UInt = 0
    // Who finds the lock held leaves it at that: its holder looks once more after giving it up.
    while canAdvance(block), block_try_lock(block.base) == 0 {
      var leaving: UInt = 0
      if atomic_load(block.waiting) != 0, OperationWord(raw: atomic_load(block.operations)).isDrained {
        leaving = atomic_load(block.waiting)
        atomic_store(block.waiting, 0)
      }
      if atomic_load(block.waiting) == 0, atomic_load(block.arrived) != 0 {
        // The next batch: it waits for all operations that have begun by now.
        atomic_store(block.waiting, atomic_exchange(block.arrived, 0))
        _ = block_xor(block.base, OperationWord.generation)
        _ = block_or(block.base, OperationWord.attention)
      }
      atomic_store(block.tokenLock, 0)
      reached |= pass(leaving, from: processor)
    }
    return reached
  }

  private static func canAdvance(_ block: ObjectBlock) -> Bool {
    atomic_load(block.waiting) == 0
      ? atomic_load(block.arrived) != 0 : OperationWord(raw: atomic_load(block.operations)).isDrained
  }

  /// Sends each object of a list on to its next processor, or to its next stage. Returns the processors that
  /// were handed tokens.
  private static func pass(_ list: UInt, from processor: UInt) -> UInt {
    var reached: UInt = 0
    var node = list
    while node != 0 {
      MissHandler.of(node: node)._withUnsafeGuaranteedRef { handler in
        node = handler.link
        handler.remaining &= ~(1 << processor)
        if let next = TokenPath.next(handler.remaining, after: processor) {
          atomic_push(Objects.block(of: next).arrived, handler.node, handler.node)
          reached |= 1 << next
        } else {
          hasRoundedUp(handler, at: processor)
        }
      }
    }
    return reached
  }

  /// No temporary reference is left.
  private static func hasRoundedUp(_ handler: MissHandler, at processor: UInt) {
    switch handler.stage {
    case .draining: handler.stage = .clearing
    case .replacedDraining: handler.stage = .replacedClearing
    default:
      handler.stage = .replacedLeaving
      return hand(handler, to: Objects.owner(of: handler.slot))
    }
    handler.remaining = atomic_load(&handler.installed)
    clearNext(handler, after: processor &- 1 & 63)
  }

  /// On to the next processor whose table has an entry, or to what comes after the last.
  static func clearNext(_ handler: MissHandler, after processor: UInt) {
    if handler.remaining != 0, let next = TokenPath.next(handler.remaining, after: processor) {
      handler.remaining &= ~(1 << next)
      hand(handler, to: next)
    } else if handler.stage == .replacedClearing {
      handler.stage = .replacedLeaving
      handler.remaining = atomic_load(&handler.installed)
      if let first = TokenPath.next(handler.remaining, after: processor) {
        atomic_push(Objects.block(of: first).arrived, handler.node, handler.node)
        advance(first)
      } else {
        hand(handler, to: Objects.owner(of: handler.slot))
      }
    } else {
      handler.stage = .freeing
      hand(handler, to: Objects.owner(of: handler.slot))
    }
  }

  /// Into the list of what a processor has to do itself.
  private static func hand(_ handler: MissHandler, to processor: UInt) {
    let block = Objects.block(of: processor)
    atomic_push(block.cleanup, handler.node, handler.node)
    _ = block_or(block.base, OperationWord.attention)
    Objects.poke(processor)
  }
}
