package import Jobs
import Journal
import Pipeline
import Text

/// The newest results, for the page: limited in number and size so that all of it stays under 100 KiB whatever names
/// and labels say.
package struct RecentResults: Sendable {
    package struct Result: Sendable, Equatable {
        /// Nil for failures.
        package var job: Int64?
        package var source: String
        package var inbox: String
        package var pipeline: String?
        /// Seconds since 1970.
        package var finished: Double
        package var seconds = 0.0
        package var format: String?
        /// Of the source, and of all renditions.
        package var bytes: UInt64 = 0
        package var written: UInt64 = 0
        package var renditions = 0
        package var labels: [Classification.Score] = []
        package var failed: ErrorCode?
        package var thumbnail: Thumbnail?
    }

    /// The rendition that is shown, as it was published.
    package struct Thumbnail: Sendable, Equatable {
        package var path: RelativePath
        package var bytes: UInt64
        package var sha256: String
        /// For `Content-Type`.
        package var type: String
    }

    static let most = 24
    /// Maximum bytes for one thumbnail.
    static let largestThumbnail: UInt64 = 1 << 20
    private static let mostLabels = 3

    private(set) var newestFirst: [Result] = []

    mutating func add(_ result: Result) {
        newestFirst.insert(result, at: 0)
        if newestFirst.count > Self.most { newestFirst.removeLast(newestFirst.count - Self.most) }
    }

    /// Adds results of earlier runs, behind those of this run.
    mutating func fill(_ earlier: [Result]) {
        let there = Set(newestFirst.compactMap(\.job))
        let more = earlier.filter { result in result.job.map { !there.contains($0) } ?? true }
            .sorted { $0.finished > $1.finished }
        newestFirst = Array((newestFirst + more).prefix(Self.most))
    }

    func thumbnail(of job: Int64) -> Thumbnail? { newestFirst.first { $0.job == job }?.thumbnail }
}

extension RecentResults.Result {
    /// - Parameter finished: seconds since 1970.
    init(_ job: JobRecord, _ sidecar: Sidecar, finished: Double) {
        self.init(
            job: job.id, source: shortened(job.source.path.text), inbox: job.source.inbox,
            pipeline: sidecar.pipeline.name, finished: finished, seconds: sidecar.timing.wallSeconds,
            format: sidecar.source.format.rawValue, bytes: sidecar.source.bytes,
            written: sidecar.files.reduce(0) { $0 &+ $1.bytes }, renditions: sidecar.renditions.count,
            labels: sidecar.stages.compactMap(\.classification).flatMap { $0.labels.prefix(2) }.prefix(3)
                .map { .init(label: shortened($0.label), score: $0.score) },
            thumbnail: RecentResults.Thumbnail(sidecar.renditions))
    }

    init(_ source: SourceIdentity, _ error: JobError, job: Int64? = nil, finished: Double) {
        self.init(
            job: job, source: shortened(source.path.text), inbox: source.inbox, finished: finished,
            bytes: UInt64(max(0, source.size)), failed: error.code)
    }
}

extension RecentResults.Thumbnail {
    /// The smallest that browsers show; nil where there is none that is small enough.
    init?(_ renditions: [RenditionReport]) {
        guard let smallest = renditions.smallestForBrowsers(atMost: RecentResults.largestThumbnail),
            let type = smallest.browserType, let path = RelativePath(bytes: unescaped(smallest.path))
        else { return nil }
        self.init(path: path, bytes: smallest.bytes, sha256: smallest.sha256, type: type)
    }
}

/// Names may be thousands of bytes: their beginning and their end, which has the file's own name.
package func shortened(_ text: String, to count: Int = 600) -> String {
    guard text.utf8.count > count else { return text }
    let scalars = text.unicodeScalars
    return String(String.UnicodeScalarView(scalars.prefix(count / 3 / 4))) + " … "
        + String(String.UnicodeScalarView(scalars.suffix(count * 2 / 3 / 4)))
}
