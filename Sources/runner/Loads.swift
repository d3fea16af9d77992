import Foundation
import Node
import Platform

/// Writes to a cluster as many clients at once, and says how fast it was, in a line of JSON.
enum Loads {
  static let usage = """
    usage: runner load --servers HOST:PORT,HOST:PORT,… [--clients 100] [--seconds 5] [--size 256]
    """

  /// - Parameter arguments: what stands behind `load`.
  static func run(_ arguments: [String]) -> Never {
    ProcessGuard.endAfterParent()
    ProcessGuard.allowManyFiles()
    do {
      let plan = try plan(arguments)
      let loop = try EventLoop()
      let load = Load(plan, on: loop)
      load.run { figures in
        print(figures.line)
        exit(figures.acknowledged > 0 ? 0 : 1)
      }
      loop.run()
      exit(0)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n\(usage)\n".utf8))
      exit(64)
    }
  }

  private static func plan(_ arguments: [String]) throws -> LoadPlan {
    var values: [String: String] = [:]
    for place in stride(from: 0, to: arguments.count - 1, by: 2) {
      values[arguments[place]] = arguments[place + 1]
    }
    let names = ["--servers", "--clients", "--seconds", "--size"]
    guard arguments.count % 2 == 0, values.keys.allSatisfy(names.contains) else {
      throw ArgumentProblem("The arguments are pairs of a name and a value.")
    }
    func number(_ name: String, or standard: Int, upTo most: Int) throws -> Int {
      guard let text = values[name] else { return standard }
      guard let number = Int(text), (1...most).contains(number) else {
        throw ArgumentProblem("\(name) is a number from 1 to \(most).")
      }
      return number
    }
    let servers = (values["--servers"] ?? "").split(separator: ",")
      .map { SocketAddress(String($0)) }
    guard !servers.isEmpty, !servers.contains(nil) else {
      throw ArgumentProblem("--servers is like 127.0.0.1:8101,127.0.0.1:8102.")
    }
    var plan = LoadPlan(servers: servers.compactMap(\.self))
    plan.clients = try number("--clients", or: plan.clients, upTo: 4_000)
    plan.duration = Int64(try number("--seconds", or: 5, upTo: 600)) * 1_000_000_000
    plan.size = try number("--size", or: plan.size, upTo: 1 << 20)
    return plan
  }
}
