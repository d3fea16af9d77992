import Contracts
import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct ClusterCommandTests {
  @Test(arguments: [
    ("kill 3", ClusterCommand.kill(.servers([3]))),
    ("  kill  S3, 4 ", .kill(.servers([3, 4]))),
    ("kill leader", .kill(.leader)),
    ("restart 3", .restart(.servers([3]))),
    ("pause leader", .pause(.leader)),
    ("resume 1 2", .resume(.servers([1, 2]))),
    ("cut 1,2 | 3,4,5", .cut([.servers([1, 2]), .servers([3, 4, 5])])),
    ("cut 1,2|3", .cut([.servers([1, 2]), .servers([3])])),
    ("cut leader", .cut([.leader])),
    ("heal", .heal),
    ("slow 3 200", .slow(.servers([3]), milliseconds: 200)),
    ("slow S3, 4 0", .slow(.servers([3, 4]), milliseconds: 0)),
    ("slow leader 10000", .slow(.leader, milliseconds: 10_000)),
    ("elect 3", .elect(.servers([3]))),
    ("put colour dark  blue ", .store(.put(key: "colour", value: "dark  blue"))),
    ("put größe 12 µm", .store(.put(key: "größe", value: "12 µm"))),
    ("get colour", .store(.get(key: "colour"))),
    ("delete colour", .store(.delete(key: "colour"))),
    ("log leader", .log(.leader)), ("status", .status), ("wait leader", .waitForLeader),
    ("help", .help), ("quit", .quit),
  ])
  func `a line is read`(_ line: String, _ command: ClusterCommand) throws {
    #expect(try ClusterCommand(line, servers: 1...5) == command)
  }

  @Test(arguments: ["", "   ", "# a comment", "  # another"])
  func `nothing is no mistake`(_ line: String) throws {
    #expect(try ClusterCommand(line, servers: 1...5) == nil)
  }

  @Test(arguments: [
    ("klil 3", "There is no command `klil`. Did you mean `kill`?"),
    ("frobnicate", "There is no command `frobnicate`. `help` lists what there is."),
    ("kill", "`kill` needs a server, such as `kill 5`."),
    ("kill 6", "'6' is no server. They are numbered from 1 to 5."),
    ("kill three", "'three' is no server. They are numbered from 1 to 5."),
    ("restart leader", "'leader' is no server. They are numbered from 1 to 5."),
    ("cut 1,2 | 2,3", "A server stands on one side of a cut: `cut 1,2 | 3,4,5`."),
    ("cut 1 |", "`cut` needs a server, such as `cut 5`."),
    ("slow", "`slow` needs a server and milliseconds: `slow 5 200`."),
    ("slow 3", "`slow` needs a server and milliseconds: `slow 5 200`."),
    ("slow 3 fast", "'fast' is no number of milliseconds from 0 to 10000: `slow 5 200`."),
    ("slow 3 -1", "'-1' is no number of milliseconds from 0 to 10000: `slow 5 200`."),
    ("slow 6 200", "'6' is no server. They are numbered from 1 to 5."),
    ("elect", "`elect` needs a server, such as `elect 5`."),
    ("elect leader", "'leader' is no server. They are numbered from 1 to 5."),
    ("put colour", "`put` needs a key and a value: `put colour blue`."),
    ("get", "`get` needs a key: `get colour`."),
    ("wait", "`wait` waits for one thing: `wait leader`."),
    ("status 3", "`status` stands alone on its line."),
  ])
  func `a line that is not understood says what would be`(
    _ line: String, _ message: String
  ) throws {
    #expect(throws: Trouble(message)) { try ClusterCommand(line, servers: 1...5) }
  }

  @Test func `every command of the list is one`() throws {
    for line in ClusterCommand.all {
      #expect(try ClusterCommand(line.head, servers: 1...5) != nil, "\(line.head)")
    }
  }

  @Test func `a script is read to its end before anything is started`() {
    let script = ClusterScript(name: "play", text: "# first\nwait leader\n\n  kill 9\nklil 2\n")
    #expect(
      throws: Trouble("play, line 4, `kill 9`: '9' is no server. They are numbered from 1 to 5.")
    ) { try script.check(servers: 1...5) }
    #expect(
      throws: Trouble("play, line 5, `klil 2`: There is no command `klil`. Did you mean `kill`?")
    ) { try script.check(servers: 1...9) }
  }

  @Test func `a script that is not there is told`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("cluster --script \(folder.url.path)/none") == 1)
    #expect(folder.errors.text.contains("/none cannot be read"))
  }

  @Test(arguments: ["cluster --trace", "finale --html", "soak --trace"])
  func `a file that cannot be written is told before anything is started`(
    _ line: String
  ) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("\(line) /nowhere/file") == 1)
    #expect(
      folder.errors.text.contains(
        "/nowhere/file cannot be written: the folder is missing, or read-only."))
  }

  @Test(arguments: [
    ("cluster --servers 10", "--servers takes a whole number from 1 to 9, and '10' is none."),
    ("cluster --chapter 2", "--chapter takes a whole number from 3 to 4, and '2' is none."),
    ("finale --servers 2", "--servers takes a whole number from 3 to 9, and '2' is none."),
    ("finale --chapter 3", "--chapter takes a whole number from 4 to 4, and '3' is none."),
    ("soak --seconds 0", "--seconds takes a whole number from 1 to 3600, and '0' is none."),
    ("soak --seed x", "--seed takes a whole number from 0, and 'x' is none."),
    ("compose", "'compose' needs the number of servers, such as 5."),
    ("compose many", "'many' is no number of servers from 1 to 9."),
  ])
  func `an option that makes no sense is told`(_ line: String, _ message: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type(line) == 2)
    let command = line.prefix { $0 != " " }
    #expect(folder.errors.text == "\(message)\n  swift run workbook help \(command)\n")
  }

  @Test func `the table shows what is known`() {
    let views = [
      ServerView(server: 1, state: "leader", term: 12, commit: 7, applied: 7, last: 9),
      ServerView(server: 2, state: "killed"),
    ]
    #expect(
      ClusterTable.lines(views, style: .plain) == [
        "  server  state          term   commit  applied     last",
        "  S1      leader           12        7        7        9",
        "  S2      killed            –        –        –        –",
      ])
  }
}
