/// Draws a scene in SVG. Whole pixels, so that the same scene is the same text.
struct StillDrawing {
  private static let left = 92
  private static let top = 46
  private static let gap = 96
  private static let pixelsPerMillisecond = 14.0
  /// A while without anything to see is drawn no longer than this, in milliseconds.
  private static let longestPause = 10.0

  private let scene: StillScene
  private var places: [Int64: Int] = [:]
  private var elements: [String] = []
  private var taken: [Box] = []
  private var right = left

  private(set) var svg = ""

  /// Where words stand already.
  private struct Box {
    let x: ClosedRange<Int>
    let y: Int

    /// Words take about so much room.
    init(_ words: String, from x: Int, y: Int) {
      self.x = x...(x + words.count * 13 / 2 + 6)
      self.y = y
    }

    func touches(_ other: Box) -> Bool { abs(y - other.y) < 13 && x.overlaps(other.x) }
  }

  init(_ scene: StillScene, title: String) {
    self.scene = scene
    placeMoments()
    for server in 1...scene.looks.count { drawLane(server) }
    drawNetwork()
    for arrow in scene.arrows { draw(arrow) }
    drawNotes()
    for arrow in scene.arrows where !arrow.isBeat { label(arrow) }
    svg = page(title)
  }

  private func y(_ server: Int) -> Int { Self.top + 30 + (server - 1) * Self.gap }

  private var bottom: Int { y(scene.looks.count) + 52 }

  private func x(_ time: Int64) -> Int { places[time] ?? Self.left }

  // MARK: Time

  private mutating func placeMoments() {
    var x = Double(Self.left) + 14
    var last: Int64?
    var ticked = 0
    for moment in scene.moments {
      let pause = Double(moment - (last ?? moment)) / 1e6
      let shown = min(pause, Self.longestPause)
      if shown < pause {
        let middle = Int(x + shown * Self.pixelsPerMillisecond / 2)
        add("line", "break", "x1='\(middle)' y1='22' x2='\(middle)' y2='\(bottom)'")
        text("\(Int(pause.rounded())) ms later", middle, bottom + 14, "quiet middle")
      }
      x += shown * Self.pixelsPerMillisecond
      places[moment] = Int(x.rounded())
      if Int(x) >= ticked {
        let place = Int(x.rounded())
        add("line", "tick", "x1='\(place)' y1='22' x2='\(place)' y2='\(bottom)'")
        text(seconds(moment), place, 16, "quiet middle")
        ticked = place + 58
      }
      last = moment
    }
    let ends = scene.notes.map { Box($0.text, from: self.x($0.time), y: 0).x.upperBound + 8 }
    right = max(Int(x) + 90, ends.max() ?? 0)
  }

  private func seconds(_ time: Int64) -> String {
    let digits = String(time / 1_000_000 % 1000)
    let zeros = String(repeating: "0", count: 3 - digits.count)
    return "\(time / 1_000_000_000).\(zeros)\(digits) s"
  }

  // MARK: Lanes

  private mutating func drawLane(_ server: Int) {
    let looks = scene.looks[server - 1]
    let y = y(server)
    let first = looks.lastIndex { $0.time <= scene.span.lowerBound } ?? 0
    text("S\(server)", 8, y + 5, "name")
    for place in first..<looks.count where looks[place].time <= scene.span.upperBound {
      let look = looks[place]
      let start = place == first ? Self.left : x(look.time)
      let next = place + 1 < looks.count ? looks[place + 1].time : .max
      let end = next <= scene.span.upperBound ? x(next) : right - 24
      guard end > start else { continue }
      if look.lane != .down {
        add(
          "rect", "t\(look.term % 4)",
          "x='\(start)' y='\(y - 9)' width='\(end - start)' height='18'")
      }
      add("line", look.lane.rawValue, "x1='\(start)' y1='\(y)' x2='\(end)' y2='\(y)'")
      if place == first {
        text(look.lane.rawValue, 34, y - 1, "quiet")
        text("term \(look.term)", 34, y + 13, "quiet")
      }
    }
  }

  private mutating func drawNetwork() {
    for (time, words) in scene.network {
      add("line", "cut", "x1='\(x(time))' y1='22' x2='\(x(time))' y2='\(bottom)'")
      text(words, x(time) + 4, 32, "strong")
      taken.append(Box(words, from: x(time) + 4, y: 32))
    }
  }

