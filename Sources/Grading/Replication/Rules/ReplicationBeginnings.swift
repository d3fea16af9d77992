internal import Raft
internal import Simulator

// MARK: - Pasts of small clusters

extension ReplicationStart {
  /// Clusters with up to two leaders before S1 was started, with logs of up to four entries.
  static func all(servers: Int) -> [ReplicationStart] {
    let none = [ReplicationStart(servers: servers)]
    guard servers <= 3 else {
      return none + few(servers: servers) + (servers == 5 ? figure7 + figure8 : [])
    }
    let first = reigns(in: 1, servers: servers)
    let second = reigns(in: 2, servers: servers) + votes(in: 2, servers: servers)
    var seen: Set<[ModelCluster.Server]> = []
    let pasts =
      votes(in: 1, servers: servers).map { [$0] } + first.map { [$0] }
      + first.flatMap { one in second.map { [one, $0] } }
    return none
      + pasts.filter { past in
        ModelCluster(size: servers, past: past).map { seen.insert($0.state).inserted } ?? false
      }.compactMap { ReplicationStart(servers: servers, past: $0) }
  }

  /// What may come to pass in a term: S1 or a peer leads, and others hear of it or do not.
  private static func reigns(in term: Term, servers: Int) -> [PastTerm] {
    var reaches: [(ServerID, [[ServerID: LogIndex]])] = [(1, [[:]])]
    if servers >= 2 {
      reaches = [(1, [[:], [2: 9]]), (2, [[:], [1: 1], [1: 9]])]
    }
    if servers >= 3 {
      reaches = [
        (1, [[:], [2: 9], [3: 9]]), (2, [[:], [1: 1], [1: 9], [3: 9], [1: 9, 3: 9]]),
        (3, [[:], [1: 9]]),
      ]
    }
    return reaches.flatMap { leader, reaches in
      reaches.flatMap { reach in
        (1...2).map { commands in
          .reign(term, of: leader, commands: commands, reaching: reach)
        }
      }
    }
  }

  private static func votes(in term: Term, servers: Int) -> [PastTerm] {
    servers > 1 ? [.vote(term, for: 2)] : []
  }

  /// Larger clusters, where it is their size that matters.
  private static func few(servers: Int) -> [ReplicationStart] {
    let others = (3...servers).map { ServerID($0) }
    let all = Dictionary(uniqueKeysWithValues: others.map { ($0, LogIndex(9)) })
    let pasts: [[PastTerm]] = [
      [.vote(1, for: 2)],
      [.reign(1, of: 1, commands: 1, reaching: [:])],
      [.reign(1, of: 1, commands: 2, reaching: all)],
      [.reign(1, of: 2, commands: 2, reaching: [1: 9])],
      [.reign(1, of: 2, commands: 2, reaching: all.merging([1: 9]) { one, _ in one })],
      [
        .reign(1, of: 1, commands: 2, reaching: [2: 1]),
        .reign(2, of: 3, commands: 1, reaching: [4: 9]),
      ],
      [
        .reign(1, of: 2, commands: 1, reaching: all.merging([1: 9]) { one, _ in one }),
        .reign(2, of: 1, commands: 1, reaching: [2: 9]),
      ],
    ]
    return pasts.compactMap { ReplicationStart(servers: servers, past: $0) }
  }
}

// MARK: - Figures of the paper

extension ReplicationStart {
  /// The term in which a new leader stands, where it is not simply the one after S1's.
  var nextTerm: Term { name == nil ? 0 : 8 }

  /// Six followers of the leader of term 8, whose log is 1 1 1 4 4 5 5 6 6 6 (Figure 7).
  static let figure7: [ReplicationStart] = {
    let first = PastTerm.reign(1, of: 2, commands: 3, reaching: [1: 99, 3: 99, 4: 99, 5: 99])
    func reign(
      _ term: Term, _ commands: Int, of leader: ServerID = 2, _ reach: [ServerID: LogIndex] = [:]
    ) -> PastTerm {
      let others: [ServerID: LogIndex] = leader == 1 ? [:] : [3: 99, 4: 99]
      return .reign(
        term, of: leader, commands: commands,
        reaching: others.merging(reach) { _, reached in reached })
    }
    let (four, five, six) = (reign(4, 2, [1: 99]), reign(5, 2, [1: 99]), reign(6, 3, [1: 99]))
    let pasts: [(String, [PastTerm])] = [
      ("a", [first, four, five, reign(6, 3, [1: 9])]),
      ("b", [first, reign(4, 2, [1: 4]), reign(5, 2), reign(6, 3)]),
      ("c", [first, four, five, reign(6, 4, of: 1, [2: 10, 3: 10, 4: 10])]),
      ("d", [first, four, five, six, reign(7, 2, of: 1)]),
      ("e", [first, reign(4, 4, of: 1, [2: 5, 3: 5, 4: 5]), reign(5, 2), reign(6, 3)]),
      (
        "f", [first, reign(2, 3, of: 1), reign(3, 5, of: 1), reign(4, 2), reign(5, 2), reign(6, 3)]
      ),
    ]
    return pasts.compactMap { ReplicationStart(servers: 5, past: $1, name: "Figure 7 (\($0))") }
  }()

  /// S1 led term 2, reached S2 alone, and is back after S5 has led term 3 (Figure 8).
  static let figure8 = [
    ReplicationStart(
      servers: 5,
      past: [
        .reign(1, of: 1, commands: 1, reaching: [2: 9, 3: 9, 4: 9, 5: 9]),
        .reign(2, of: 1, commands: 1, reaching: [2: 9]),
        .reign(3, of: 5, commands: 1, reaching: [:]),
      ], name: "Figure 8")
  ].compactMap { $0 }
}
