internal import Raft

/// What servers say to each other over a connection.
///
/// The server that opened the connection asks, and the other one answers: between two servers there
/// are two connections, one for the questions of each.
enum PeerMessage: Hashable {
  /// Who asks, and whom it takes the other for: the first message of a connection.
  case hello(Hello)
  /// The other one is whom it was taken for: the answer to a hello, and requests may follow.
  case welcome
  /// It is not, or something else is wrong, in a sentence; the connection closes.
  case refusal(String)
  /// A question, under a number that its reply comes back with.
  case request(number: Int, PeerRequest)
  case reply(number: Int, PeerReply)
}

/// The introduction that opens a connection.
struct Hello: Hashable {
  /// The protocol that this program speaks. Both must speak the same.
  static let version = 1

  var version = Hello.version
  let from: ServerID
  let to: ServerID
  /// How many servers the asking one believes the cluster to have.
  let servers: Int
}

/// One of the questions of chapters 3 and 4.
enum PeerRequest: Hashable {
  /// By the paper's names.
  enum Kind: String {
    case requestVote = "RequestVote"
    case appendEntries = "AppendEntries"
  }

  case requestVote(RequestVote)
  case appendEntries(AppendEntries)

  init?(_ request: some Request) {
    switch request {
    case let request as RequestVote: self = .requestVote(request)
    case let request as AppendEntries: self = .appendEntries(request)
    default: return nil
    }
  }

  var kind: Kind {
    switch self {
    case .requestVote: .requestVote
    case .appendEntries: .appendEntries
    }
  }

  /// The server in whose name the request is made.
  var sender: ServerID {
    switch self {
    case .requestVote(let request): request.candidateID
    case .appendEntries(let request): request.leaderID
    }
  }

  var term: Term {
    switch self {
    case .requestVote(let request): request.term
    case .appendEntries(let request): request.term
    }
  }
}

enum PeerReply: Hashable {
  case requestVote(RequestVote.Reply)
  case appendEntries(AppendEntries.Reply)

  /// Of the question.
  var kind: PeerRequest.Kind {
    switch self {
    case .requestVote: .requestVote
    case .appendEntries: .appendEntries
    }
  }

  var term: Term {
    switch self {
    case .requestVote(let reply): reply.term
    case .appendEntries(let reply): reply.term
    }
  }

  /// The reply as what the asking server waits for; nil where it is of the other kind.
  func `as`<Reply>(_: Reply.Type) -> Reply? {
    switch self {
    case .requestVote(let reply): reply as? Reply
    case .appendEntries(let reply): reply as? Reply
    }
  }
}
