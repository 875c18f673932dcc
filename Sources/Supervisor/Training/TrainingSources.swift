import Inbox
import Jobs
import LinuxIO
import Synchronization
import Text

/// What lies in the folder of the pictures, before any is looked at: a folder a label, pictures below.
struct TrainingSources: Sendable {
    /// Files below each folder.
    private(set) var counts: [[UInt8]: Int] = [:]
    /// Files beside the folders, which have no label.
    private(set) var withoutLabel: Set<RelativePath> = []

    /// Files without label that are passed over; more are a misunderstanding.
    private static let mostWithoutLabel = 1000

    /// - Throws: `TrainingError`.
    init(_ root: Directory, shown: String) async throws {
        let told = Mutex(ScanNotices())
        let notices = Mutex<[String]>([])
        let scan = Scanner(root: root).chunks(onNotice: { notice in
            guard let notice = told.withLock({ $0.take(notice) }) else { return }
            notices.withLock { $0.append("\(notice)") }
        })
        for try await chunk in scan {
            for case .file(let path, _) in chunk {
                let parts = path.components
                if parts.count == 1 { withoutLabel.insert(path) } else { counts[parts[0], default: 0] += 1 }
            }
            guard withoutLabel.count <= Self.mostWithoutLabel, counts.count <= LabelName.most else { break }
        }
        if withoutLabel.count > Self.mostWithoutLabel {
            throw TrainingError.noInput(
                "'\(shown)' holds more than \(Self.mostWithoutLabel) files outside label folders: put each picture into the "
                    + "folder of its label (\(shown)/LABEL/picture.jpg)")
        }
        if counts.count > LabelName.most {
            throw TrainingError.noInput(
                "'\(shown)' has more than \(LabelName.most) folders, which is the maximum number of labels")
        }
        try checkNames(shown)
        let empty = try emptyFolders(root)
        notes = notices.withLock { $0 } + Self.notes(empty: empty, withoutLabel: withoutLabel.count)
        guard counts.count >= 2 else {
            let found = counts.keys.first.map { "only '\(escaped($0))'" } ?? "none"
            throw TrainingError.noInput(
                "'\(shown)' needs at least two folders of pictures, one per label, but has \(found)")
        }
    }

    /// What people should know of it, in sentences.
    private(set) var notes: [String] = []

    private func checkNames(_ shown: String) throws {
        for name in counts.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let fault = LabelName.fault(name) else { continue }
            throw TrainingError.usage(
                "the folder '\(escaped(name))' of '\(shown)' cannot be a label: its name \(fault)")
        }
    }

    private func emptyFolders(_ root: Directory) throws -> [String] {
        let rules = IgnoreRules()
        return try root.list().filter {
            $0.type == .directory && !rules.ignores(name: $0.name, isDirectory: true) && counts[$0.name] == nil
        }.map { escaped($0.name) }.sorted()
    }

    private static func notes(empty: [String], withoutLabel: Int) -> [String] {
        var notes: [String] = []
        if !empty.isEmpty {
            let names = empty.prefix(5).joined(separator: ", ") + (empty.count > 5 ? ", …" : "")
            notes.append("No pictures in \(names): skipped")
        }
        if withoutLabel > 0 {
            notes.append(
                "\(counted(withoutLabel, "file")) outside label folders skipped")
        }
        return notes
    }
}
