import Grading

#if CHAPTER_01
  import Chapter01
  import Solution01
#endif
#if CHAPTER_02
  import Chapter02
  import Solution02
#endif
#if CHAPTER_03
  import Chapter03
  import Solution03
#endif
#if CHAPTER_04
  import Chapter04
  import Solution04
#endif

/// The checks of a step on the code of `subject`, or nil where this build leaves the chapter out.
///
/// This is the one place that knows both the checks and the code that they judge.
///
/// - Parameter runs: how many more clusters the last step of a chapter plays than it always does.
func checks(on step: String, of chapter: Int, subject: Subject, runs: Int) -> [Check]? {
  switch (chapter, subject) {
  #if CHAPTER_01
    case (1, .learner): TasksChecks<Chapter01.State>.checks(on: step)
    case (1, .solution): TasksChecks<Solution01.State>.checks(on: step)
  #endif
  #if CHAPTER_02
    case (2, .learner): CounterChecks<Chapter02.State>.checks(on: step)
    case (2, .solution): CounterChecks<Solution02.State>.checks(on: step)
  #endif
  #if CHAPTER_03
    case (3, .learner):
      ElectionsChecks<Chapter03.State, Solution03.State>.checks(on: step, runs: runs)
    case (3, .solution):
      ElectionsChecks<Solution03.State, Solution03.State>.checks(on: step, runs: runs)
  #endif
  #if CHAPTER_04
    case (4, .learner):
      ReplicationChecks<Chapter04.State, Solution04.State>.checks(on: step, runs: runs)
    case (4, .solution):
      ReplicationChecks<Solution04.State, Solution04.State>.checks(on: step, runs: runs)
  #endif
  default: nil
  }
}
