/// The word that somebody meant, if there is one close enough.
enum Suggestion {
  /// Of `known`, the nearest to `word`: at most two letters off, and at most a half of them.
  static func nearest(to word: String, among known: [String]) -> String? {
    let limit = min(2, max(1, word.count / 2))
    return known.map { (word: $0, distance: distance(word, $0)) }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.word
  }

  /// How many letters must be changed, added, dropped, or swapped with their neighbours.
  static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
