/// Puts an earlier chapter's bodies, as a learner wrote them, in their marked places:
///
///     // FROM 3.2 receive(_: RequestVote)
///     …
///     // END 3.2
///
/// What cannot stand there without breaking the file is left out, with the reason: a place that is
/// left holds what it held, so the file compiles before and after.
public struct Carrying: Sendable {
  /// A marked place.
  public struct Place: Hashable, Sendable {
    /// The step's number, such as "3.2".
    public let step: String
    /// The function whose body goes there: "receive(_: RequestVote)".
    public let name: String
  }

  /// Why a place was left as it was.
  public enum Reason: Hashable, Sendable {
    case missing
    case unwritten
    /// The function takes other parameters than the chapter's.
    case otherParameters
    /// It makes the server a leader by itself, and not by `becomeLeader`.
    case leadsByItself
    /// It needs something that cannot be moved by itself: its name, its line (from 1), its words.
    case needs(String, line: Int, text: String)
    /// It needs something of a name that the later chapter uses for something else.
    case taken(String, line: Int)
  }

  /// The file with the bodies in it.
  public let text: String
  public let carried: [Place]
  public let left: [(place: Place, reason: Reason)]
  /// The learner's own functions that came along, by their titles.
  public let helpers: [String]

  /// - Parameters:
  ///   - learner: the earlier chapter's file.
  ///   - skeleton: the reference for it, which shows what is not the learner's own.
  ///   - target: the file with the places.
  ///   - state: the later chapter's State.swift, the learner's.
  ///   - reference: the later chapter's reference, all files.
  /// - Throws: `MarkerError` where the places in `target` do not match.
  public init(
    from learner: String, skeleton: String, into target: String, state: String,
    reference: [String]
  ) throws(MarkerError) {
    let marked = try MarkedSource(target, opening: "FROM")
    let search = Search(learner: learner, skeleton: skeleton, state: state, reference: reference)
    var bodies: [Int: [String]] = [:]
    var needed: Set<Int> = []
    var carried: [Place] = []
    var left: [(place: Place, reason: Reason)] = []
    for region in marked.regions {
      guard let function = SourceFile(target).function(around: region.begin + 1) else { continue }
      let place = Place(step: region.step, name: region.heading.afterFirstWord)
      switch search.body(for: place, in: function) {
      case .success(let body):
        bodies[region.begin] = body.lines.indented(by: region.indent)
        needed.formUnion(body.helpers)
        carried.append(place)
      case .failure(let error): left.append((place, error.reason))
      }
    }
    let helpers = needed.sorted().map { search.own[$0] }
    text = marked.replacing { region in
      let body =
        region.function == nil
        ? search.text(of: helpers, indent: region.indent)
        : bodies[region.begin] ?? Array(marked.lines[region.body])
      return [marked.lines[region.begin]] + body + [marked.lines[region.end]]
    }
    self.carried = carried
    self.left = left
    self.helpers = helpers.map(\.title)
  }

  /// Whether the braces of a file match: if not, nobody can tell where a body ends.
  public static func isReadable(_ text: String) -> Bool {
    var depth = 0
    for token in SourceFile(text).tokens {
      if token.text == "{" { depth += 1 }
      if token.text == "}" { depth -= 1 }
      if depth < 0 { return false }
    }
    return depth == 0
  }
}

/// Looks for bodies in the earlier chapter's file, and for what they need.
private struct Search {
  struct Left: Error { let reason: Carrying.Reason }
  struct Body {
    let lines: [String]
    /// What comes along, as places in `own`.
    let helpers: Set<Int>
  }

  /// What the learner declares and the skeleton does not.
  let own: [Declarations.Declaration]
  private let declarations: Declarations
  private let file: SourceFile
  private let source: EditableSource
  private let stateTitles: Set<String>
  private let chapterTitles: Set<String>

  init(learner: String, skeleton: String, state: String, reference: [String]) {
    let known = Declarations(skeleton).titles
    declarations = Declarations(learner)
    own = declarations.all.filter { !known.contains($0.title) }
    file = SourceFile(learner)
    source = EditableSource(learner)
    stateTitles = Declarations(state).titles
    chapterTitles = reference.reduce(into: []) { $0.formUnion(Declarations($1).titles) }
  }

