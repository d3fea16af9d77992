internal import Foundation

/// A page with places for what is put together when it is made: a name between two marks.
struct Template {
  private let text: String

  init(_ bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

  /// The page with each place filled. A place that has no part stays empty.
  func filled(with parts: [String: Data]) -> Data {
    var page = Data()
    for (place, piece) in text.split(separator: /\{\{|\}\}/).enumerated() {
      if place.isMultiple(of: 2) {
        page.append(contentsOf: piece.utf8)
      } else if let part = parts[String(piece)] {
        page.append(part)
      }
    }
    return page
  }
}
