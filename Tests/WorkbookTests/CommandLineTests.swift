import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct CommandLineTests {
  /// What stands on the error side after a command line that is not understood.
  @Test(arguments: [
    ("chekc 1", "There is no command 'chekc'. Did you mean 'check'?\n  swift run workbook help\n"),
    ("frobnicate", "There is no command 'frobnicate'.\n  swift run workbook help\n"),
    (
      "check 7",
      "There is no chapter 7. Chapters: 1 Tasks, 2 Counter, 3 Elections, 4 Replication.\n  swift run workbook help check\n"
    ),
    (
      "check 1.11",
      "There is no step 1.11. Chapter 1 has the steps 1.1 to 1.10.\n"
        + "  swift run workbook help check\n"
    ),
    (
      "check one",
      "'one' is neither a chapter, such as 1, nor a step, such as 1.3.\n"
        + "  swift run workbook help check\n"
    ),
    (
      "check",
      "'check' needs a chapter, such as 1, or a step, such as 1.3.\n"
        + "  swift run workbook help check\n"
    ),
    (
      "check 1 --jsno",
      "'check' has no option '--jsno'. Did you mean '--json'?\n  swift run workbook help check\n"
    ),
    ("--verbose", "The board has no option '--verbose'.\n  swift run workbook help\n"),
    ("check 1 2", "'2' is one word too many.\n  swift run workbook help check\n"),
    (
      "check 3.7 --runs 9",
      "--runs is for the clusters of 3.8 and 4.10.\n  swift run workbook help check\n"
    ),
    ("check 1 --json=yes", "--json takes no value.\n  swift run workbook help check\n"),
    ("hint 1.1 --level", "--level needs a value: --level L.\n  swift run workbook help hint\n"),
    (
      "hint 1.1 --level 4",
      "--level takes a whole number from 1 to 3, and '4' is none.\n"
        + "  swift run workbook help hint\n"
    ),
    (
      "certify 1.2",
      "'certify' takes a whole chapter: 1, not 1.2.\n  swift run workbook help certify\n"
    ),
    (
      "simulate 2 --live",
      "--live is for chapters 3 and 4.\n  swift run workbook help simulate\n"
    ),
    (
      "simulate 3 --live --diagram",
      "--live is a page of its own: leave out --diagram.\n  swift run workbook help simulate\n"
    ),
    (
      "simulate 1 --by-hand heal",
      "--by-hand is for chapters 3 and 4.\n  swift run workbook help simulate\n"
    ),
    (
      "simulate 3 --lose 9-7",
      "--lose takes numbers of messages, as 9,12-14, and not '9-7'.\n"
        + "  swift run workbook help simulate\n"
    ),
    ("simulate 3 --page 0", "--page is for --live.\n  swift run workbook help simulate\n"),
    (
      "help chekc",
      "There is no command 'chekc'. Did you mean 'check'?\n  swift run workbook help\n"
    ),
  ])
  func `a line that is not understood says why and where to read on`(
    _ line: String, _ message: String
  ) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type(line) == 2)
    #expect(folder.errors.text == message)
    #expect(folder.output.text == "")
  }

  @Test func `help names every command`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    for line in ["help", "--help", "-h"] { #expect(await folder.type(line) == 0) }
    for command in Command.all where !command.name.isEmpty {
      #expect(folder.output.text.contains("\n  \(command.name) "))
      #expect(folder.output.text.contains(command.summary))
    }
    #expect(folder.errors.text == "")
  }

  @Test(arguments: Command.all.map(\.name).filter { !$0.isEmpty })
  func `every command explains itself`(_ name: String) async throws {
    for line in ["help \(name)", "\(name) --help", "\(name) -h", "--help \(name)"] {
      let folder = try Folder()
      defer { folder.remove() }
      #expect(await folder.type(line) == 0)
      for part in ["Usage: swift run workbook \(name)", "Options\n", "Examples\n", "Exit codes\n"] {
        #expect(folder.output.text.contains(part), "\(line) shows \(part)")
      }
    }
  }

  @Test func `a help text fits a narrow screen`() throws {
    let help = Help(commands: Command.all, style: Style(width: 40, isColoured: false))
    for command in Command.all {
      for line in help.text(of: command) + help.overview {
        #expect(line.count <= 40, "\(line)")
      }
    }
  }

  @Test func `a value stands after a space or after an equals sign`() throws {
    let command = try #require(Command.all.first { $0.name == "hint" })
    let spaced = try Arguments(["1.1", "--level", "2"], for: command)
    let joined = try Arguments(["--level=2", "1.1"], for: command)
    #expect(spaced == joined)
    #expect(try spaced.number("--level", in: 1...3) == 2)
    #expect(try spaced.target().step?.number == "1.1")
  }

  @Test(arguments: [
    ("chekc", "check"), ("hnit", "hint"), ("rest", "reset"), ("dif", "diff"), ("wacth", "watch"),
  ])
  func `a suggestion forgives two letters`(_ word: String, _ meant: String) {
    #expect(Suggestion.nearest(to: word, among: Command.all.map(\.name) + ["help"]) == meant)
  }

  @Test func `a suggestion does not guess`() {
    #expect(Suggestion.nearest(to: "x", among: ["check"]) == nil)
    #expect(Suggestion.nearest(to: "simulation", among: ["check", "hint"]) == nil)
  }
}

@Suite struct RootTests {
  @Test func `the root is found from below it`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let below = folder.url.appendingPathComponent("Chapters/01-Tasks")
    #expect(try WorkbookRoot.find(from: below, executable: nil).path == folder.url.path)
    #expect(try WorkbookRoot.find(from: folder.url, executable: nil).path == folder.url.path)
  }

  @Test func `or from the program`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let program = folder.url.appendingPathComponent(".build/debug/workbook")
    let elsewhere = URL(fileURLWithPath: "/")
    #expect(try WorkbookRoot.find(from: elsewhere, executable: program).path == folder.url.path)
  }

  @Test func `or not at all`() {
    let error = #expect(throws: Trouble.self) {
      try WorkbookRoot.find(from: URL(fileURLWithPath: "/"), executable: nil)
    }
    #expect(
      error?.description
        == "This is not inside a workbook: no folder above / holds Package.swift, Chapters and "
        + "Solutions. Go to the folder that you cloned, and type the command there.")
  }
}
