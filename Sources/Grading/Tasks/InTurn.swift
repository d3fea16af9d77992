internal import Contracts
internal import Simulator

/// 1.1: one file after another.
extension TasksChecks {
  static var inTurn: [Check] {
    [
      Check(
        "1.1.contents", "Every file asked for is read once, and its contents are returned.",
        section: "chapter 1, in turn", calling: #"readInTurn(["a", "b", "c"])"#
      ) { rule in
        try underSeeds(3) { simulation in
          let world = TasksWorld(simulation)
          let contents = try await world.makeState(State.self).readInTurn(["a", "b", "c"])
          let expected = ["a", "b", "c"].map(SimulatedFiles.contents)
          guard contents == expected else {
            throw rule.broken(
              "The contents are not those of the three files.",
              [Fact("it said", "\(contents)")], reference: "\(expected)")
          }
        }
      }
    ]
  }

  static var atOnce: [Check] { [] }
}
