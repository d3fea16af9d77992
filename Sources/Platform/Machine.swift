internal import Foundation

#if canImport(Darwin)
  internal import Darwin
#endif

/// The machine that this process runs on, as far as measured times depend on it.
public struct Machine: Hashable, Codable, Sendable {
  /// The processor's name, or its architecture where it does not say.
  public let processor: String
  public let cores: Int
  /// In bytes.
  public let memory: UInt64
  public let system: String

  public init(processor: String, cores: Int, memory: UInt64, system: String) {
    self.processor = processor
    self.cores = cores
    self.memory = memory
    self.system = system
  }

  public static var current: Machine {
    let process = ProcessInfo.processInfo
    #if canImport(Darwin)
      let system = "macOS \(process.operatingSystemVersionString)"
    #else
      let system = process.operatingSystemVersionString
    #endif
    return Machine(
      processor: processorName ?? architecture, cores: process.activeProcessorCount,
      memory: process.physicalMemory, system: system)
  }

  private static var processorName: String? {
    #if canImport(Darwin)
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      // Only some architectures give a name here.
      let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      return lines.split(separator: "\n").first { $0.hasPrefix("model name") }?
        .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    #endif
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "arm64"
    #else
      "an architecture without a name"
    #endif
  }
}

extension Machine: CustomStringConvertible {
  public var description: String {
    let gigabytes = (memory + 500_000_000) / 1_000_000_000
    return "\(processor), \(cores) \(cores == 1 ? "core" : "cores"), \(gigabytes) GB, \(system)"
  }
}
