internal import Dashboard
internal import Foundation
internal import Grading
internal import Platform
internal import Traces

/// Where what happens in a fleet is written, if somebody wants it: as a trace, and as a picture.
struct FleetRecord {
  private let trace, page: URL?
  private let surroundings: Surroundings

  /// How many events a picture has at most: the last ones.
  private static let mostDrawn = 50_000

  static let options: [Command.Option] = [
    .init("--trace", "FILE", "write every event as a line of JSON, when it is over"),
    .init("--html", "FILE", "draw the last 50,000 events on a page for a browser, likewise"),
  ]

  var isWanted: Bool { trace != nil || page != nil }

  /// - Throws: `Trouble`, where a file cannot be written: better now than when all is over.
  init(_ arguments: Arguments, in surroundings: Surroundings) throws {
    func file(_ option: String) throws -> URL? {
      guard let path = arguments.values[option] else { return nil }
      let file = URL(fileURLWithPath: path)
      guard FileManager.default.isWritableFile(atPath: file.deletingLastPathComponent().path) else {
        throw Trouble("\(path) cannot be written: the folder is missing, or read-only.")
      }
      return file
    }
    trace = try file("--trace")
    page = try file("--html")
    self.surroundings = surroundings
  }

  /// Runs the servers, and writes afterwards what happened, whatever came of it.
  ///
  /// - Throws: `CancellationError` after the first Ctrl-C, which ends the servers and not yet this
  ///   process.
  func run<Result: Sendable>(
    _ fleet: Fleet, seed: UInt64? = nil, isQuiet: Bool = false,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let work = Task { try await fleet.run(body) }
    if isWanted { Interrupts.first { work.cancel() } }
    let result = await work.result
    Interrupts.first(nil)
    do {
      try await write(fleet, seed, isQuiet)
    } catch {
      // What went wrong first is told first. Ctrl-C is nothing that went wrong.
      if !work.isCancelled { _ = try result.get() }
      throw error
    }
    if work.isCancelled { throw CancellationError() }
    return try result.get()
  }

  private func write(_ fleet: Fleet, _ seed: UInt64?, _ isQuiet: Bool) async throws {
    guard isWanted, let written = fleet.trace else { return }
    let writing = Progress("writing what happened …", on: surroundings.screen)
    defer { writing.end() }
    let whole = try written.merged(fleet.header(seed: seed))
    try write(whole.lines, to: trace)
    try write(page == nil ? Data() : Picture(of: whole.end(Self.mostDrawn)).html, to: page)
    guard !isQuiet else { return }
    if let trace {
      surroundings.screen.tell("\(whole.events.count) events are in \(trace.lastPathComponent).")
    }
    if let page { await surroundings.show(page, opening: false) }
  }

  private func write(_ data: Data, to file: URL?) throws {
    guard let file else { return }
    do { try data.write(to: file, options: .atomic) } catch {
      throw Trouble("\(file.path) cannot be written: the folder may be missing, or the disk full.")
    }
  }
}

extension Fleet {
  fileprivate func header(seed: UInt64?) -> Trace.Header {
    Trace.Header(
      chapter: plan.chapter.number, servers: plan.servers, seed: seed,
      scenario: "\(plan.servers) servers as processes")
  }
}
