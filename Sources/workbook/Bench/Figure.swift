internal import Foundation

/// What was measured, how it came out, and what is wanted.
struct Figure: Hashable {
  /// A number, with its unit.
  struct Value: Hashable {
    let number: Double
    let unit: String
    /// Which one it is, where a figure has several.
    var label: String?
    /// How many digits are shown behind the point.
    var digits = 0
  }

  /// What the first value is to keep to, in its unit.
  enum Limit: Hashable {
    case under(Double)
    case atMost(Double)
    case atLeast(Double)
  }

  let name: String
  let values: [Value]
  /// Nil where a figure is shown and not judged.
  let wanted: Limit?

  init(_ name: String, _ values: Value..., wanted: Limit? = nil) {
    self.init(name, values, wanted: wanted)
  }

  init(_ name: String, _ values: [Value], wanted: Limit? = nil) {
    self.name = name
    self.values = values
    self.wanted = wanted
  }

  /// Nil where nothing is wanted.
  var isMet: Bool? {
    guard let wanted, let number = values.first?.number else { return nil }
    return switch wanted {
    case .under(let most): number < most
    case .atMost(let most): number <= most
    case .atLeast(let least): number >= least
    }
  }

  var measured: String { values.map(\.description).joined(separator: ", ") }

  /// What is wanted, in words.
  var wish: String? {
    guard let wanted, var value = values.first else { return nil }
    let (words, number) =
      switch wanted {
      case .under(let most): ("under", most)
      case .atMost(let most): ("at most", most)
      case .atLeast(let least): ("at least", least)
      }
    value = Value(number: number, unit: value.unit, digits: value.digits)
    return "\(words) \(value)"
  }
}

extension Figure.Value: CustomStringConvertible {
  var description: String {
    (label.map { "\($0): " } ?? "") + String(format: "%.\(digits)f", number) + " \(unit)"
  }

  static func seconds(_ time: Duration) -> Self {
    Self(number: time.inSeconds, unit: "s", digits: 2)
  }

  static func milliseconds(_ number: Double, label: String? = nil) -> Self {
    Self(number: number, unit: "ms", label: label, digits: 1)
  }

  static func megabytes(_ bytes: Int) -> Self {
    Self(number: Double(bytes) / 1_000_000, unit: "MB")
  }

  static func milliseconds(_ time: Duration) -> Self { milliseconds(time.inSeconds * 1_000) }
}

extension Duration {
  var inSeconds: Double { self / .seconds(1) }
}

extension Figure: Encodable {
  private enum Key: String, CodingKey { case name, values, wanted, isMet }
  private enum ValueKey: String, CodingKey { case label, value, unit }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    var list = container.nestedUnkeyedContainer(forKey: .values)
    for value in values {
      var entry = list.nestedContainer(keyedBy: ValueKey.self)
      try entry.encodeIfPresent(value.label, forKey: .label)
      try entry.encode(value.number, forKey: .value)
      try entry.encode(value.unit, forKey: .unit)
    }
    try container.encodeIfPresent(wish, forKey: .wanted)
    try container.encodeIfPresent(isMet, forKey: .isMet)
  }
}
