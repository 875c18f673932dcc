package import Jobs
package import Naming
package import Pipeline
import Text

/// The names of a source's renditions and sidecar in the outbox. A pure function of the source's path, the pipeline, and what
/// its `output.name` asks for besides: the same drop gives the same names, on any machine, in any order.
package struct OutputNames: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        /// A rendition, or another of the job's files: `ResultName.key`.
        package var rendition: String
        /// Relative to the outbox.
        package var path: RelativePath

        package init(rendition: String, path: RelativePath) {
            self.rendition = rendition
            self.path = path
        }
    }
    /// In the pipeline's order, page by page.
    package var renditions: [Entry]
    package var sidecar: RelativePath

    /// The longest name that Linux file systems take, in bytes.
    package static let longestName = 255

    /// The forms to try, best first: the template as it is, then with the source's full name for its stem, for
    /// sources that differ in their extension only.
    /// - Parameters:
    ///   - folder: below the outbox, for inboxes that have one of their own.
    ///   - route: the folder below that one, for pipelines with an `output.route`.
    ///   - made: only these; nil: all renditions, of a source that is no document.
    ///   - values: of the placeholders that the path does not tell; what is not known is left as the template has it.
    package static func candidates(
        for source: RelativePath, pipeline: Pipeline, folder: RelativePath?, route: RelativePath? = nil,
        made: [ResultName]? = nil, values: NameValues = NameValues()
    ) throws(JobError) -> [OutputNames] {
        let made = made ?? pipeline.resultNames.map { .rendition($0, page: nil) }
        let folders = Folders(
            results: joined([folder, route]),
            sidecar: pipeline.sidecar.folder.map { joined([$0, folder]) } ?? joined([folder, route]))
        let short = try names(source, pipeline, made, folders, values, isLong: false)
        // The long form is only for sources that need it: where it is too long, the short one still does.
        guard let long = try? names(source, pipeline, made, folders, values, isLong: true), long != short else {
            return [short]
        }
        return [short, long]
    }

    /// Those that the source's own is put in, below the outbox.
    private struct Folders {
        var results: RelativePath?
        /// One of their own has sidecars as the sources lie, whatever the route.
        var sidecar: RelativePath?
    }

    private static func joined(_ folders: [RelativePath?]) -> RelativePath? {
        RelativePath(bytes: folders.compactMap(\.?.bytes).joined(separator: [UInt8(ascii: "/")]))
    }

    private static func names(
        _ source: RelativePath, _ pipeline: Pipeline, _ made: [ResultName], _ folders: Folders, _ values: NameValues,
        isLong: Bool
    ) throws(JobError) -> OutputNames {
        let stem = isLong ? source.name : source.stem
        var extensions = Dictionary(pipeline.renditions.map { ($0.name, Array($0.encoder.fileExtension.utf8)) }) {
            first, _ in first
        }
        for original in pipeline.originals {
            extensions[original.name] = source.lowercasedExtension ?? Array("bin".utf8)
        }
        let shown = Dictionary(pipeline.renditions.map { ($0.name, $0.shownName) }) { first, _ in first }
        let whole = NameTemplate(pipeline.output.name)
        let paged = whole.paged
        var entries: [Entry] = []
        for result in made {
            let name: [UInt8]
            switch result {
            case .rendition(let rendition, let page):
                guard let ext = extensions[rendition] else { continue }
                name = (page == nil ? whole : paged).filled { placeholder in
                    switch placeholder {
                    case .stem: stem
                    case .name: source.name
                    case .rendition: Array((shown[rendition] ?? rendition).utf8)
                    case .ext: ext
                    case .page: Array("\(page ?? 1)".utf8)
                    case .date, .counter, .make, .model, .label: values.text(for: placeholder).map { Array($0.utf8) }
                    }
                }
            case .motion(let ext): name = stem + Array(".\(ext)".utf8)
            }
            entries.append(Entry(rendition: result.key, path: try place(name, beside: source, in: folders.results)))
        }
        let sidecar = try place(source.name + Array(".json".utf8), beside: source, in: folders.sidecar)
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

    /// The folder of the outbox that a source's renditions lie in; empty: the outbox itself.
    package static func folder(of source: RelativePath, folder: RelativePath?, route: RelativePath?) -> [UInt8] {
        joined([folder, route, source.parent])?.bytes ?? []
    }
}

extension NameTemplate {
    /// In one pass, so that a source called `{ext}` stays what it is.
    fileprivate func filled(_ value: (Placeholder) -> [UInt8]?) -> [UInt8] {
        pieces.flatMap { piece in
            switch piece {
            case .text(let text): Array(text.utf8)
            case .placeholder(let placeholder, let word): value(placeholder) ?? Array("{\(word)}".utf8)
            }
        }
    }
}

extension RelativePath {
    /// Of an original, whose name says what it is as that of its source does; nil without one.
    fileprivate var lowercasedExtension: [UInt8]? {
        guard name.count > stem.count + 1 else { return nil }
        return name[(stem.count + 1)...].map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
    }
}
