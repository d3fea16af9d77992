internal import Raft

/// Every message that some run of a search has sent, each under a number.
///
/// A search does not lose, repeat or reorder messages. It keeps all that were sent, and delivers
/// any of them at any time, as often as it likes, or never: that is all that a network can do.
struct SearchPost {
  struct Parcel: Hashable {
    let from: ServerID
    let to: ServerID
    let message: Message
    /// In which life of the server that asks the conversation was begun: a reply to an earlier one
    /// finds nobody there.
    let life: Int
    /// The number of the request that this answers; nil for a request.
    let answers: Int?
  }

  private(set) var parcels: [Parcel] = []
  private var numbers: [Parcel: Int] = [:]

  /// The number of a parcel: the same for the same one, whoever sends it again.
  mutating func number(of parcel: Parcel) -> Int {
    if let number = numbers[parcel] { return number }
    numbers[parcel] = parcels.count
    parcels.append(parcel)
    return parcels.count - 1
  }

  func envelope(_ number: Int) -> Envelope {
    let parcel = parcels[number]
    return Envelope(
      number: number, from: parcel.from, to: parcel.to, message: parcel.message,
      answers: parcel.answers)
  }
}

/// A set of small numbers.
struct SearchSet: Hashable {
  private var words: [UInt64] = []

  /// Adds a number; the set is the same as before if it is there.
  mutating func insert(_ number: Int) {
    while words.count <= number >> 6 { words.append(0) }
    words[number >> 6] |= 1 << UInt64(number & 63)
  }

  func contains(_ number: Int) -> Bool {
    words.count > number >> 6 && words[number >> 6] & (1 << UInt64(number & 63)) != 0
  }

  /// The numbers, in order.
  var numbers: [Int] {
    var found: [Int] = []
    for (place, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        found.append(place << 6 | rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return found
  }
}
