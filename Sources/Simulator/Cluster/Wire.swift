internal import Raft

/// Which ways are open, and what chance does to a message.
struct Wire {
  var conditions: NetworkConditions
  private(set) var messages = 0
  private let servers: Int
  private var isCut: [Bool]
  /// How much later arrives what each server sends, in nanoseconds.
  private var delays: [Int64]
  private var random: SeededGenerator

  init(servers: Int, seed: UInt64, conditions: NetworkConditions) {
    self.servers = servers
    self.conditions = conditions
    isCut = Array(repeating: false, count: servers * servers)
    delays = Array(repeating: 0, count: servers)
    random = SeededGenerator(seed: seed ^ 0x11_E7_0F_CA)
  }

  /// Counts a message, and gives it its number.
  mutating func nextNumber() -> Int {
    messages += 1
    return messages
  }

  /// Nanoseconds on the way from a server, always some: nothing arrives at the instant at which it
  /// leaves.
  mutating func delay(from sender: ServerID) -> Int64 {
    let range = happens(conditions.slow) ? conditions.slowDelay : conditions.delay
    let usual = Int64(max(1, range.lowerBound + random.pick(from: range.count))) * 1_000_000
    return usual + delays[sender.number - 1]
  }

  /// Has everything that a server sends arrive later; false if it does so already.
  mutating func slow(_ id: ServerID, by delay: Int64) -> Bool {
    defer { delays[id.number - 1] = delay }
    return delays[id.number - 1] != delay
  }

  mutating func happens(_ percent: Int) -> Bool {
    percent > 0 && random.pick(from: 100) < percent
  }

  /// One of two, as likely as the other.
  mutating func tosses() -> Bool { random.pick(from: 2) == 0 }
}

// MARK: - Cuts

extension Wire {
  private func place(_ from: ServerID, _ to: ServerID) -> Int {
    (from.number - 1) * servers + to.number - 1
  }

  func isOpen(from: ServerID, to: ServerID) -> Bool { !isCut[place(from, to)] }

  mutating func cut(from: ServerID, to: ServerID) { isCut[place(from, to)] = true }

  /// Opens every way; false if every way was open.
  mutating func heal() -> Bool {
    defer { isCut = Array(repeating: false, count: isCut.count) }
    return isCut.contains(true)
  }
}

extension Incarnation {
  /// Saves, and puts a message on the wire, in one step. The message's number is returned.
  func send(
    _ message: Message, to peer: ServerID, as situation: Situation, answering request: Int?
  ) -> Int {
    seat.save(situation)
    let cluster = cluster
    let envelope = Envelope(
      number: cluster.wire.nextNumber(), from: id, to: peer, message: message, answers: request)
    cluster.liveness.noteMessage(at: cluster.simulation.nanoseconds)
    cluster.record(.sent(envelope))
    guard peer != id, seat.peers.contains(peer) else {
      cluster.note(peer == id ? .sentToItself : .sentToStranger(peer), by: id)
      cluster.record(.lost(envelope, .misaddressed))
      return envelope.number
    }
    cluster.judge { $0.leaving(envelope, situation, disk: seat.disk) }
    cluster.transmit(envelope)
    seat.noteSending()
    return envelope.number
  }
}

extension Cluster {
  /// Puts a message on its way, or loses it, or sends it twice, as chance decides.
  fileprivate func transmit(_ envelope: Envelope) {
    guard wire.isOpen(from: envelope.from, to: envelope.to) else {
      return record(.lost(envelope, .cut))
    }
    if wire.happens(wire.conditions.lost) { return record(.lost(envelope, .dropped)) }
    let isTwice = wire.happens(wire.conditions.duplicated)
    let isAtOnce = isTwice && wire.tosses()
    let copy = isTwice && !isAtOnce ? wire.delay(from: envelope.from) : nil
    let delay = wire.delay(from: envelope.from)
    guard !options.lostMessages.contains(envelope.number) else {
      return record(.lost(envelope, .dropped))
    }
    if isTwice { record(.duplicated(envelope)) }
    if let copy { after(copy) { [self] in arrive(envelope, twice: false) } }
    after(delay) { [self] in arrive(envelope, twice: isAtOnce) }
  }

  /// Brings a message to its receiver's host.
  private func arrive(_ envelope: Envelope, twice: Bool) {
    let receiver = seats[envelope.to.number - 1]
    guard wire.isOpen(from: envelope.from, to: envelope.to) else {
      return record(.lost(envelope, .cut))
    }
    guard let life = receiver.incarnation else { return record(.lost(envelope, .down)) }
    if receiver.isPaused {
      receiver.hold { [self] in arrive(envelope, twice: twice) }
    } else if envelope.answers != nil {
      life.answer(envelope)
      if twice { life.answer(envelope) }
    } else {
      life.host?.deliver(envelope, twice: twice)
    }
  }
}
