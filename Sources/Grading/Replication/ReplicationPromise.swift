/// The promises of a cluster that keeps one log.
enum ReplicationPromise: String, ClusterPromise {
  case elects, agrees, refuses, tells, waits, frugal, linearizable, safe, manners
  case catchesUp = "catches-up"

  var rule: Rule { Rule("4.10.\(rawValue)", sentence, section: section) }

  private var sentence: String {
    switch self {
    case .elects:
      "A majority that can reach each other has a leader before long, whatever its logs."
    case .agrees: "A command that a leader takes is soon applied by everybody within its reach."
    case .refuses: "Only a leader takes commands; everybody else refuses them."
    case .tells: "A client hears what came of its command, or that nobody knows."
    case .waits: "Without a majority nothing is committed."
    case .catchesUp: "A server that comes back gets what it has missed, and loses what never was."
    case .frugal:
      "An entry is sent to a peer once or so, and an idle leader sends heartbeats alone."
    case .linearizable:
      "What clients are told could come from one store that does one thing at a time."
    case .safe:
      "Whatever is lost, late, repeated or crashes: what is committed stays, the same everywhere."
    case .manners: "A server sends to its peers, in moderation, and to nobody else."
    }
  }

  private var section: String {
    switch self {
    case .elects: "§5.2, §5.4.1"
    case .agrees, .waits, .catchesUp: "§5.3"
    case .refuses: "§5.1, §8"
    case .linearizable, .tells: "§8"
    case .safe: "Figure 3, §5.4.3"
    case .frugal, .manners: "chapter 4, The cluster"
    }
  }
}
