internal import Contracts
internal import Simulator

/// One transfer that a task is to make.
struct TransferOrder: Sendable {
  let amount: Int
  let source: Int
  let target: Int

  init(_ amount: Int, from source: Int, to target: Int) {
    self.amount = amount
    self.source = source
    self.target = target
  }
}

/// What a transfer came to.
enum TransferEnd: Hashable, Sendable, CustomStringConvertible {
  case returned(Bool)
  case threw(String)

  var description: String {
    switch self {
    case .returned(let answer): "\(answer)"
    case .threw(let error): "threw \(error)"
    }
  }
}

/// 2.6: two locks, and no ring of tasks that wait for each other.
extension CounterChecks {
  static var transfer: [Check] {
    [
      moves, tooLittle, holdsLocks, letsGo, sameAccount, lockOrder, enough, cancelledTransfer,
    ]
  }

  private static var call: String { "transfer(amount, from: source, to: target)" }

  /// Carries out one order for each task, all at once, and returns what each came to.
  @discardableResult
  private static func carryOut(_ orders: [TransferOrder], in ledger: Ledger) async -> [TransferEnd]
  {
    let state = makeState()
    let ends = Answers<TransferEnd>()
    await atOnce(orders.count) { number in
      { await make(orders[number - 1], task: number, by: state, in: ledger, ends) }
    }
    return ends.inOrder
  }

  private static func make(
    _ order: TransferOrder, task: Int, by state: State, in ledger: Ledger,
    _ ends: Answers<TransferEnd>
  ) async {
    ledger.tell(task, "\(order.amount) from \(order.source) to \(order.target)")
    do {
      let answer = try await state.transfer(
        order.amount, from: ledger.account(order.source, for: task),
        to: ledger.account(order.target, for: task))
      ledger.tell(task, "returns \(answer)")
      ends[task] = .returned(answer)
    } catch {
      ledger.tell(task, "throws \(error)")
      ends[task] = .threw("\(error)")
    }
  }

  /// A transfer from an account with 10 to one with 0, and what must come of it.
  private static func judgeAlone(
    _ runs: CheckRuns, _ amount: Int, answers answer: Bool, leaving balances: [Int: Int],
    _ happened: String
  ) throws {
    try runs.once { simulation in
      let ledger = Ledger(simulation, balances: [1: 10, 2: 0])
      let ends = await carryOut([TransferOrder(amount, from: 1, to: 2)], in: ledger)
      if ends != [.returned(answer)] || ledger.balances != balances {
        throw runs.broken(
          happened,
          [
            Fact("balances", describe(ledger.balances)),
            Fact("it said", ends.map(\.description).joined()),
          ], reference: "\(answer), balances \(describe(balances))")
      }
    }
  }

  private static func describe(_ balances: [Int: Int]) -> String {
    list(balances.sorted { $0.key < $1.key }.map(\.value))
  }

  private static var moves: Check {
    check(
      "2.6.moves", "The amount leaves one account and arrives in the other.",
      section: "chapter 2, A transfer", calling: call
    ) { runs in
      try judgeAlone(
        runs, 4, answers: true, leaving: [1: 6, 2: 4],
        "4 were to go from 10 in one account to the other.")
      try judgeAlone(
        runs, 10, answers: true, leaving: [1: 0, 2: 10], "All 10 were to go; that is not too much.")
    }
  }

  private static var tooLittle: Check {
    check(
      "2.6.too-little", "If there is too little, it returns false and nothing changes.",
      section: "chapter 2, A transfer", calling: call
    ) { runs in
      try judgeAlone(
        runs, 11, answers: false, leaving: [1: 10, 2: 0], "11 were to go, and there were only 10.")
    }
  }

  private static var holdsLocks: Check {
    check(
      "2.6.holds", "An account is read and written only by whoever holds its lock.",
      section: "chapter 2, A transfer", calling: call
    ) { runs in
      for amount in [4, 11] {
        try runs.once { simulation in
          let ledger = Ledger(simulation, balances: [1: 10, 2: 0])
          await carryOut([TransferOrder(amount, from: 1, to: 2)], in: ledger)
          try judgeMisuse(runs, ledger)
        }
      }
    }
  }

  static func judgeMisuse(_ runs: CheckRuns, _ ledger: Ledger) throws {
    if let misuse = ledger.misuse { throw runs.broken(misuse) }
  }

  private static var letsGo: Check {
    check(
      "2.6.lets-go", "Whatever the outcome, both locks are given back.",
      section: "chapter 2, A transfer", calling: call
    ) { runs in
      // In both directions: the locks are not taken in the same order then.
      for (source, target) in [(1, 2), (2, 1)] {
        for (amount, outcome) in [(4, "4 of 10 were moved"), (11, "11 were too much to move")] {
          try runs.once { simulation in
            let ledger = Ledger(simulation, balances: [source: 10, target: 0])
            await carryOut([TransferOrder(amount, from: source, to: target)], in: ledger)
            try judgeHeld(runs, ledger, "\(outcome), and afterwards a lock was still held.")
          }
        }
      }
    }
  }

  static func judgeHeld(_ runs: CheckRuns, _ ledger: Ledger, _ happened: String) throws {
    let held = ledger.held.sorted { $0.key < $1.key }
    if !held.isEmpty {
      throw runs.broken(
        happened, held.map { Fact("account \($0.key)", "is held by task \($0.value)") },
        reference: "held by nobody")
    }
  }
}

