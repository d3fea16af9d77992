public import Simulator
public import Traces

/// What a step demands, in one sentence, and where that comes from.
public struct Rule: Hashable, Codable, Sendable {
  /// The step and a name, such as "1.3.order". Mutants name the rule that they break by it.
  public let id: String
  /// The sentence that a learner reads. It states the rule, not the mistake.
  public let sentence: String
  /// The paper, proposal or chapter that the rule comes from, such as "§5.2" or "SE-0304".
  public let section: String

  public init(_ id: String, _ sentence: String, section: String) {
    self.id = id
    self.sentence = sentence
    self.section = section
  }
}

/// One line under a finding: what was had, what it got, what it said.
public struct Fact: Hashable, Codable, Sendable {
  public let label: String
  public let text: String

  public init(_ label: String, _ text: String) {
    self.label = label
    self.text = text
  }
}

/// A broken rule, with everything that a message needs.
public struct Finding: Error, Hashable, Codable, Sendable {
  public var rule: Rule
  /// What happened, in one sentence, of this run and not of runs in general.
  public var happened: String
  public var facts: [Fact]
  /// What the reference says at the same place, beside the last fact.
  public var reference: String?
  /// How it came about: the events of the run, for a table.
  public var trace: [TraceEvent]
  /// The same for a cluster, as a diagram: the end of it.
  public var diagram: Diagram?
  /// The whole run, for a picture. It stays in the process that found it.
  public var recording: Trace?
  /// Where the picture of the run is, from the workbook's folder on.
  public var picture: String?
  /// The command that runs exactly this again.
  public var replay: String?

  private enum CodingKeys: String, CodingKey {
    case rule, happened, facts, reference, trace, diagram, picture, replay
  }

  public init(
    _ rule: Rule, _ happened: String, facts: [Fact] = [], reference: String? = nil,
    trace: [TraceEvent] = [], replay: String? = nil
  ) {
    self.rule = rule
    self.happened = happened
    self.facts = facts
    self.reference = reference
    self.trace = trace
    self.replay = replay
  }
}
