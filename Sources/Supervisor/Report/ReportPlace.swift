package import Configuration
import Jobs
import Journal
package import LinuxIO
import Outbox
import Pipeline
import Places

/// Where a report's sidecars and error files are.
package struct ReportPlace: Sendable {
    package let outbox: Directory
    /// As it was named, for people.
    package let name: String
    let quarantines: [Directory]
    package let memoryCap: UInt64?
    /// Files of the inboxes that are no pictures, by what they are: as the journal has them.
    let others: [String: Int]
    /// Folders of the outbox in which sidecars lie that are hidden there.
    let folders: [RelativePath]

    /// Of `sluice process --out`, with the quarantines of all shards.
    /// - Throws: `ReportError.noInput` where there is no such directory.
    package init(output: String) throws {
        outbox = try Self.open(output)
        name = output
        memoryCap = nil
        // Reasons of an earlier division are of failures that the newest runs have looked at again.
        let states = ProcessState.newest(in: output)
        quarantines = states.compactMap { try? Directory.open(path: $0.quarantine) }
        let journals = states.map { Self.known(journal: $0.journal) }
        others = journals.map(\.others).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        folders = Self.folders(journals.flatMap(\.folders))
    }

    package init(_ configuration: Configuration) throws {
        outbox = try Self.open(configuration.outbox)
        name = configuration.outbox
        memoryCap = configuration.memoryCap
        quarantines = (try? Directory.open(path: configuration.quarantine)).map { [$0] } ?? []
        let journal = Self.known(journal: configuration.journal)
        others = journal.others
        folders = Self.folders(journal.folders)
    }

    /// Nothing where it cannot be read: a report is of sidecars first.
    private static func known(journal: String) -> (others: [String: Int], folders: [RelativePath]) {
        guard let reader = try? JournalReader(path: journal) else { return ([:], []) }
        defer { try? reader.close() }
        return ((try? reader.overview(failures: 0, uses: 0).others) ?? [:], (try? reader.hiddenFolders()) ?? [])
    }

    private static func folders(_ known: [RelativePath]) -> [RelativePath] {
        // Of Sluice's own there is one.
        let foreign = known.filter { !$0.bytes.starts(with: ".sluice".utf8) }
        return foreign + [RelativePath(SidecarRules.hiddenFolder)].compactMap(\.self)
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
