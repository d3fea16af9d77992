/// The promises of a cluster that keeps one log.
enum ReplicationPromise: String, ClusterPromise {
  case elects, agrees, frugal, linearizable, safe, manners
  case catchesUp = "catches-up"

  var rule: Rule { Rule("4.10.\(rawValue)", sentence, section: section) }

  private var sentence: String {
    switch self {
    case .elects:
      "A majority that can reach each other has a leader before long, whatever its logs."
    case .agrees:
      "A leader takes what clients hand it, and everybody within its reach soon applies that."
    case .catchesUp: "A server that comes back gets what it has missed, and loses what never was."
    case .frugal:
      "An entry is sent to a peer once or so, and an idle leader sends heartbeats alone."
    case .linearizable:
      "What clients are told is so: it could come from one store that does one thing at a time."
    case .safe:
      "Whatever is lost, late, repeated or crashes: what is committed stays, the same everywhere."
    case .manners: "A server sends to its peers, in moderation, and to nobody else."
    }
  }

  private var section: String {
    switch self {
    case .elects: "§5.2, §5.4.1"
    case .agrees, .catchesUp: "§5.3"
    case .linearizable: "§8"
    case .safe: "Figure 3, §5.4.3"
    case .frugal, .manners: "chapter 4, The cluster"
    }
  }
}