// MARK: - More than one task, and more than one lock

extension CounterChecks {
  private static var sameAccount: Check {
    check(
      "2.6.same-account", "From an account to itself: one lock, taken once, and nothing moves.",
      section: "Coffman 1971", calling: "transfer(amount, from: source, to: source)"
    ) { runs in
      for (amount, answer) in [(4, true), (10, true), (11, false)] {
        try runs.once { simulation in
          let ledger = Ledger(simulation, balances: [1: 10])
          let ends = await carryOut([TransferOrder(amount, from: 1, to: 1)], in: ledger)
          if !ledger.deadlock.isEmpty {
            throw runs.broken(
              "The task waits for a lock that it holds itself: for ever.", ledger.deadlock)
          }
          try judgeMisuse(runs, ledger)
          try judgeHeld(runs, ledger, "Afterwards the lock was still held.")
          if ends != [.returned(answer)] || ledger.balances != [1: 10] {
            throw runs.broken(
              "\(amount) were to go from an account with 10 to itself.",
              [
                Fact("balance", describe(ledger.balances)),
                Fact("it said", ends.map(\.description).joined()),
              ], reference: "\(answer), balance 10")
          }
        }
      }
    }
  }

  private static var lockOrder: Check {
    check(
      "2.6.order", "Whoever needs several locks takes them in an order that is the same for all.",
      section: "Coffman 1971", calling: call
    ) { runs in
      let opposite = [TransferOrder(3, from: 1, to: 2), TransferOrder(5, from: 2, to: 1)]
      let ring = [
        TransferOrder(3, from: 1, to: 2), TransferOrder(4, from: 2, to: 3),
        TransferOrder(5, from: 3, to: 1),
      ]
      for (orders, end) in [(opposite, [1: 12, 2: 8]), (ring, [1: 12, 2: 9, 3: 9])] {
        try runs.everySchedule { simulation in
          let ledger = Ledger(simulation, balances: end.mapValues { _ in 10 })
          let ends = await carryOut(orders, in: ledger)
          if !ledger.deadlock.isEmpty {
            throw runs.broken(
              "Deadlock: \(orders.count) tasks wait for each other, and no one can go on.",
              ledger.deadlock)
          }
          try judgeMisuse(runs, ledger)
          if ends.contains(where: { $0 != .returned(true) }) || ledger.balances != end {
            throw runs.broken(
              "\(orders.count) transfers at once, each with enough in its account.",
              [
                Fact("balances", describe(ledger.balances)),
                Fact("it said", ends.map(\.description).joined(separator: ", ")),
              ], reference: "true each time, balances \(describe(end))")
          }
        }
      }
    }
  }

  private static var cancelledTransfer: Check {
    check(
      "2.6.cancelled",
      "Cancelled while it waits for a lock, it throws and gives the other one back.",
      section: "SE-0304, cancellation", calling: call
    ) { runs in
      for (source, target) in [(1, 2), (2, 1)] {
        for busy in [1, 2] {
          try runs.once { simulation in
            let order = TransferOrder(4, from: source, to: target)
            try await judgeCancelled(order, waitingFor: busy, simulation, runs)
          }
        }
      }
    }
  }

  private static func judgeCancelled(
    _ order: TransferOrder, waitingFor busy: Int, _ simulation: Simulation, _ runs: CheckRuns
  ) async throws {
    let before = [order.source: 10, order.target: 0]
    let ledger = Ledger(simulation, balances: before)
    let state = makeState()
    let ends = Answers<TransferEnd>()
    await simulation.play([
      Entrance(0) {
        let account = ledger.account(busy, for: 2)
        try? await account.acquire()
        await simulation.sleep(untilSecond: 10)
        account.release()
      },
      Entrance(1) {
        await simulation.cancel(atSecond: 2, saying: { ledger.tell(1, "is cancelled") }) {
          await make(order, task: 1, by: state, in: ledger, ends)
        }
      },
    ])
    try judgeMisuse(runs, ledger)
    try judgeHeld(
      runs, ledger,
      "Task 1 was cancelled while it waited for account \(busy), and a lock is still held.")
    guard case .threw = ends[1], ledger.balances == before else {
      throw runs.broken(
        "Task 1 was cancelled while it waited for account \(busy).",
        [
          Fact("balances", describe(ledger.balances)),
          Fact("it said", ends[1]?.description ?? "nothing"),
        ], reference: "throws CancellationError, balances \(describe(before))")
    }
  }

  private static var enough: Check {
    check(
      "2.6.enough", "Looking whether there is enough and moving it happen under the same locks.",
      section: "chapter 2, A transfer", calling: call
    ) { runs in
      try runs.everySchedule { simulation in
        let ledger = Ledger(simulation, balances: [1: 10, 2: 0, 3: 0])
        let ends = await carryOut(
          [TransferOrder(6, from: 1, to: 2), TransferOrder(6, from: 1, to: 3)], in: ledger)
        try judgeMisuse(runs, ledger)
        let done = ends.map { $0 == .returned(true) ? 6 : 0 }
        if done.reduce(0, +) != 6 || ledger.balances != [1: 4, 2: done[0], 3: done[1]] {
          throw runs.broken(
            "Two tasks each moved 6 from an account with 10, at once.",
            [
              Fact("balances", describe(ledger.balances)),
              Fact("it said", ends.map(\.description).joined(separator: ", ")),
            ], reference: "true for one of them, false for the other, 4 left")
        }
      }
    }
  }
}