  func body(
    for place: Carrying.Place, in target: SourceFile.Function
  ) -> Result<Body, Left> {
    func left(_ reason: Carrying.Reason) -> Result<Body, Left> { .failure(Left(reason: reason)) }
    guard let function = file.functions.first(where: { $0.answers(to: place.name) }),
      let lines = source.body(of: place.name)
    else { return left(.missing) }
    guard function.tokens.count > 2, !function.tokens.contains(where: { $0.text == "todo" })
    else { return left(.unwritten) }
    guard function.parameters.count == target.parameters.count else {
      return left(.otherParameters)
    }
    let leads = place.name == "becomeLeader"
    guard leads || !function.tokens.makeLeader else { return left(.leadsByItself) }
    var helpers: Set<Int> = []
    var open = [function.tokens]
    while let tokens = open.popLast() {
      for declaration in Declarations.used(in: tokens, of: own) {
        guard let index = own.firstIndex(where: { $0.line == declaration.line }) else { continue }
        switch availability(of: declaration) {
        case .failure(let error): return .failure(error)
        case .success(false): break
        case .success(true):
          if helpers.insert(index).inserted { open.append(declaration.tokens) }
        }
      }
    }
    return .success(
      Body(lines: aliases(of: function, as: target) + lines.withoutMarkers, helpers: helpers))
  }

  /// Whether a declaration comes along; false where the later chapter has it already.
  private func availability(of declaration: Declarations.Declaration) -> Result<Bool, Left> {
    let title = declaration.title
    let text = source.lines[declaration.line - 1].trimmed
    switch declaration.kind {
    case .movable where chapterTitles.contains(title):
      return .failure(Left(reason: .taken(title, line: declaration.line)))
    case .movable where declaration.tokens.makeLeader:
      return .failure(Left(reason: .leadsByItself))
    case .movable:
      return .success(!stateTitles.contains(title))
    case .stored, .fixed:
      return stateTitles.contains(title)
        ? .success(false)
        : .failure(Left(reason: .needs(title, line: declaration.line, text: text)))
    }
  }

  /// Where parameters have other names there, the body finds them under its own.
  private func aliases(of function: SourceFile.Function, as target: SourceFile.Function) -> [String]
  {
    zip(function.parameters, target.parameters).compactMap { own, theirs in
      guard own != theirs, function.tokens.contains(where: { $0.text == own }) else { return nil }
      return "let \(own) = \(theirs)"
    }
  }

  /// The learner's own functions, one below the other.
  func text(of helpers: [Declarations.Declaration], indent: String) -> [String] {
    Array(
      helpers.map { declarations.text(of: $0).withoutMarkers.indented(by: indent) }
        .joined(separator: [""]))
  }
}

extension SourceFile {
  /// The innermost function around a line (from 1).
  fileprivate func function(around line: Int) -> Function? {
    functions.last { ($0.open...$0.close).contains(line) }
  }
}

extension ArraySlice<Token> {
  /// Whether `role = .leader` stands somewhere in it.
  fileprivate var makeLeader: Bool {
    let words = map(\.text)
    return words.indices.dropLast(3).contains {
      words[$0] == "role" && words[$0 + 1] == "=" && words[$0 + 2] == "."
        && words[$0 + 3] == "leader"
    }
  }
}

extension [String] {
  /// Without the lines that mark a body: they would be read as the end of the place.
  fileprivate var withoutMarkers: [String] {
    filter { $0.trimmed.firstMatch(of: /^\/\/ (?:BEGIN|FROM|END) \d/) == nil }
  }

  /// With one margin in place of the one that all lines share.
  fileprivate func indented(by indent: String) -> [String] {
    let margins = filter { !$0.trimmed.isEmpty }.map { $0.prefix(while: \.isWhitespace) }
    guard var margin = margins.first else { return [] }
    for other in margins {
      margin = margin.prefix(zip(margin, other).prefix { $0 == $1 }.count)
    }
    return map { $0.trimmed.isEmpty ? "" : indent + $0.dropFirst(margin.count) }
  }
}

extension String {
  /// What stands behind the first space.
  fileprivate var afterFirstWord: String { String(drop { $0 != " " }.dropFirst()) }
}
