internal import Dashboard
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

  /// Opens a page, and says whether the desktop has taken it.
  func open(_ page: URL) async -> Bool {
    #if os(macOS)
      let opener = "open"
    #else
      let opener = "xdg-open"
    #endif
    let child = ChildProcess(
      executable: URL(fileURLWithPath: "/usr/bin/env"),
      arguments: [opener, page.isFileURL ? page.path : page.absoluteString],
      environment: environment)
    let end = try? await child.run(limit: .seconds(10)) { _ in }
    return end == .exited(0)
  }
}

extension LivePage {
  /// A page at a port; 0 is one that is free.
  ///
  /// - Throws: `Trouble`, where the port cannot be had.
  static func serving(
    _ scene: Scene, port: Int, command: @escaping Command
  ) throws -> LivePage {
    do {
      return try LivePage(
        scene, port: port, chance: SystemRandomNumberGenerator(), command: command)
    } catch let error where error.isAddressInUse {
      throw Trouble(
        "Another program has the port \(port). `--page` with another one, or none, helps.")
    } catch {
      throw Trouble("There is no page, since the system does not do its part: \(error).")
    }
  }
}
