internal import Contracts
internal import Raft
internal import Simulator

/// 2.5: numbers for real threads, which no actor keeps apart.
extension CounterChecks {
  static var tickets: [Check] { [nestedUse, consecutive, overtaken, shared] }

  private static var ticketCall: String { "nextTicket()" }

  /// Tickets drawn by one thread after the other, from `states` in turn.
  private static func draw(_ count: Int, _ states: [State], _ record: GuardedRecord) -> [Int] {
    (0..<count).map { index in
      record.run(asThread: index + 1) { states[index % states.count].nextTicket() }
    }
  }

  private static func told(_ finding: Finding, _ record: GuardedRecord) -> Finding {
    var finding = finding
    finding.trace = record.trace
    return finding
  }

  private static var nestedUse: Check {
    check(
      "2.5.nested", "A thread never asks for a mutex that it holds: it would wait for itself.",
      section: "SE-0433", calling: ticketCall
    ) { runs in
      try runs.once { _ in
        let record = GuardedRecord()
        _ = draw(1, [makeState(tickets: record)], record)
        if record.usesItself {
          throw told(
            runs.broken(
              "withLock was called inside of withLock. A real thread stops there for ever."),
            record)
        }
      }
    }
  }

  private static var consecutive: Check {
    check(
      "2.5.consecutive", "The first ticket is 1, and each next one is one more.",
      section: "chapter 2, Tickets for threads", calling: ticketCall
    ) { runs in
      try runs.once { _ in
        let record = GuardedRecord()
        let tickets = draw(3, [makeState(tickets: record)], record)
        if tickets != [1, 2, 3] {
          throw told(
            runs.broken(
              "Three threads drew a ticket, one after the other.",
              [Fact("it said", list(tickets))], reference: "1, 2, 3"),
            record)
        }
      }
    }
  }

  private static var overtaken: Check {
    check(
      "2.5.overtaken", "Whatever belongs together happens in one use of the mutex.",
      section: "SE-0433", calling: ticketCall
    ) { runs in
      try runs.once { _ in
        let quiet = GuardedRecord()
        _ = draw(1, [makeState(tickets: quiet)], quiet)
        for gap in 0..<quiet.uses {
          let record = GuardedRecord()
          let state = makeState(id: 1, peers: [2], tickets: record)
          // Of another server: who holds a lock of its own meanwhile could not let itself in.
          let other = makeState(id: 2, peers: [1], tickets: record)
          let second = Answers<Int>()
          record.overtake(after: gap + 1) {
            second[2] = record.run(asThread: 2) { other.nextTicket() }
          }
          let first = record.run(asThread: 1) { state.nextTicket() }
          let tickets = [first] + second.inOrder
          if tickets.sorted() != [1, 2] {
            throw told(
              runs.broken(
                "Thread 2 came in between, and "
                  + (first == second[2]
                    ? "both threads have ticket \(first)."
                    : "the tickets are \(list(tickets.sorted()))."),
                [Fact("it said", list(tickets))], reference: "1 and 2, one to each"),
              record)
          }
        }
      }
    }
  }

  private static var shared: Check {
    check(
      "2.5.shared", "Every ticket comes from the number that was handed in.",
      section: "chapter 2, Tickets for threads", calling: ticketCall
    ) { runs in
      try runs.once { _ in
        let record = GuardedRecord()
        let states = [
          makeState(id: 1, peers: [2], tickets: record),
          makeState(id: 2, peers: [1], tickets: record),
        ]
        let tickets = draw(4, states, record)
        if tickets != [1, 2, 3, 4] {
          throw told(
            runs.broken(
              "Two servers share one number, and drew tickets in turn.",
              [Fact("it said", list(tickets))], reference: "1, 2, 3, 4"),
            record)
        }
      }
    }
  }
}
