internal import Foundation

extension LivePage {
  /// What a live page is about: whose servers it shows, and what can be done to them.
  public enum Scene: Sendable {
    /// Servers that run as processes. Its state has `servers`, as they are now.
    case cluster
    /// A run that is over, and is looked at moment by moment. Its state has the number of the
    /// `run` whose trace the page offers, and the `trouble` with the last one, if there was any.
    case simulation
  }
}

extension LivePage.Scene {
  /// What the page is made of, by the places of its template.
  var parts: [String: Data] {
    let shared = PackageResources.elements_js
    let drawing = PackageResources.ring_js + PackageResources.logs_js + PackageResources.live_js
    var parts = ["style": Data(PackageResources.base_css + PackageResources.live_css)]
    switch self {
    case .cluster:
      parts["title"] = Data("A Raft cluster, live".utf8)
      parts["controls"] = Self.controls(PackageResources.cluster_html)
      parts["form"] = Data(PackageResources.store_html)
      parts["script"] = Data(shared + drawing + PackageResources.cluster_js)
    case .simulation:
      let walking = PackageResources.trace_js + PackageResources.walk_js
      parts["title"] = Data("A simulated Raft cluster".utf8)
      parts["controls"] = Self.controls(PackageResources.simulation_html)
      parts["form"] = Data(PackageResources.put_html)
      parts["more"] = Data(PackageResources.happens_html)
      parts["script"] = Data(
        shared + walking + drawing + PackageResources.moment_js + PackageResources.simulation_js)
    }
    return parts
  }

  private static func controls(_ template: [UInt8]) -> Data {
    Template(template).filled(with: ["deeds": Data(PackageResources.deeds_html)])
  }
}
