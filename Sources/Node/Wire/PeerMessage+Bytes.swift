internal import Raft

// A message in bytes: its length in four of them, its kind in one, and its parts in their order,
// small numbers short. No names and no JSON: a heartbeat takes about fifteen bytes.

extension PeerMessage {
  private enum Kind: UInt8 {
    case hello = 1
    case welcome, refusal
    case requestVote, requestVoteReply, appendEntries, appendEntriesReply
  }

  /// No message may be longer; a longer one is not read, and not sent.
  static let most = 16 << 20
  /// Before the other side has said who it is, it is given this much room.
  static let mostOfHello = 256
  static let lengthSize = 4

  private static let magic = Array("raft".utf8)

  /// The whole frame, its length included; nil where it would be too long.
  var frame: [UInt8]? {
    var writer = ByteWriter()
    writer.put(fixed: 0)
    write(to: &writer)
    let length = writer.count - Self.lengthSize
    guard length <= Self.most else { return nil }
    writer.set(fixed: UInt32(length), at: 0)
    return writer.bytes
  }

  private func write(to writer: inout ByteWriter) {
    switch self {
    case .hello(let hello):
      writer.put(byte: Kind.hello.rawValue)
      for byte in Self.magic { writer.put(byte: byte) }
      for number in [hello.version, hello.from.number, hello.to.number, hello.servers] {
        writer.put(number)
      }
    case .welcome:
      writer.put(byte: Kind.welcome.rawValue)
    case .refusal(let reason):
      writer.put(byte: Kind.refusal.rawValue)
      writer.put(reason)
    case .request(let number, .requestVote(let request)):
      writer.begin(Kind.requestVote.rawValue, number)
      writer.put(request)
    case .request(let number, .appendEntries(let request)):
      writer.begin(Kind.appendEntries.rawValue, number)
      writer.put(request)
    case .reply(let number, .requestVote(let reply)):
      writer.begin(Kind.requestVoteReply.rawValue, number)
      writer.put(reply.term.number)
      writer.put(reply.voteGranted)
    case .reply(let number, .appendEntries(let reply)):
      writer.begin(Kind.appendEntriesReply.rawValue, number)
      writer.put(reply)
    }
  }

  /// Reads what stands in a frame, behind its length.
  init(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
    var reader = ByteReader(bytes)
    switch Kind(rawValue: try reader.byte()) {
    case .hello:
      for expected in Self.magic where try reader.byte() != expected {
        throw Malformed("it is no server of this workbook")
      }
      let version = try reader.number()
      // What follows is this version's; of another one only the number is known.
      guard version == Hello.version else {
        self = .hello(Hello(version: version, from: 0, to: 0, servers: 0))
        return
      }
      self = .hello(
        Hello(
          from: ServerID(try reader.number()), to: ServerID(try reader.number()),
          servers: try reader.number()))
    case .welcome:
      self = .welcome
    case .refusal:
      self = .refusal(try reader.text())
    case .requestVote:
      self = .request(number: try reader.number(), .requestVote(try reader.requestVote()))
    case .appendEntries:
      self = .request(number: try reader.number(), .appendEntries(try reader.appendEntries()))
    case .requestVoteReply:
      let number = try reader.number()
      let term = Term(try reader.number())
      self = .reply(
        number: number,
        .requestVote(RequestVote.Reply(term: term, voteGranted: try reader.flag())))
    case .appendEntriesReply:
      self = .reply(
        number: try reader.number(), .appendEntries(try reader.appendEntriesReply()))
    case nil:
      throw Malformed("a message of an unknown kind")
    }
    try reader.end()
  }
}

extension ByteWriter {
  fileprivate mutating func begin(_ kind: UInt8, _ number: Int) {
    put(byte: kind)
    put(number)
  }

  fileprivate mutating func put(_ request: RequestVote) {
    put(request.term.number)
    put(request.candidateID.number)
    put(request.lastLogIndex.number)
    put(request.lastLogTerm.number)
  }

  fileprivate mutating func put(_ request: AppendEntries) {
    put(request.term.number)
    put(request.leaderID.number)
    put(request.prevLogIndex.number)
    put(request.prevLogTerm.number)
    put(request.leaderCommit.number)
    put(request.entries)
  }

  fileprivate mutating func put(_ reply: AppendEntries.Reply) {
    put(reply.term.number)
    put(reply.success)
    put(reply.conflict != nil)
    guard let conflict = reply.conflict else { return }
    put(conflict.term != nil)
    if let term = conflict.term { put(term.number) }
    put(conflict.firstIndex.number)
  }
}

extension ByteReader {
  fileprivate mutating func requestVote() throws(Malformed) -> RequestVote {
    RequestVote(
      term: Term(try number()), candidateID: ServerID(try number()),
      lastLogIndex: LogIndex(try number()), lastLogTerm: Term(try number()))
  }

  fileprivate mutating func appendEntries() throws(Malformed) -> AppendEntries {
    let term = Term(try number())
    let leader = ServerID(try number())
    let index = LogIndex(try number())
    let before = Term(try number())
    let commit = LogIndex(try number())
    return AppendEntries(
      term: term, leaderID: leader, prevLogIndex: index, prevLogTerm: before,
      entries: try entries(), leaderCommit: commit)
  }

  fileprivate mutating func appendEntriesReply() throws(Malformed) -> AppendEntries.Reply {
    let term = Term(try number())
    let success = try flag()
    guard try flag() else { return AppendEntries.Reply(term: term, success: success) }
    let of = try flag() ? Term(number()) : nil
    let conflict = AppendEntries.Conflict(term: of, firstIndex: LogIndex(try number()))
    return AppendEntries.Reply(term: term, success: success, conflict: conflict)
  }
}
