internal import Foundation
internal import Grading

/// Commands in a file.
struct ClusterScript {
  let name: String
  let lines: [String]

  init(name: String, text: String) {
    self.name = name
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  init(file: String) throws {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw Trouble("\(file) cannot be read: there may be no such file, or it is no text.")
    }
    self.init(name: file, text: text)
  }

  /// Reads every line before anything is started.
  func check(servers: ClosedRange<Int>) throws {
    for (place, line) in lines.enumerated() {
      do {
        _ = try ClusterCommand(line, servers: servers)
      } catch {
        throw failure(error, at: place)
      }
    }
  }

  func failure(_ error: any Error, at place: Int) -> Trouble {
    let line = lines[place].trimmingCharacters(in: .whitespaces)
    return Trouble("\(name), line \(place + 1), `\(line)`: \(error)")
  }
}

/// Takes commands for a cluster, from a person or from a script, and shows what comes of them.
struct ClusterConsole: Sendable {
  let screen: Screen
  let isJSON: Bool
  private let session: ClusterSession

  private var fleet: Fleet { session.fleet }

  init(fleet: Fleet, screen: Screen, isJSON: Bool) {
    self.screen = screen
    self.isJSON = isJSON
    session = ClusterSession(fleet: fleet, style: screen.style)
  }

  /// Shows the servers while something is done with them: on a page in a browser, and at the top
  /// of a terminal.
  ///
  /// - Parameter port: of the page; nil means that there is none.
  func showing(
    _ port: Int?, inPanel wantsPanel: Bool, while body: () async throws -> Int32
  ) async throws -> Int32 {
    let page = try port.map { try ClusterPage(of: session, port: $0) }
    let panel = ClusterPanel(screen)
    let hasPanel = wantsPanel && screen.isInteractive && !isJSON
    let watch = FleetWatch(fleet) {
      page?.pause ?? 0.15
    } tell: { [panel] look in
      page?.show(look)
      if hasPanel { panel.show(look.servers.map(\.view)) }
    }
    if hasPanel { panel.show(watch.looks.map(\.view)) }
    if hasPanel || page != nil { watch.start() }
    defer {
      watch.end()
      page?.close()
      screen.endPanel()
    }
    if let page, !isJSON { screen.say("Watch and break them in a browser: \(page.address)") }
    return try await body()
  }

  /// Runs a script to its end, or to the first command that fails.
  func run(_ script: ClusterScript) async throws -> Int32 {
    for (place, line) in script.lines.enumerated() {
      try Task.checkCancellation()
      do {
        guard let command = try ClusterCommand(line, servers: fleet.servers) else { continue }
        if command == .quit { return 0 }
        if !isJSON { screen.say("> " + line.trimmingCharacters(in: .whitespaces)) }
        try show(line, try await session.run(command))
      } catch let trouble as Trouble {
        if isJSON { try show(line, [trouble.description], isOK: false) }
        throw script.failure(trouble, at: place)
      }
    }
    return 0
  }

  /// Takes lines until `quit`, or until there are no more.
  ///
  /// - Returns: 0; or 1 where nobody sat there to see that a command failed.
  func converse() async throws -> Int32 {
    if !isJSON { screen.tell(welcome, indent: 0) }
    var code: Int32 = 0
    screen.prompt()
    for await line in Self.typedLines() {
      do {
        if let command = try ClusterCommand(line, servers: fleet.servers) {
          if command == .quit { return code }
          try show(line, try await session.run(command))
        }
      } catch let trouble as Trouble {
        if !screen.isInteractive { code = 1 }
        if isJSON {
          try show(line, [trouble.description], isOK: false)
        } else {
          screen.complain(trouble.description)
        }
      }
      screen.prompt()
    }
    return code
  }

  private var welcome: String {
    let ports = fleet.clientPorts.map(String.init).joined(separator: ", ")
    let curl = "curl -L -X PUT -d blue http://127.0.0.1:\(fleet.clientPorts[0])/kv/colour"
    return "\(fleet.plan.servers) servers run, and take clients at the ports \(ports) of this "
      + "machine (`\(curl)`). `help` lists what you can type; `quit` ends it all."
  }

  private struct Result: Encodable {
    let command: String
    let ok: Bool
    let said: [String]
    let servers: [ServerView]
  }

  private func show(_ line: String, _ lines: [String], isOK: Bool = true) throws {
    guard isJSON else { return screen.say(lines.map { $0.hasPrefix("  ") ? $0 : "  " + $0 }) }
    screen.say(
      try JSONText.encode(
        Result(
          command: line.trimmingCharacters(in: .whitespaces), ok: isOK, said: lines,
          servers: fleet.servers.map(fleet.view(of:)))))
  }

  /// Lines of standard input, read on a thread of their own: reading blocks.
  private static func typedLines() -> AsyncStream<String> {
    AsyncStream { continuation in
      Thread {
        while let line = readLine() { continuation.yield(line) }
        continuation.finish()
      }.start()
    }
  }
}
