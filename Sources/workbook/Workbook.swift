internal import Foundation
internal import Platform

/// The learner's command line. It links no chapter, so that it works when none compiles.
@main struct Workbook {
  static func main() async {
    let environment = ProcessInfo.processInfo.environment
    let screen = Screen.standard(environment: environment)
    Interrupts.endProcess {
      screen.endProgress()
      screen.endPanel()
    }
    let current = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let executable = Bundle.main.executableURL?.resolvingSymlinksInPath()
    let line = CommandLineReader(commands: Command.all, screen: screen)
    let code = await line.run(Array(CommandLine.arguments.dropFirst())) {
      Surroundings(
        root: try WorkbookRoot.find(from: current, executable: executable), screen: screen,
        environment: environment, executable: executable)
    }
    exit(code)
  }
}

/// Finds the command that a command line means, and runs it.
struct CommandLineReader {
  let commands: [Command]
  let screen: Screen

  /// Runs the command that `words` name; without any, the board.
  ///
  /// - Returns: the exit code.
  func run(
    _ words: [String], in surroundings: @Sendable () throws -> Surroundings
  ) async -> Int32 {
    do {
      if try showHelp(for: words) { return 0 }
      let command = try command(named: words.first.map { $0.hasPrefix("-") ? "" : $0 } ?? "")
      let arguments = try Arguments(
        Array(words.dropFirst(command.name.isEmpty ? 0 : 1)), for: command)
      return try await command.run(arguments, try surroundings())
    } catch let error as UsageError {
      screen.complain(error.text)
      return 2
    } catch is CancellationError {
      // Ctrl-C, and what had to be finished first is.
      return 130
    } catch {
      screen.complain("\(error)")
      return 1
    }
  }

  /// Shows a help text if one is asked for, in any of the ways in which people ask.
  private func showHelp(for words: [String]) throws -> Bool {
    let help = Help(commands: commands, style: screen.style)
    let asks = words.contains("--help") || words.contains("-h")
    guard asks || words.first == "help" else { return false }
    let topic = words.drop { $0 == "help" }.first { !$0.hasPrefix("-") }
    let isBoard = topic == nil
    screen.say(isBoard ? help.overview : help.text(of: try command(named: topic ?? "")))
    return true
  }

  private func command(named name: String) throws -> Command {
    if let command = commands.first(where: { $0.name == name }) { return command }
    let known = commands.map(\.name).filter { !$0.isEmpty } + ["help"]
    let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
    throw UsageError("There is no command '\(name)'.\(hint)")
  }
}
