package import Jobs
package import Metadata
import Pictures
package import Pipeline

/// Does one job, synchronously: from the source's descriptor to whole files in staging.
///
/// `VipsRuntime.start` comes first. When it throws, no file of a failed rendition is left; renditions that were
/// finished before (`JobProgress.staged`) are.
///
/// Of a document each page is done as if it were alone, so that no two are held at the same time. Facts, metadata, stages and
/// the route are those of the first.
package func run(
    _ input: JobInput, progress: (JobProgress) -> Void = { _ in }
) throws(JobError) -> JobOutput {
    guard let document = try Document(descriptor: input.descriptor, input.pipeline) else {
        return try runPicture(input, progress: progress)
    }
    var result: JobOutput?
    var warnings = PageWarnings(pages: document.count)
    for number in 1...document.count {
        let page = document.page(number)
        let names = input.pipeline.renditions.map(\.name).filter {
            !input.made.contains(.rendition($0, page: number))
        }
        // Of the first all is found out again.
        if number > 1, names.isEmpty { continue }
        var own = input
        own.page = page
        own.renditions = names
        own.stagedOriginal = input.stagedName
        own.stagedName = { "\(number).\(input.stagedName($0))" }
        let output: JobOutput
        do throws(JobError) {
            output = try runPicture(own) { event in
                if case .opened = event, number > 1 { return }
                progress(event)
            }
        } catch {
            throw page.naming(error)
        }
        warnings.add(output.warnings, of: number)
        if result == nil { result = output } else { result?.renditions += output.renditions }
    }
    guard var result else { throw JobError(.damaged, "a document without pages") }
    result.warnings = warnings.words
    return result
}

/// Reads the header and says what `run` would do.
package func inspect(
    descriptor: Int32, fileSize: UInt64, pipeline: Pipeline, restreams: Bool = false, raw: RAWReading? = nil,
    sourceName: String = "", companions: [CompanionRecord] = [],
    readExif: ([UInt8]) -> ExifRecord? = { _ in nil }
) throws(JobError) -> Inspection {
    func inspect(_ page: DocumentPage?) throws(JobError) -> Inspection {
        try inspectPicture(
            descriptor: descriptor, fileSize: fileSize, pipeline: pipeline, page: page, restreams: restreams,
            raw: raw, sourceName: sourceName, companions: companions, readExif: readExif)
    }
    guard let document = try Document(descriptor: descriptor, pipeline) else { return try inspect(nil) }
    var result: Inspection?
    var warnings = PageWarnings(pages: document.count)
    for number in 1...document.count {
        let page = document.page(number)
        let found: Inspection
        do throws(JobError) {
            found = try inspect(page)
        } catch {
            throw page.naming(error)
        }
        warnings.add(found.warnings, of: number)
        if result == nil { result = found } else { result?.renditions += found.renditions }
    }
    guard var result else { throw JobError(.damaged, "a document without pages") }
    result.plan.insert("\(document.count) pages, one after the other; as for the first:", at: 0)
    result.warnings = warnings.words
    return result
}

/// What is said of pages, with the pages that it is said of.
private struct PageWarnings {
    let pages: Int
    private var found: [(warning: String, pages: [Int])] = []
    private var leftOut = 0
    /// Different ones that are told.
    private static let most = 50
    /// Pages that are named.
    private static let mostNamed = 10

    init(pages: Int) { self.pages = pages }

    mutating func add(_ warnings: [String], of page: Int) {
        for warning in warnings {
            if let index = found.firstIndex(where: { $0.warning == warning }) {
                found[index].pages.append(page)
            } else if found.count < Self.most {
                found.append((warning, [page]))
            } else {
                leftOut += 1
            }
        }
    }

    var words: [String] {
        let words = found.map { warning, places in
            if places.count == pages { return warning }
            let named = places.prefix(Self.mostNamed).map(String.init).joined(separator: ", ")
            let more = places.count > Self.mostNamed ? " and \(places.count - Self.mostNamed) more" : ""
            return "\(warning) (\(places.count == 1 ? "page" : "pages") \(named)\(more))"
        }
        return leftOut > 0 ? words + ["further-warnings: \(leftOut) more, of later pages"] : words
    }
}
