public import Foundation
public import Traces

/// A trace as a page for a browser: one file, which fetches nothing.
///
/// The trace stands in the page as it stands in a file of its own, so that whatever reads traces
/// can take it from there. The program draws only what is in sight.
public struct Picture: Sendable {
  public let html: Data

  public init(of trace: Trace) {
    let script = [
      PackageResources.elements_js, PackageResources.trace_js, PackageResources.walk_js,
      PackageResources.picture_js, PackageResources.page_js,
    ]
    let parts: [String: Data] = [
      "style": Data(PackageResources.base_css + PackageResources.picture_css),
      "script": Data(script.joined()),
      "trace": Self.harmless(trace.lines),
    ]
    html = Template(PackageResources.picture_html).filled(with: parts)
  }

  /// The lines without "<", which could end the script that they stand in. In JSON it stands in
  /// strings alone, and there it may be written by its number.
  private static func harmless(_ lines: Data) -> Data {
    var result = Data(capacity: lines.count)
    for byte in lines {
      if byte == UInt8(ascii: "<") {
        result.append(contentsOf: "\\u003c".utf8)
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
