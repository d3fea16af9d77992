internal import Raft
internal import Simulator
public import Traces

/// A run of a cluster that was played to be shown: as a story, as a diagram, as a trace.
public struct ToldRun: Sendable {
  let title: String
  public let trace: Trace
  let outcome: ClusterOutcome
  /// What there is to say in the end, of clients for instance.
  let remarks: [String]
  /// What was wrong, if the scenario found something.
  let problem: String?

  /// One line per thing worth telling; the last lines say how it ended.
  public func story(width: Int) -> [String] {
    framed(ClusterStory.lines(outcome.events, width: width), width: width)
  }

  /// Time down, a lane for each server, messages across; the last lines say how it ended.
  public func diagram(width: Int) -> [String] {
    framed(Diagram(trace).lines(width: width) + ["", Diagram.legend], width: width)
  }

  private func framed(_ lines: [String], width: Int) -> [String] {
    let logs = outcome.logs
    var end = logs.rows.allSatisfy(\.log.isEmpty) ? [] : logs.lines(width: width) + [""]
    end += remarks
    if !outcome.broken.isEmpty || !outcome.misuses.isEmpty {
      end.append("That must not happen, and the run ends here.")
    } else if let problem {
      end.append(problem)
    } else if let agreement = outcome.liveness.agreement {
      end.append("In the end \(agreement.leader) leads term \(agreement.term).")
    } else {
      end.append("In the end nobody leads.")
    }
    return [title, ""] + lines + [""] + end
  }
}
