import Contracts
import Foundation
import Platform
import Simulator
import Testing

@testable import workbook

@Suite struct ClientTests {
  @Test(arguments: [
    (KeyValue.Operation.get(key: "a b"), "GET", "/kv/a%20b", ""),
    (.put(key: "größe/?#", value: "µ"), "PUT", "/kv/gr%C3%B6%C3%9Fe%2F%3F%23", "µ"),
    (.delete(key: "a"), "DELETE", "/kv/a", ""),
    (.compareAndSet(key: "a", expected: "x y", value: "z"), "PUT", "/kv/a?expect=x%20y", "z"),
    (.compareAndSet(key: "a", expected: nil, value: "z"), "PUT", "/kv/a?absent", "z"),
  ])
  func `an operation is asked for by HTTP`(
    _ operation: KeyValue.Operation, _ method: String, _ target: String, _ body: String
  ) {
    let request = Request(operation)
    #expect(request.method == method)
    #expect(request.target == target)
    #expect(request.body == body)
  }

  private func meaning(
    _ operation: KeyValue.Operation, _ status: Int, _ body: String
  ) -> StoreClient.Reply {
    Request(operation).meaning(
      of: NodeClient.Reply(status: status, redirect: nil, body: Data(body.utf8)), from: "S1")
  }

  @Test func `what did not happen is told apart from what nobody knows`() {
    let get = KeyValue.Operation.get(key: "a")
    let put = KeyValue.Operation.put(key: "a", value: "1")
    let swap = KeyValue.Operation.compareAndSet(key: "a", expected: "1", value: "2")
    #expect(meaning(put, 200, #"{"outcome":"ok"}"#) == .answered(.done))
    #expect(meaning(get, 200, #"{"outcome":"ok","value":"1"}"#) == .answered(.value("1")))
    #expect(meaning(get, 404, #"{"outcome":"ok","value":null}"#) == .answered(.value(nil)))
    #expect(
      meaning(swap, 200, #"{"outcome":"ok","swapped":true}"#) == .answered(.swapped(true)))
    #expect(
      meaning(put, 503, #"{"outcome":"refused","leader":null,"error":"later"}"#)
        == .refused("later"))
    #expect(meaning(put, 501, #"{"error":"no store"}"#) == .rejected("no store"))
    #expect(meaning(put, 504, #"{"outcome":"unknown","error":"?"}"#) == .unknown("?"))
    #expect(meaning(put, 500, "") == .unknown("S1 answered with status 500."))
    #expect(meaning(put, 200, "{") == .unknown("S1 answered with status 200."))
  }

  @Test func `the head of a reply is read once it is whole`() throws {
    let text =
      "HTTP/1.1 307 Temporary Redirect\r\ncontent-length: 2\r\n"
      + "Location: http://127.0.0.1:8102/kv/a\r\nConnection: close\r\n\r\n"
    #expect(ReplyHead.read(Array(text.utf8.dropLast())) == nil)
    let (head, size) = try #require(ReplyHead.read(Array((text + "{}").utf8)))
    #expect(head == ReplyHead(status: 307, length: 2, redirect: 8102, keepsAlive: false))
    #expect(size == text.utf8.count)
  }

  @Test func `nobody is sent on to another machine`() throws {
    let text = "HTTP/1.1 307 x\r\nLocation: http://192.0.2.1:80/kv/a\r\n\r\n"
    #expect(ReplyHead.read(Array(text.utf8))?.0.redirect == nil)
  }

  @Test func `a port is given once, also where nobody has taken it yet`() throws {
    let all = try (1...5).flatMap { _ in
      var chance = SeededGenerator(seed: 2)
      return try #require(LoopbackPort.free(4, using: &chance))
    }
    #expect(Set(all).count == 20)
  }

  @Test func `where nobody listens, nothing has happened`() throws {
    var chance = SeededGenerator(seed: 1)
    let ports = try #require(LoopbackPort.free(1, using: &chance))
    let client = StoreClient(ports: ports)
    #expect(
      client.attempt(.put(key: "a", value: "1"), limit: .seconds(5)) == .refused("S1 is not there.")
    )
  }
}
