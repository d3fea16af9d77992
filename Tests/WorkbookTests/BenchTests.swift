import Foundation
import Grading
import Platform
import Testing

@testable import workbook

/// How figures are shown, judged and written; what they are is `bench`'s to say.
@Suite struct BenchTests {
  private let machine = Machine(
    processor: "Abacus 7", cores: 2, memory: 25_276_502_016, system: "Debian 12")

  private var report: BenchReport {
    BenchReport(
      machine: machine, toolchain: "Swift 6.3.1", build: "debug",
      parts: [
        .init(
          title: "graders",
          figures: [
            Figure(
              "explorer", .init(number: 3.354, unit: "M jobs/s", digits: 2), wanted: .atLeast(1.4)),
            Figure("memory", .megabytes(123_400_000), wanted: .under(100)),
          ]),
        .init(
          title: "servers",
          figures: [
            Figure("one write", .milliseconds(0.71), .milliseconds(1.25, label: "99 %"))
          ]),
      ])
  }

  @Test func `the table names the machine, and judges what is wanted`() {
    #expect(
      report.lines(style: .plain) == [
        "Abacus 7, 2 cores, 25 GB, Debian 12. Swift 6.3.1, debug build.",
        "",
        "graders",
        "  ✓ explorer           3.35 M jobs/s   wanted: at least 1.40 M jobs/s",
        "  ✗ memory                    123 MB   wanted: under 100 MB",
        "",
        "servers",
        "  · one write   0.7 ms, 99 %: 1.2 ms",
      ])
  }

  @Test func `README gets the same table`() {
    #expect(
      report.markdown() == [
        "Abacus 7, 2 cores, 25 GB, Debian 12. Swift 6.3.1, debug build.",
        "",
        "| figure | measured | wanted |",
        "| --- | ---: | --- |",
        "| **graders** |  |  |",
        "| explorer | 3.35 M jobs/s | ✓ at least 1.40 M jobs/s |",
        "| memory | 123 MB | ✗ under 100 MB |",
        "| **servers** |  |  |",
        "| one write | 0.7 ms, 99 %: 1.2 ms |  |",
      ])
  }

  @Test func `README keeps the parts that were not measured now`() {
    let old = report.markdown().map { $0.replacingOccurrences(of: "3.35", with: "2.99") }
    let builds = BenchReport(
      machine: machine, toolchain: "Swift 6.3.1", build: "debug",
      parts: [.init(title: "builds", figures: [Figure("edit", .milliseconds(3_060))])])
    let both = builds.markdown(keeping: old)
    #expect(both == old + ["| **builds** |  |  |", "| edit | 3060.0 ms |  |"])
    #expect(report.markdown(keeping: both) == report.markdown() + both.suffix(2))
  }

  @Test func `README keeps no figures of another build under this one's name`() {
    let release = BenchReport(
      machine: machine, toolchain: "Swift 6.3.1", build: "release",
      parts: [.init(title: "builds", figures: [Figure("edit", .milliseconds(3_060))])])
    #expect(release.markdown(keeping: report.markdown()) == release.markdown())
  }

  @Test func `a program reads numbers, units and verdicts`() throws {
    let machine =
      #""machine":{"cores":2,"memory":25276502016,"processor":"Abacus 7","system":"Debian 12"}"#
    let explorer =
      #"{"isMet":true,"name":"explorer","values":[{"unit":"M jobs/s","value":3.354}],"#
      + #""wanted":"at least 1.40 M jobs/s"}"#
    let memory =
      #"{"isMet":false,"name":"memory","values":[{"unit":"MB","value":123.4}],"#
      + #""wanted":"under 100 MB"}"#
    let write =
      #"{"name":"one write","values":[{"unit":"ms","value":0.71},"#
      + #"{"label":"99 %","unit":"ms","value":1.25}]}"#
    #expect(
      try JSONText.encode(report)
        == #"{"build":"debug",\#(machine),"parts":[{"figures":[\#(explorer),\#(memory)],"#
        + #""title":"graders"},{"figures":[\#(write)],"title":"servers"}],"#
        + #""toolchain":"Swift 6.3.1"}"#)
  }

  @Test(arguments: [
    (Figure.Limit.under(2), 1.99, true), (.under(2), 2, false), (.atMost(2), 2, true),
    (.atMost(2), 2.01, false), (.atLeast(2), 2, true), (.atLeast(2), 1.99, false),
  ])
  func `a limit is met or not`(_ limit: Figure.Limit, _ number: Double, _ isMet: Bool) {
    #expect(Figure("x", .init(number: number, unit: "s"), wanted: limit).isMet == isMet)
  }

  @Test func `options that contradict each other are refused`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("bench --all --cluster") == 2)
    #expect(folder.errors.text.hasPrefix("--all measures what --cluster does as well.\n"))
  }

  @Test func `this machine has a name, a core and memory`() {
    let machine = Machine.current
    #expect(!machine.processor.isEmpty && !machine.system.isEmpty)
    #expect(machine.cores > 0 && machine.memory > 0)
  }

  @Test func `what fails is told by its errors, however much was printed after them`() {
    let noise = (1...50).map { "✔ Test \($0) passed" }
    let failed = "✘ Test hers() recorded an issue at Hers.swift:7"
    #expect(Bench.telling(["a.swift:1: error: none", failed] + noise).last == failed)
    #expect(Bench.telling(noise) == noise.suffix(20))
    #expect(Bench.telling(noise.map { "\($0): error: no" }).count == 20)
  }
}
