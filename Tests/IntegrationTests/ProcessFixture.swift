import Foundation
import LinuxIO
import Testing

@testable import Jobs

/// What `process --json` prints.
struct RunReport: Decodable {
    struct Failure: Decodable {
        var source: String
        var code: String
        var message: String
        var before: Bool
    }
    var total: Int
    var published: Int
    var unchanged: Int
    var quarantined: Int
    var superseded: Int
    var renditions: Int
    var interrupted: Bool
    var others: [String: Int]
    var othersRule: String
    var codes: [String: Int]
    var failures: [Failure]
}

extension FinishedProgram {
    /// The summary on standard output; it must add up.
    func report() throws -> RunReport {
        // Where pictures are classified, a line for each of them comes first.
        let isLines = outputBytes.first == UInt8(ascii: "{") && outputBytes.dropFirst().first != UInt8(ascii: "\n")
        let summary = isLines ? outputBytes.split(separator: UInt8(ascii: "\n")).last.map(Array.init) : nil
        let report = try JSONDecoder().decode(RunReport.self, from: Data(summary ?? outputBytes))
        let others = report.others.values.reduce(0, +)
        #expect(report.total == report.published + report.unchanged + report.quarantined + report.superseded + others)
        #expect(report.codes.values.reduce(0, +) == report.quarantined)
        return report
    }
}

extension Scratch {
    /// Two small renditions, made in no time.
    static let quickPipeline = """
        version: 1
        renditions:
          small: { resize: { width: 32 }, format: jpeg, quality: 80 }
          tiny: { resize: { width: 16 }, format: png }
        metadata: { keep: none }
        """

    /// One rendition that takes a worker a good while, from however small a picture.
    static let slowPipeline = """
        version: 1
        renditions:
          big: { resize: { width: 500, enlarge: true }, format: webp, lossless: true, effort: 4 }
          tiny: { resize: { width: 16 }, format: png }
        metadata: { keep: none }
        """

    /// Writes a pipeline and runs it over `in` into `out`, with `--json`.
    func process(
        _ more: String..., pipeline: String = Scratch.quickPipeline, environment: [String: String?] = [:]
    ) async throws -> FinishedProgram {
        let arguments = try processArguments(pipeline: pipeline) + ["--json"] + more
        return try await runProgram(BuiltPrograms.sluice, arguments, environment: environment)
    }

    func processArguments(pipeline: String = Scratch.quickPipeline, out: String = "out") throws -> [String] {
        try write(text: pipeline, to: "pipeline.yaml")
        return ["process", "\(path)/in", "--pipeline", "\(path)/pipeline.yaml", "--out", "\(path)/\(out)"]
    }

    /// Looks whether the outbox is exactly what its sidecars tell: every rendition there in its size, with its digest,
    /// in its dimensions; nothing else; nothing left in staging.
    /// - Returns: the sidecars by their sources' paths.
    func verifiedOutbox(
        _ out: String = "out", foreign: Set<String> = [], states: [String] = [".sluice"]
    ) throws -> [String: Sidecar] {
        let files = try snapshot(below: out)
        var sidecars: [String: Sidecar] = [:]
        var expected = foreign
        for name in files.keys where name.hasSuffix(".json") && !foreign.contains(name) {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(read("\(out)/\(name)")))
            #expect(sidecars[sidecar.source.path] == nil, "two sidecars of \(sidecar.source.path)")
            #expect(name == "\(sidecar.source.path).json")
            sidecars[sidecar.source.path] = sidecar
            expected.insert(name)
            for file in sidecar.files {
                expected.insert(file.path)
                #expect(files[file.path]?.sha256 == file.sha256, "\(file.path)")
                #expect(files[file.path]?.size == Int64(file.bytes), "\(file.path)")
            }
        }
        #expect(Set(files.keys) == expected, "nothing but what sidecars tell")
        for state in states {
            let left = try self.files(below: "\(out)/\(state)/staging", hidden: true).filter {
                !($0.hasPrefix("models/") && $0.hasSuffix(".ort"))
            }
            #expect(left == ["lock"], "staging is empty but for compiled models")
        }
        return sidecars
    }

    /// The reason that a source was quarantined for.
    func errorFile(_ source: String, out: String = "out") throws -> ErrorFile {
        try JSONDecoder().decode(
            ErrorFile.self, from: Data(read("\(out)/.sluice/quarantine/\(source).error.json")))
    }
}

/// Digests of all renditions, by path: what two runs must agree on.
func digests(_ sidecars: [String: Sidecar]) -> [String: String] {
    var digests: [String: String] = [:]
    for sidecar in sidecars.values {
        for file in sidecar.files { digests[file.path] = file.sha256 }
    }
    return digests
}
