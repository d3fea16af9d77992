public import Foundation

extension Examiner {
  /// The examiner for a test target of this package.
  ///
  /// - Parameters:
  ///   - anchor: a class of the test target, by which its bundle is found on macOS.
  ///   - file: a file that stands two folders below the workbook's, as Tests/SomeTests/File.swift.
  public static func forTests(anchor: AnyClass, file: String = #filePath) -> Examiner {
    #if os(macOS)
      let products = Bundle(for: anchor).bundleURL.deletingLastPathComponent()
    #else
      let products = Bundle.main.bundleURL
    #endif
    return Examiner(runner: products.appendingPathComponent("runner"), root: root(file: file))
  }

  /// The workbook's folder, for a file that stands two folders below it.
  public static func root(file: String = #filePath) -> URL {
    URL(fileURLWithPath: file)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }
}
