import Inbox
import Jobs
import Journal
import LinuxIO
import Outbox
import Text

/// The numbers that describe the pictures, collected from the sidecars into one flat file; only of pictures that are
/// there now. One sidecar is held at a time.
struct TrainingFeatures {
    /// In the order in which they were met.
    private(set) var labels: [String] = []
    /// Of each picture: its label's place in `labels`, and what decides when it is held out.
    private(set) var label: [UInt32] = []
    private(set) var keys: [UInt64] = []
    /// Of each picture: of its file's digest, and its fingerprint; 0: none.
    private(set) var contents: [UInt64] = []
    private(set) var looks: [UInt64] = []
    /// Numbers of a picture; 0 before the first one.
    private(set) var features = 0
    private(set) var leftOut: [TrainingReport.LeftOut] = []
    private(set) var leftOutCount = 0

    private let numbers: FlatFile
    private let paths: FlatFile
    private var places: [[UInt8]: UInt32] = [:]

    static let numbersName = Array("features".utf8)
    static let pathsName = Array("paths".utf8)

    /// - Parameter directory: where the flat files are made; older ones go.
    init(in directory: Directory) throws {
        numbers = try FlatFile(Self.numbersName, in: directory)
        paths = try FlatFile(Self.pathsName, in: directory)
    }

    var count: Int { label.count }

    /// - Parameter shouldStop: asked now and then.
    mutating func collect(
        _ scanner: Scanner, inbox: String, journal: Journal, outbox: Directory, shouldStop: () -> Bool
    ) async throws {
        for try await chunk in scanner.chunks() {
            if shouldStop() { return }
            var sources: [SourceIdentity] = []
            for entry in chunk {
                switch entry {
                case .file(let path, let status): sources.append(.init(inbox: inbox, path: path, status: status))
                case .refused(let refusal): leaveOut(refusal.path, refusal.error)
                }
            }
            for (source, known) in zip(sources, try await journal.known(of: sources)) {
                try take(source, known, outbox: outbox)
            }
        }
        try numbers.finish()
        try paths.finish()
    }

    private mutating func take(_ source: SourceIdentity, _ known: Journal.Known, outbox: Directory) throws {
        guard let latest = known.latest, latest.source.isSameState(as: source) else {
            return leaveOut(source.path, Self.changed)
        }
        guard latest.state == .done else { return leaveOut(source.path, latest.error ?? Self.changed) }
        let sidecar = known.outputs.last { $0.name.rendition == nil }
        guard let sidecar, let read = try SidecarFile.read(sidecar.name.path.bytes, in: outbox),
            let classification = read.stages.lazy.compactMap(\.classification).first,
            let embedding = classification.embedding, !embedding.isEmpty
        else {
            return leaveOut(
                source.path, JobError(.stageFailed, "The model gave no features for it, or its sidecar was changed."))
        }
        if features == 0 { features = embedding.count }
        guard embedding.count == features, embedding.allSatisfy(\.isFinite) else {
            return leaveOut(
                source.path, JobError(.stageFailed, "Its features do not match those of the other pictures."))
        }
        try add(source.path, embedding)
        // Without a digest, as unlike others as names are.
        contents.append(UInt64(read.source.sha256.prefix(16), radix: 16) ?? Folds.key(source.path.bytes))
        looks.append(classification.fingerprint.flatMap { UInt64($0, radix: 16) } ?? 0)
    }

    private static let changed = JobError(
        .unreadable, "It appeared or changed during the run: run it again.")

    private mutating func add(_ path: RelativePath, _ embedding: [Float]) throws {
        let folder = path.components[0]
        if places[folder] == nil {
            places[folder] = UInt32(labels.count)
            labels.append(String(decoding: folder, as: UTF8.self))
        }
        label.append(places[folder] ?? 0)
        keys.append(Folds.key(path.bytes))
        try embedding.withUnsafeBytes { try numbers.append($0) }
        try (path.bytes + [0]).withUnsafeBytes { try paths.append($0) }
    }

    private mutating func leaveOut(_ path: RelativePath, _ error: JobError) {
        leftOutCount += 1
        guard leftOut.count < TrainingTally.mostMistakes else { return }
        leftOut.append(.init(path: path.text, code: error.code.rawValue, message: error.message))
    }

    /// Below the folder, of these pictures.
    static func paths(of pictures: [Int], in directory: Directory) throws -> [Int: String] {
        let wanted = Set(pictures)
        var found: [Int: String] = [:]
        var (place, bytes): (Int, [UInt8]) = (0, [])
        try directory.openFile(pathsName).forEachPiece(subject: "paths") { piece in
            for byte in piece {
                if byte != 0 {
                    bytes.append(byte)
                } else {
                    if wanted.contains(place) { found[place] = escaped(bytes) }
                    place += 1
                    bytes.removeAll(keepingCapacity: true)
                }
            }
        }
        return found
    }
}

/// A file that is written sequentially, in large pieces.
final class FlatFile {
    private let file: Descriptor
    private let shown: String
    private var pending: [UInt8] = []

    private static let piece = 256 << 10

    init(_ name: [UInt8], in directory: Directory) throws {
        if try directory.stat(name) != nil { try directory.unlink(name) }
        shown = "\(directory.path)/\(escaped(name))"
        file = try directory.createFile(name, mode: 0o600)
        pending.reserveCapacity(Self.piece)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        if pending.count + bytes.count > Self.piece { try finish() }
        pending.append(contentsOf: bytes)
    }

    func finish() throws {
        try pending.withUnsafeBytes { try file.writeAll($0, subject: shown) }
        pending.removeAll(keepingCapacity: true)
    }
}
