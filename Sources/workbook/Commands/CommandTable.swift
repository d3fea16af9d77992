extension Command {
  /// Every command, in the order in which the help lists them.
  static let all: [Command] = [
    board, check, watch, hint, diff, reset, carry, explore, simulate, search, cluster, finale, soak,
    compose, room, certify, bench,
  ]
}
