import Foundation
import Raft
import Simulator
import Sketches
import Testing
import Traces

@testable import Dashboard

/// A run of servers on a network that loses, repeats and delays, with two commands.
func trace(
  servers: Int = 3, seconds: Int = 1, seed: UInt64 = 1, plan: FaultPlan = .none
) throws -> Trace {
  var options = ClusterOptions()
  options.trace = .all
  options.conditions = .rough
  let outcome = try ClusterRun(
    Array(repeating: .server(ReplicationSketch.self), count: servers), seed: seed, plan: plan,
    duration: .zero, options: options
  ).outcome { cluster in
    await cluster.wait(atMost: .seconds(1)) { $0.liveness.agreement != nil }
    if let leader = cluster.liveness.agreement?.leader {
      _ = await cluster.propose("put colour blue", at: leader)
      _ = await cluster.propose("get colour", at: leader)
    }
    await cluster.run(for: .seconds(seconds))
  }
  let header = Trace.Header(chapter: 4, servers: servers, seed: seed, scenario: "none")
  return Trace(outcome.events, header: header)
}

private func page(of trace: Trace) -> String {
  String(decoding: Picture(of: trace).html, as: UTF8.self)
}

@Suite struct PictureTests {
  @Test func `a page fetches nothing`() throws {
    let page = try page(of: trace())
    for word in [
      "http:", "https:", "src=", "@import", "url(", "import(", "fetch(", "XMLHttpRequest",
      "WebSocket", "EventSource", "<link", "<iframe", "<img", "eval(", "innerHTML",
    ] { #expect(!page.contains(word), "\(word)") }
    #expect(page.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"))
    // The one address is a place in the page itself.
    #expect(page.components(separatedBy: "href=").count == 2)
    #expect(page.contains("href=\"#\""))
  }

  @Test func `a page is whole, and has nothing of its template left`() throws {
    let page = try page(of: trace())
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.hasSuffix("</html>\n"))
    for name in ["style", "script", "trace"] { #expect(!page.contains("{{\(name)}}")) }
    #expect(page.components(separatedBy: "</script>").count == 3)
    #expect(page.components(separatedBy: "</style>").count == 2)
  }

  @Test func `the trace can be taken from the page again`() throws {
    let trace = try trace()
    #expect(try written(in: page(of: trace)) == trace)
  }

  @Test func `a command cannot leave its place`() throws {
    var trace = try trace()
    var event = Trace.Event(at: 0, .submitted, 1)
    event.command = "</script><script>alert(1)//<!--"
    trace.events.append(event)
    let page = page(of: trace)
    #expect(!page.contains("<script>alert"))
    #expect(page.components(separatedBy: "</script>").count == 3)
    #expect(try written(in: page) == trace)
  }

  @Test func `fifty thousand events take less than ten megabytes`() throws {
    var trace = try trace(servers: 5, seconds: 100)
    #expect(trace.events.count > 50_000)
    trace.events = Array(trace.events.prefix(50_000))
    #expect(Picture(of: trace).html.count < 10_000_000)
  }

  private func written(in page: String) throws -> Trace {
    let mark = "<script type=\"application/json\" id=\"trace\">"
    let rest = try #require(page.components(separatedBy: mark).last)
    return try Trace(lines: Data(rest.components(separatedBy: "</script>")[0].utf8))
  }
}
