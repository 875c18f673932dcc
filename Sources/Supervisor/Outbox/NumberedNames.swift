package import Jobs
import LinuxIO
package import Naming
package import Pipeline
import Text

/// The names of a source's results in the outbox by the number that `{counter}` stands for.
package struct NumberedNames: Sendable {
    private let source: RelativePath
    private let pipeline: Pipeline
    private let folder: RelativePath?
    private let route: RelativePath?
    private let made: [ResultName]
    private let values: NameValues

    /// As `OutputNames.candidates` takes them.
    package init(
        source: RelativePath, pipeline: Pipeline, folder: RelativePath?, route: RelativePath?, made: [ResultName],
        values: NameValues
    ) {
        (self.source, self.pipeline, self.folder) = (source, pipeline, folder)
        (self.route, self.made, self.values) = (route, made, values)
    }

    /// The folder in which numbers are given; empty: the outbox itself.
    package var place: [UInt8] { OutputNames.folder(of: source, folder: folder, route: route) }

    private func names(with number: Int?, of made: [ResultName]) throws(JobError) -> [OutputNames] {
        var values = values
        values.number = number
        return try OutputNames.candidates(
            for: source, pipeline: pipeline, folder: folder, route: route, made: made, values: values)
    }

    /// The number that the source has by its sidecar; nil where there is none for this folder. Blocks.
    package func published(in publisher: Publisher) throws -> Int? {
        guard let path = try names(with: nil, of: []).first?.sidecar,
            let sidecar = try SidecarFile.read(path.bytes, in: publisher.outbox),
            sidecar.source.path == source.text, let number = sidecar.counter, number > 0
        else { return nil }
        let paths = sidecar.renditions.map(\.path) + (sidecar.replacing?.paths ?? [])
        let isHere = paths.contains { (RelativePath(bytes: unescaped($0))?.parent?.bytes ?? []) == place }
        return isHere ? number : nil
    }

    /// The first number from this one on of which no name is a file's that is not the source's own. Blocks.
    package func firstFree(from number: Int, own: Set<RelativePath>, in publisher: Publisher) throws -> Int {
        for candidate in number..<number + Self.mostForeign {
            let isFree = try names(with: candidate, of: made).allSatisfy { names in
                try names.renditions.allSatisfy { entry in
                    try own.contains(entry.path) || publisher.outbox.stat(entry.path.bytes) == nil
                }
            }
            if isFree { return candidate }
        }
        return number
    }

    /// Files that are looked at.
    private static let mostForeign = 100_000
}