  private mutating func drawNotes() {
    for note in scene.notes {
      let start = x(note.time)
      if note.text == "crashes" { cross(start, y(note.server)) }
      // Under the lane, in as many rows as it takes.
      for row in 0..<3 {
        let box = Box(note.text, from: start, y: y(note.server) + 23 + row * 13)
        guard !taken.contains(where: box.touches) else { continue }
        taken.append(box)
        text(note.text, start, box.y, note.text == "crashes" ? "strong" : "note")
        break
      }
    }
  }

  // MARK: Messages

  private func line(of arrow: StillScene.Arrow) -> (x1: Int, y1: Int, x2: Int, y2: Int) {
    let (x1, y1, x2, y2) = (x(arrow.start), y(arrow.from), x(arrow.end), y(arrow.to))
    // What is lost does not arrive; what is lost at once leaves its lane all the same.
    guard arrow.isLost else { return (x1, y1, x2, y2) }
    if x1 == x2 { return (x1, y1, x1 + 8, y1 + (y2 - y1) * 2 / 5) }
    return (x1, y1, x1 + (x2 - x1) * 4 / 5, y1 + (y2 - y1) * 4 / 5)
  }

  private func style(of arrow: StillScene.Arrow) -> String {
    if arrow.isBeat { return "beat" }
    switch arrow.message.kind {
    case .requestVote, .requestVoteReply: return "vote"
    case .appendEntries, .appendEntriesReply: return "append"
    }
  }

  private mutating func draw(_ arrow: StillScene.Arrow) {
    let (x1, y1, x2, y2) = line(of: arrow)
    let style = style(of: arrow)
    add(
      "line", style + (arrow.isReply ? " reply" : ""),
      "x1='\(x1)' y1='\(y1)' x2='\(x2)' y2='\(y2)'"
        + (arrow.isLost ? "" : " marker-end='url(#\(style))'"))
    if arrow.isLost { cross(x2, y2) }
  }

  /// On the arrow, wherever no other words are in the way.
  private mutating func label(_ arrow: StillScene.Arrow) {
    let labels = Deed.labels(arrow.message)
    let words = labels.count > 3 ? labels[2] : labels[1]
    let (x1, y1, x2, y2) = line(of: arrow)
    for share in [50, 35, 65, 25, 75] {
      let middle = x1 + (x2 - x1) * share / 100
      let place = y1 + (y2 - y1) * share / 100 + 4
      let box = Box(words, from: middle - words.count * 3, y: place)
      let isOnLane = (1...scene.looks.count).contains { abs(y($0) + 4 - place) < 16 }
      guard !isOnLane, !taken.contains(where: box.touches) else { continue }
      taken.append(box)
      return text(words, middle, place, style(of: arrow) + " middle")
    }
  }

  // MARK: Elements

  private mutating func cross(_ x: Int, _ y: Int) {
    add("path", "cross", "d='M\(x - 5) \(y - 5)l10 10m0 -10l-10 10'")
  }

  private mutating func add(_ tag: String, _ style: String, _ attributes: String) {
    elements.append("<\(tag) class='\(style)' \(attributes)/>")
  }

  private mutating func text(_ words: String, _ x: Int, _ y: Int, _ style: String) {
    elements.append("<text class='\(style)' x='\(x)' y='\(y)'>\(Self.escape(words))</text>")
  }

  private static func escape(_ words: String) -> String {
    words.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }.joined()
  }

  private func page(_ title: String) -> String {
    let height = bottom + 44
    let markers = ["vote", "append", "beat"].map {
      "<marker id='\($0)' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='8' markerHeight='8' "
        + "markerUnits='userSpaceOnUse' orient='auto'>"
        + "<path class='\($0) head' d='M0 1L10 5L0 9z'/></marker>"
    }
    let legend =
      "Thin: a follower. Dashed: a candidate. Thick: a leader. Dashed arrows are replies, grey "
      + "ones heartbeats; ✗ is lost."
    return
      (["<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(right) \(height)' role='img'>"]
      + ["<title>\(Self.escape(title))</title>", "<style>\(Self.style)</style>", "<defs>"]
      + markers
      + ["</defs>", "<rect class='ground' width='\(right)' height='\(height)' rx='6'/>"]
      + elements
      + ["<text class='quiet' x='8' y='\(height - 8)'>\(legend)</text>", "</svg>", ""])
      .joined(separator: "\n")
  }
}
