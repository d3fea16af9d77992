internal import Contracts
internal import Raft
internal import Simulator

/// The logs of the paper's figures, as they stand on disks.
enum PaperLogs {
  /// A log of entries of these terms. What a leader of one term put at one index is one command.
  static func disk(_ terms: Term..., term: Term) -> PersistentState {
    let entries = terms.enumerated().map { offset, term in
      LogEntry(term: term, command: Command("\(term).\(offset + 1)"))
    }
    return PersistentState(currentTerm: term, log: Log(entries))
  }

  /// Figure 7: the leader of term 8 to be, and four of the six followers; by seed, (a) and (c) or
  /// (b) and (d), and always (e) and (f).
  static func figure7(seed: UInt64) -> [PersistentState] {
    let leader = disk(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, term: 7)
    let followers =
      seed.isMultiple(of: 2)
      ? [disk(1, 1, 1, 4, 4, 5, 5, 6, 6, term: 6), disk(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6, term: 6)]
      : [disk(1, 1, 1, 4, term: 4), disk(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7, term: 7)]
    return [leader] + followers + [
      disk(1, 1, 1, 4, 4, 4, 4, term: 4), disk(1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, term: 3),
    ]
  }

  /// Figure 8, before (c): S1 and S2 hold an entry of term 2, S5 one of term 3.
  static let figure8 = [
    disk(1, 2, term: 3), disk(1, 2, term: 3), disk(1, term: 3), disk(1, term: 3),
    disk(1, 3, term: 3),
  ]
}

extension ReplicationScene {
  func figure7() async throws {
    // Of S1, S4 and S5 only S1 can be elected: its log is ahead of theirs.
    for id in [ServerID(2), 3] { cluster.apply(.crash(id)) }
    let leader = try await leader("with S2 and S3 down")
    guard leader == 1 else {
      throw Problem(
        promise: .elects, happened: "\(leader) was elected, and its log was behind that of S1.")
    }
    restart()
    try await agreeInTheEnd("after S2 and S3 started again")
    let log = cluster.situation(of: 1)?.log
    let isSame = await cluster.wait(atMost: catchUp(entries: 12)) { cluster in
      cluster.servers.allSatisfy { cluster.situation(of: $0)?.log == log }
    }
    guard isSame || cluster.hasFindings else {
      throw Problem(
        promise: .catchesUp, happened: "The servers agreed on a command, and their logs differed.")
    }
  }

  func figure8() async throws {
    // (c): of S1, S3 and S4 only S1 can be elected. It brings S3 the entry of term 2, which is now
    // on a majority, and not committed for that.
    for id in [ServerID(2), 5] { cluster.apply(.crash(id)) }
    let first = try await leader("with S2 and S5 down")
    cut(from: [1], to: [4])
    cut(from: [4], to: [1])
    cluster.apply(.restart(2))
    let holds = await cluster.wait(atMost: catchUp(entries: 2)) { cluster in
      [ServerID(2), 3].allSatisfy { cluster.situation(of: $0)?.log.term(at: 2) == 2 }
    }
    guard holds || cluster.hasFindings else {
      throw Problem(
        promise: .catchesUp, happened: "\(first) led, and S3 never got its entry of term 2.")
    }
    await cluster.run(for: bound())
    // (d): S1 crashes. Where its term has left no entry, S5 can be elected, and puts its own there.
    cluster.apply(.crash(1))
    heal()
    cluster.apply(.crash(2))
    cluster.apply(.restart(5))
    try await leader("after S1 crashed", not: 1)
    await cluster.run(for: bound())
    restart()
    try await agreeInTheEnd("after all started again")
  }
}
