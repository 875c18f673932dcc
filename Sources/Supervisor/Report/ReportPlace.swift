package import Configuration
package import LinuxIO
import Outbox
import Places

/// Where a report's sidecars and error files are.
package struct ReportPlace: Sendable {
    package let outbox: Directory
    /// As it was named, for people.
    package let name: String
    let quarantines: [Directory]
    package let memoryCap: UInt64?

    /// Of `sluice process --out`, with the quarantines of all shards.
    /// - Throws: `ReportError.noInput` where there is no such directory.
    package init(output: String) throws {
        outbox = try Self.open(output)
        name = output
        memoryCap = nil
        // Reasons of an earlier division are of failures that the newest runs have looked at again.
        quarantines = ProcessState.newest(in: output).compactMap { try? Directory.open(path: $0.quarantine) }
    }

    package init(_ configuration: Configuration) throws {
        outbox = try Self.open(configuration.outbox)
        name = configuration.outbox
        memoryCap = configuration.memoryCap
        quarantines = (try? Directory.open(path: configuration.quarantine)).map { [$0] } ?? []
    }

    private static func open(_ path: String) throws -> Directory {
        do { return try Directory.open(path: path) } catch { throw ReportError.noInput("\(error)") }
    }
}

package enum ReportError: Error, CustomStringConvertible {
    case noInput(String)
    case notAReport(String)

    package var description: String {
        switch self {
        case .noInput(let why): "nothing to report: \(why)"
        case .notAReport(let path):
            "'\(path)' exists and is not a Sluice report: name another file with --out"
        }
    }
}
