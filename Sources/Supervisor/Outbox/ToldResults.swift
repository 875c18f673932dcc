package import Jobs
package import Pipeline
import Text

/// What a worker has told that it made, which is believed as little as its source.
package func checkedResults(
    _ told: [RenditionReport], _ motion: MotionReport?, _ pipeline: Pipeline
) throws(JobError) -> [ResultName] {
    var known = Set<ResultName>()
    let renditions = Set(pipeline.renditions.map(\.name))
    let originals = Set(pipeline.originals.map(\.name))
    for rendition in told {
        let isPage =
            rendition.page.map { pipeline.pages == .all && (1...Pipeline.mostPageResults).contains($0) } ?? true
        let isAskedFor =
            renditions.contains(rendition.name) || (rendition.page == nil && originals.contains(rendition.name))
        guard isPage, isAskedFor, known.insert(rendition.result).inserted else {
            throw JobError(.workerProtocol, "The worker reported a rendition that it was not asked for.")
        }
    }
    guard let motion else { return told.map(\.result) }
    guard pipeline.motion == .extract, ["mp4", "mov"].contains(motion.format) else {
        throw JobError(.workerProtocol, "The worker reported a video that it was not asked for.")
    }
    return told.map(\.result) + [motion.result]
}

/// The folder that a worker has told, which is believed as little as its source.
package func checkedRoute(_ told: String?, _ pipeline: Pipeline) throws(JobError) -> RelativePath? {
    guard pipeline.output.route != nil else { return nil }
    guard let told else { throw JobError(.workerProtocol, "The worker did not report a folder for its results.") }
    guard let route = RelativePath(told),
        !route.components.contains(where: { $0.first == UInt8(ascii: ".") || $0.count > OutputNames.longestName })
    else {
        throw JobError(.workerProtocol, "The worker reported an invalid folder: '\(escaped(told.utf8.prefix(100)))'.")
    }
    return route
}
