extension Command {
  /// Every command, in the order in which the help lists them.
  static let all: [Command] = [
    board, check, watch, hint, diff, reset, carry, explore, simulate, cluster, finale, soak,
    compose, room, certify, bench,
  ]
}
