public import Raft

extension Trace {
  /// What a person is told of a server's new role.
  ///
  /// - Parameter votes: those that a leader was elected with.
  public static func roleSentence(
    _ id: ServerID, _ role: Role, _ term: Term, _ before: Role, _ votes: [ServerID]
  ) -> String {
    switch role {
    case .candidate:
      return "\(id) stands in term \(term)"
    case .leader:
      // Nine are more than a cluster of this book has: beyond them, a count says as much.
      var voters = votes.prefix(9).map(\.description).joined(separator: ", ")
      if votes.count > 9 { voters += " and \(votes.count - 9) more" }
      return "\(id) leads term \(term)" + (votes.isEmpty ? "" : " with \(voters)")
    case .follower:
      return before == .leader
        ? "\(id) leads no longer: it is in term \(term)"
        : "\(id) stands no longer: it is in term \(term)"
    }
  }

  /// What a person is told of a server whose messages arrive later than others, by so many
  /// nanoseconds, or do so no longer.
  public static func slowSentence(_ id: ServerID, by delay: Int64) -> String {
    delay == 0
      ? "\(id) is slow no longer" : "what \(id) sends arrives \(delay / 1_000_000) ms later"
  }
}
