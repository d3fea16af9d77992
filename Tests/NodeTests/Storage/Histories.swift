import Foundation
import Raft

@testable import Node

/// Entries of `term` with these commands.
func entries(_ term: Int, _ commands: String...) -> [LogEntry] {
  commands.map { LogEntry(term: Term(term), command: Command($0)) }
}

/// What a server's persistent state was, save by save.
struct History {
  var states: [PersistentState] = []

  /// Promises, entries, truncations and several of them in one save, long commands and short ones.
  static let small: History = {
    var history = History()
    var state = PersistentState()
    func save(_ change: (inout PersistentState) -> Void) {
      change(&state)
      history.states.append(state)
    }
    save { $0.currentTerm = 1 }
    save { $0.votedFor = 2 }
    save { $0.log.append(contentsOf: entries(1, "put x 1", "", "put y zwölf")) }
    save { $0.log.append(contentsOf: entries(1, String(repeating: "long ", count: 30))) }
    save {
      $0.currentTerm = 4
      $0.votedFor = nil
      $0.log.truncate(after: 2)
      $0.log.append(contentsOf: entries(4, "put x 2"))
    }
    save { $0.log.truncate(after: 1) }
    save { $0.log.append(contentsOf: entries(4, "a", "b", "c")) }
    save {
      $0.log.truncate(after: 0)
      $0.log.append(contentsOf: entries(4, "from the start"))
    }
    return history
  }()

  /// As many saves, drawn by chance.
  static func random(_ saves: Int, seed: UInt64) -> History {
    var chance = Chance(seed)
    var history = History()
    var state = PersistentState()
    for _ in 0..<saves {
      switch chance.pick(6) {
      case 0:
        state.currentTerm = Term(state.currentTerm.number + 1 + chance.pick(3))
        state.votedFor = chance.pick(2) == 0 ? nil : ServerID(1 + chance.pick(5))
      case 1:
        state.log.truncate(after: LogIndex(chance.pick(state.log.lastIndex.number + 1)))
      default:
        for _ in 0...chance.pick(5) {
          let text = String(repeating: "\(chance.pick(10))", count: chance.pick(60))
          state.log.append(LogEntry(term: state.currentTerm, command: Command(text)))
        }
      }
      history.states.append(state)
    }
    return history
  }

  /// Saves everything in a folder, and tells how long the file was after each save.
  func save(in folder: URL) throws -> [Int] {
    let file = try LogFile(folder, of: 1)
    return try states.map { state in
      try file.save(state)
      return file.size
    }
  }
}
