import Glibc
import Jobs
import Metadata
import Pictures
import Pipeline
import Planning
import Vips

/// What a rendition's file is made of: pixels that the format can hold.
struct FinishedPicture {
    /// Of an animation all frames on top of each other.
    var image: Image
    /// The first frame.
    var first: Image
    var metadata: SourceMetadata

    var isAnimation: Bool { image.height != first.height }

    /// In memory, to be read several times.
    mutating func store() throws(JobError) {
        let isAnimation = isAnimation
        image = try image.copiedToMemory()
        if !isAnimation { first = image }
    }

    /// At another size; of stills only.
    func scaled(to size: PixelSize) throws(JobError) -> FinishedPicture {
        let how = Resampling(
            size: size, horizontal: Double(size.width) / Double(image.width),
            vertical: Double(size.height) / Double(image.height), readsAhead: false)
        var result = self
        result.image = try image.resampled(how)
        result.first = result.image
        try result.store()
        return result
    }
}

/// A whole file, and what was found out on the way to it.
struct EncodedRendition: ~Copyable {
    var file: StagedFile
    /// Of a frame.
    var size: PixelSize
    var sizing: RenditionReport.Sizing?
    /// Whether it is the source's own file.
    var isOriginal = false
}

extension Job {
    func encode(
        _ finished: FinishedPicture, _ rendition: Rendition, as name: String
    ) throws(JobError) -> EncodedRendition {
        if let target = rendition.target {
            return try encode(finished, rendition.encoder, keepingTo: target, as: name)
        }
        return EncodedRendition(
            file: try makeFile(of: finished, rendition.encoder, as: name), size: finished.first.size, sizing: nil)
    }

    /// A file with all that belongs into it.
    func makeFile(
        of finished: FinishedPicture, _ encoder: Rendition.Encoder, as name: String
    ) throws(JobError) -> StagedFile {
        let policy = input.pipeline.metadata
        let file = try StagedFile(in: input.stagingDirectory, name: name)
        let image = try finished.image.withMetadata(of: finished.metadata, keptBy: policy, for: encoder, context)
        try file.write(image, by: encoder.operation)
        if context.restreamed?.hasFailed == true { throw JobError(.damaged, "the source cannot be restreamed") }
        try file.writeHighRange(of: finished.first)
        try file.writeExif(of: finished.metadata, keptBy: policy, for: encoder, size: finished.first.size)
        try file.check(encoder)
        return file
    }
}
