package import ByteReading
package import ImageHeader
import Jobs
package import LinuxIO
package import Pipeline

/// The header of a source, with what its pages take where the pipeline makes each of them. Blocks.
package func readHeader(_ source: DescriptorBytes, for pipeline: Pipeline) throws(HeaderError) -> PictureHeader {
    pipeline.pages == .all ? try readDocument(source) : try readHeader(source)
}

/// The pages that a pipeline makes of a source, each under names of its own; nil of one picture.
package func documentPages(_ header: PictureHeader, _ pipeline: Pipeline) -> Int? {
    pipeline.pages == .all && header.pictures.count > 1 ? header.pictures.count : nil
}

/// The same of an open file. Blocks.
package func documentPages(_ file: Descriptor, _ pipeline: Pipeline) throws -> Int? {
    guard pipeline.pages == .all else { return nil }
    return documentPages(try readHeader(DescriptorBytes(file.number), for: pipeline), pipeline)
}

/// Why the pages of a document cannot each be made; nil where they can, or are not asked for.
func refusal(ofPagesOf header: PictureHeader, _ pipeline: Pipeline) -> JobError? {
    guard let pages = documentPages(header, pipeline) else { return nil }
    guard header.pages != nil else {
        return JobError(.tooManyPages, "The document has \(pages) pages or more: too many to look at. Split it.")
    }
    if let refusal = pipeline.refusal(ofPages: pages) { return refusal }
    guard let large = header.furtherPages.first(where: { $0.pixels > pipeline.limits.pixels }) else { return nil }
    return JobError(
        .tooManyPixels,
        "A page has \(large.width) × \(large.height) pixels; limits.pixels of pipeline '\(pipeline.name)' is "
            + "\(pipeline.limits.pixels).")
}
