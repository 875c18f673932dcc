/// Which one of a job's files it is.
package enum ResultName: Hashable, Sendable {
    /// - Parameter page: from 1 on, where each page of a document is made; nil: of the picture.
    case rendition(String, page: Int?)
    /// The video of a motion photo, with the extension of its container.
    case motion(String)

    /// What journal and staging call it. No rendition's own name has a dot or a bracket.
    package var key: String {
        switch self {
        case .rendition(let name, let page): page.map { "\($0).\(name)" } ?? name
        case .motion: "(motion)"
        }
    }

    /// Its name in the job's staging directory.
    package var staged: String { "\(key).rendition" }
}

/// A file that a job has made, as its sidecar lists it.
package struct ResultFile: Sendable, Equatable {
    package var name: ResultName
    /// Relative to the outbox.
    package var path: String
    package var bytes: UInt64
    /// Hex.
    package var sha256: String
}

extension RenditionReport {
    package var result: ResultName { .rendition(name, page: page) }
}

extension Sidecar {
    /// All that stands in the outbox beside it.
    package var files: [ResultFile] {
        renditions.map { ResultFile(name: $0.result, path: $0.path, bytes: $0.bytes, sha256: $0.sha256) }
            + (motion.map { [ResultFile(name: $0.result, path: $0.path, bytes: $0.bytes, sha256: $0.sha256)] } ?? [])
    }
}

/// The video of a motion photo, published beside its renditions.
package struct MotionReport: Codable, Sendable, Equatable {
    /// Relative to the outbox; in a worker's answer, the name in staging.
    package var path: String
    /// `mp4` or `mov`, as its own header says.
    package var format: String
    package var bytes: UInt64
    /// Hex.
    package var sha256: String

    package init(path: String, format: String, bytes: UInt64, sha256: String) {
        self.path = path
        self.format = format
        self.bytes = bytes
        self.sha256 = sha256
    }

    package var result: ResultName { .motion(format) }
}
