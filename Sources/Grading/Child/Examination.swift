internal import Contracts
internal import Foundation
internal import Platform
internal import Simulator
public import Traces

/// The child's side of grading: one step's checks, in order, up to the first broken rule.
public enum Examination {
  /// Runs `checks` and ends the process. Whatever the code under test does, the report stays.
  ///
  /// - Parameter draw: makes a picture of a run that broke a rule, and says where it is.
  public static func run(
    _ checks: [Check], reportPath: String, draw: (Trace) -> String? = { _ in nil }
  ) -> Never {
    precondition(!checks.isEmpty, "a step without checks would pass whatever it holds")
    guard let report = try? ReportWriter(path: reportPath) else {
      FileHandle.standardError.write(Data("cannot write the report \(reportPath)\n".utf8))
      exit(74)
    }
    Todo.onReached { heading, path, line in
      report.add(.unwritten(heading: heading, path: path, line: line))
      _exit(0)
    }
    for check in checks {
      if let preparation = check.preparation {
        report.add(.preparing)
        // What goes wrong on the way is for the step to say whose rule that is.
        try? preparation()
      }
      report.add(.checking(check.rule, call: check.call))
      if let line = outcome(of: check, { report.add(.failed($0)) }, draw) {
        report.add(line)
        exit(0)
      }
    }
    report.add(.passed(peakMemory: ProcessGuard.peakMemory))
    exit(0)
  }

  /// The line for the report if the rule is broken; nil if it is kept.
  ///
  /// - Parameter note: told a finding that may still become shorter: the learner's code runs for
  ///   that once more, and whatever it does then, this much is known.
  private static func outcome(
    of check: Check, _ note: (Finding) -> Void, _ draw: (Trace) -> String?
  ) -> ReportLine? {
    do {
      try check.run()
      return nil
    } catch let found as ClusterFinding {
      note(found.finding)
      var finding = (try? found.shrink()) ?? found.finding
      finding.picture = finding.recording.flatMap(draw)
      return .failed(finding)
    } catch var finding as Finding {
      finding.picture = finding.recording.flatMap(draw)
      return .failed(finding)
    } catch SimulationError.stuck(let time) {
      return .stuck(Messages.neverCameBack(check, after: time))
    } catch let error as SimulationError {
      return .stuck(Finding(check.rule, error.description))
    } catch let leak as LeakFound {
      return .failed(Messages.leaked(leak.leak, in: check))
    } catch {
      return .failed(Messages.threw(error, in: check))
    }
  }
}
