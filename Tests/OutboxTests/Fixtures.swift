import Jobs
import LinuxIO
import Testing

@testable import Outbox

func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

func sidecar(_ source: String, job: String, renditions: [(path: String, text: String)] = []) -> Sidecar {
    Sidecar(
        sluice: "0.1", job: job,
        source: .init(
            name: source, path: source, bytes: 3, sha256: "00", format: .png, width: 4, height: 3, bands: 3, depth: 8,
            pages: 1),
        exif: nil, pipeline: .init(name: "web", digest: "dd"), stages: [],
        renditions: renditions.map {
            RenditionReport(
                name: $0.path, path: $0.path, format: "webp", width: 1, height: 1, pages: 1,
                bytes: UInt64($0.text.utf8.count), sha256: sha256(Array($0.text.utf8)), seconds: 0)
        },
        timing: .init(
            queued: timestamp(0), started: timestamp(1), finished: timestamp(2), wallSeconds: 1.5, cpuSeconds: 1),
        memory: .init(estimate: 10, peak: 5), attempts: 1, warnings: [])
}

/// An outbox with a job of two renditions in staging.
struct Publication {
    static let names = ["sub/a.small.webp", "sub/a.large.webp"]

    let outbox: Directory
    let staging: Directory
    let version: String
    var owned = false

    init(_ directory: Directory, version: String = "new") throws {
        outbox = try directory.make("outbox")
        staging = try directory.make(".staging/job-1-\(version)")
        self.version = version
    }

    func content(_ name: String) -> String { "\(version) \(name)" }

    func stage() throws {
        for name in Self.names { try staging.write(content(name), at: staged(name)) }
    }

    func staged(_ name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }

    var mark: Sidecar { sidecar("sub/a.jpg", job: version, renditions: Self.names.map { ($0, content($0)) }) }

    var text: [UInt8] { get throws { try SidecarFile.encode(mark) } }

    var items: [Publisher.Item] {
        get throws {
            try Self.names.map {
                Publisher.Item(
                    staged: Array(staged($0).utf8), path: try path($0), sha256: sha256(Array(content($0).utf8)),
                    owned: owned)
            }
        }
    }

    @discardableResult
    func publish(overwrite: Bool = false, wasPublishing: Bool = false) throws -> [RelativePath] {
        try Publisher(outbox: outbox).publish(
            items, sidecar: mark, text: text, at: path("sub/a.jpg.json"), from: staging, wasPublishing: wasPublishing,
            owned: owned, overwrite: overwrite)
    }

    /// What the outbox holds when all has gone well.
    var complete: [String: String] {
        get throws {
            var tree = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, content($0)) })
            tree["sub/a.jpg.json"] = try String(decoding: text, as: UTF8.self)
            return tree
        }
    }
}

extension Directory {
    /// The identity that a scan would give a file.
    func identity(_ name: String) throws -> SourceIdentity { try #require(try identityIfThere(name)) }

    func identityIfThere(_ name: String) throws -> SourceIdentity? {
        guard let status = try stat(Array(name.utf8)), let relative = RelativePath(name) else { return nil }
        return SourceIdentity(inbox: "main", path: relative, status: status.trusted(traits))
    }
}
