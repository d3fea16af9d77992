import Simulator

/// A counter that reads, waits and writes: the race that every test here is about.
actor RacyCounter {
  private(set) var value = 0

  func increment() async {
    let read = value
    await Task.yield()
    value = read + 1
  }

  func set(_ value: Int) { self.value = value }
}

/// A counter whose increment has no suspension inside.
actor Counter {
  private(set) var value = 0

  func increment() { value += 1 }
}

/// Lets `tasks` tasks at once read the counter, and then write one more; returns what it ends with.
///
/// Two calls and no yield, which would cost two jobs more and inflate the search.
@Sendable func race(_ tasks: Int) async -> Int {
  let counter = RacyCounter()
  await withDiscardingTaskGroup { group in
    for _ in 0..<tasks {
      group.addTask {
        let read = await counter.value
        await counter.set(read + 1)
      }
    }
  }
  return await counter.value
}

/// The same with the counter that is right.
@Sendable func count(_ tasks: Int) async -> Int {
  let counter = Counter()
  await withDiscardingTaskGroup { group in
    for _ in 0..<tasks { group.addTask { await counter.increment() } }
  }
  return await counter.value
}

/// A run that uses every construct that learners write, telling each step to the trace.
@Sendable func everything(_ simulation: Simulation) async throws {
  let counter = RacyCounter()
  let (stream, numbers) = AsyncStream<Int>.makeStream()
  async let consumer: Void = {
    for await number in stream { simulation.record("stream", "\(number)") }
  }()
  let loose = (0..<3).map { number in
    Task(priority: number.isMultiple(of: 2) ? .high : .background) {
      await counter.increment()
      numbers.yield(number)
    }
  }
  let detached = Task.detached { await counter.increment() }
  let victim = Task {
    do { try await simulation.clock.sleep(for: .seconds(9)) } catch {
      simulation.record("victim", "cancelled")
    }
  }
  await withTaskGroup(of: Int.self) { group in
    for number in 0..<4 {
      group.addTask {
        await counter.increment()
        try? await simulation.clock.sleep(for: .milliseconds(number % 2))
        return number
      }
    }
    for await number in group { simulation.record("group", "\(number)") }
  }
  victim.cancel()
  for task in loose { await task.value }
  await detached.value
  await victim.value
  await MainActor.run { simulation.record("main", "here") }
  numbers.finish()
  await consumer
  simulation.record("counter", "\(await counter.value)")
}
