internal import Contracts
internal import Raft
internal import Simulator

/// 3.5 in clusters larger than those of 3.8: a majority grows with them.
extension ElectionsChecks {
  /// Kills: a majority that is right for as many servers as anybody has tried.
  static var anySize: Check {
    conversation(
      "3.5.any-size", "More than half of all servers voted for it: of nine servers, that is five.",
      calling: "receive(reply, from: peer, to: request)"
    ) { runs in
      for servers in 6...9 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in .unreachable() }
          let request = await scene.looking(at: "becomeCandidate") { $0.becomeCandidate() }
          let vote = RequestVote.Reply(term: request.term, voteGranted: true)
          for (place, peer) in scene.peers.enumerated() {
            await scene.looking(at: "a vote of \(peer)") {
              $0.receive(vote, from: peer, to: request)
            }
            let voters = place + 2
            let role = await scene.server.report.role
            if (role == .leader) == Quorum(of: servers).isReached(by: voters) { continue }
            throw runs.broken(
              "S1 is one of \(servers) servers, and \(voters), itself included, voted for it.",
              [Fact("S1 is", role.rawValue)],
              reference: "leader once \(Quorum(of: servers).size) voted for it")
          }
        }
      }
    }
  }
}
