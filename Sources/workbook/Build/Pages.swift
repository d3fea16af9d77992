internal import Foundation
internal import Platform

extension Surroundings {
  /// Says where a page is; and opens it, where there is a program that does.
  func show(_ page: URL, opening: Bool) async {
    let path =
      page.path.hasPrefix(root.path + "/")
      ? String(page.path.dropFirst(root.path.count + 1)) : page.path
    let isOpen = opening && environment["CI"] == nil ? await open(page) : false
    screen.say(["", isOpen ? "\(path) is open in your browser." : "Open \(path) in a browser."])
  }

  /// Whether the desktop has taken the page.
  private func open(_ page: URL) async -> Bool {
    #if os(macOS)
      let opener = "open"
    #else
      let opener = "xdg-open"
    #endif
    let child = ChildProcess(
      executable: URL(fileURLWithPath: "/usr/bin/env"), arguments: [opener, page.path],
      environment: environment)
    let end = try? await child.run(limit: .seconds(10)) { _ in }
    return end == .exited(0)
  }
}
