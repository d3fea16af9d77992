internal import Contracts
internal import Raft

/// Reads the commits of one life of a server: the service that the cluster is there for.
///
/// At its own pace, in a task of its own, which the end of the life ends. So a consumer that stands
/// still shows whether anybody waits for it.
final class Consumer: @unchecked Sendable {
  /// The index of the last commit that it has read.
  private(set) var last: LogIndex = 0
  private var task: Task<Void, Never>?
  private var gate: UnsafeContinuation<Void, Never>?
  private var isOver = false

  func start(_ commits: AsyncStream<Commit>, of life: Incarnation) {
    task = life.cluster.spawn { [self] in
      for await commit in commits {
        while standsStill(life) { await waitForTheGate() }
        // A conversation may have committed it that nobody has looked at yet.
        if !isOver, life.cluster.lacks(commit) { await life.host?.lookNow() }
        guard !isOver else { return }
        take(commit, of: life)
        let pause = life.cluster.options.consumerPause
        guard pause > .zero else { continue }
        life.cluster.after(pause.nanoseconds) { [self] in goOn() }
        await waitForTheGate()
      }
    }
  }

  func end() {
    isOver = true
    task?.cancel()
    task = nil
    goOn()
  }

  /// Lets it go on if it stands still.
  func goOn() {
    gate?.resume()
    gate = nil
  }

  private func standsStill(_ life: Incarnation) -> Bool {
    !isOver && (life.seat.isConsumerBlocked || life.seat.isPaused)
  }

  private func waitForTheGate() async {
    await withUnsafeContinuation { gate = $0 }
  }

  private func take(_ commit: Commit, of life: Incarnation) {
    let before = last
    last = commit.index
    life.cluster.noteCommit(commit, of: life, after: before)
  }
}

extension Host {
  func readCommits() {
    guard let commands else { return }
    life.consumer.start(commands.commits(server), of: life)
  }
}

extension Cluster {
  /// Whether the invariants have not seen yet that this is committed.
  fileprivate func lacks(_ commit: Commit) -> Bool {
    options.checksInvariants && commit.index > invariants.commits.index
  }

  fileprivate func noteCommit(
    _ commit: Commit, of life: Incarnation, after last: LogIndex
  ) {
    record(.applied(life.id, commit))
    judge { $0.applied(commit, by: life.id, after: last) }
    wakeWaiters()
  }
}
