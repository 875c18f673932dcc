package import Jobs
package import Pipeline
import Text

/// The names of a source's renditions and sidecar in the outbox. A pure function of the source's path and the
/// pipeline: the same drop gives the same names, on any machine, in any order.
package struct OutputNames: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var rendition: String
        /// Relative to the outbox.
        package var path: RelativePath

        package init(rendition: String, path: RelativePath) {
            self.rendition = rendition
            self.path = path
        }
    }
    /// In the pipeline's order.
    package var renditions: [Entry]
    package var sidecar: RelativePath

    /// The longest name that Linux file systems take, in bytes.
    package static let longestName = 255

    /// The forms to try, best first: the template as it is, then with the source's full name for its stem, for
    /// sources that differ in their extension only.
    /// - Parameters:
    ///   - folder: below the outbox, for inboxes that have one of their own.
    ///   - route: the folder below that one, for pipelines with an `output.route`.
    ///   - made: only these renditions; nil: all.
    package static func candidates(
        for source: RelativePath, pipeline: Pipeline, folder: RelativePath?, route: RelativePath? = nil,
        made: Set<String>? = nil
    ) throws(JobError) -> [OutputNames] {
        var pipeline = pipeline
        if let made { pipeline.renditions.removeAll { !made.contains($0.name) } }
        var folder = folder
        if let route {
            folder = folder.map { RelativePath(bytes: $0.bytes + [UInt8(ascii: "/")] + route.bytes) ?? route } ?? route
        }
        let short = try names(source, pipeline, folder, template: pipeline.output.name)
        let template = replacing("{stem}", in: pipeline.output.name, by: "{name}")
        // The long form is only for sources that need it: where it is too long, the short one still does.
        guard let long = try? names(source, pipeline, folder, template: template), long != short else { return [short] }
        return [short, long]
    }

    private static func names(
        _ source: RelativePath, _ pipeline: Pipeline, _ folder: RelativePath?, template: String
    ) throws(JobError) -> OutputNames {
        var entries: [Entry] = []
        for rendition in pipeline.renditions {
            let name = fill(
                template,
                [
                    "stem": source.stem, "name": source.name, "rendition": Array(rendition.name.utf8),
                    "ext": Array(rendition.encoder.fileExtension.utf8),
                ])
            entries.append(Entry(rendition: rendition.name, path: try place(name, beside: source, in: folder)))
        }
        let sidecar = try place(source.name + Array(".json".utf8), beside: source, in: folder)
        guard Set(entries.map(\.path) + [sidecar]).count == entries.count + 1 else {
            throw JobError(
                .nameTaken,
                "output.name '\(pipeline.output.name)' gives two files of '\(source)' the same name; \(sidecar) is reserved for the sidecar."
            )
        }
        return OutputNames(renditions: entries, sidecar: sidecar)
    }

    private static func place(
        _ name: [UInt8], beside source: RelativePath, in folder: RelativePath?
    ) throws(JobError) -> RelativePath {
        guard name.count <= longestName else {
            throw JobError(
                .nameTooLong, "'\(escaped(name))' would be \(name.count) bytes long; the maximum is \(longestName)."
            )
        }
        var path = source.sibling(name)
        if let folder { path = path.flatMap { RelativePath(bytes: folder.bytes + [UInt8(ascii: "/")] + $0.bytes) } }
        guard let path else { throw JobError(.nameTooLong, "'\(escaped(name))' is not a valid file name.") }
        return path
    }

    /// Replaces each `{key}`; in one pass, so that a source called `{ext}` stays what it is.
    private static func fill(_ template: String, _ values: [String: [UInt8]]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")) {
                let key = String(decoding: rest[rest.startIndex + 1..<end], as: UTF8.self)
                if let value = values[key] {
                    result += value
                    rest = rest[(end + 1)...]
                    continue
                }
            }
            result.append(byte)
            rest = rest.dropFirst()
        }
        return result
    }

    private static func replacing(_ part: String, in text: String, by other: String) -> String {
        text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
