import ByteReading
package import ImageHeader
package import Jobs
package import Pipeline
package import Restream

/// A page of a document of which each is made.
package struct DocumentPage: Sendable {
    /// From 1 on.
    package var number: Int
    /// Pages of the document.
    package var count: Int
    package var place: PagePlace
    /// Nil where it cannot be read.
    package var header: PictureHeader?

    /// Says which page is at fault.
    package func naming(_ error: JobError) -> JobError {
        JobError(error.code, "page \(number) of \(count): \(error.message)", stage: error.stage)
    }
}

/// A source with several pages of which each is made, one after the other.
package struct Document {
    private let descriptor: Int32
    private let header: PictureHeader

    /// Nil where the source is one picture, an animation, or nothing that can be read.
    package init?(descriptor: Int32, _ pipeline: Pipeline) throws(JobError) {
        guard pipeline.pages == .all, let header = try? readDocument(DescriptorBytes(descriptor)),
            header.pictures.count > 1
        else { return nil }
        guard header.pages != nil else {
            throw JobError(.tooManyPages, "\(header.pictures.count) pages or more: too many to look at")
        }
        if let refusal = pipeline.refusal(ofPages: header.pictures.count) { throw refusal }
        self.descriptor = descriptor
        self.header = header
    }

    package var count: Int { header.pictures.count }

    /// - Parameter number: from 1 on.
    package func page(_ number: Int) -> DocumentPage {
        let place = header.pictures[number - 1]
        return DocumentPage(
            number: number, count: count, place: place,
            header: try? readPage(place, of: header, DescriptorBytes(descriptor)))
    }
}

// What is left out of a source that holds several pictures.
extension SourceFacts {
    /// Counts the pages that are pictures of their own: not a TIFF's smaller versions, not its masks.
    package mutating func countPages(_ header: PictureHeader?, _ page: DocumentPage?, _ context: JobContext) {
        if let page {
            if format != .tiff, pages > page.count, page.number == 1 {
                context.warn("pages-ignored: \(pages - page.count) of \(pages) pictures, which cannot be told apart")
            }
            pages = page.count
        } else if format == .tiff, let header, header.pages != nil, !header.pictures.isEmpty {
            pages = header.pictures.count
        }
    }

    /// The frames of an animated PNG, which are not in its header; nil where it is shown as a still picture.
    package mutating func countFrames(
        _ descriptor: Int32, _ pipeline: Pipeline, _ context: JobContext
    ) throws(JobError) -> PNGAnimation? {
        let animation: PNGAnimation
        do throws(RestreamError) {
            animation = try PNGAnimation(descriptor: descriptor)
        } catch {
            context.warn("pages-ignored: an animated PNG that cannot be played (\(error)), the still picture is used")
            return nil
        }
        let found = animation.frames.count
        if animation.endsEarly {
            let words = "the file ends early: \(found) of \(animation.stated) frames are whole"
            let isPlayed = pipeline.renditions.contains { $0.encoder.animates }
            if isPlayed, pipeline.limits.damage != .none { throw JobError(.truncated, words) }
            context.warn("incomplete: \(words)")
        }
        guard found > 1 else { return nil }
        pages = found
        return animation
    }

    package func warnOfPages(
        _ header: PictureHeader?, _ page: DocumentPage?, _ limits: Limits, _ context: JobContext
    ) {
        if let length = header?.sequenceLength {
            context.warn(
                "pages-ignored: a sequence\(length > 0 ? " of \(length) pictures" : ""), the still picture is used")
        }
        if page != nil { return }
        if pages > 1, !isAnimation {
            let used =
                switch format {
                case .tiff: "pages, the first is used"
                case .pnm: "pictures, the first is used"
                default: "pictures, the main one is used"
                }
            context.warn("pages-ignored: \(pages) \(used)")
        } else if isAnimation, case let frames = frames(limits), frames < pages {
            let taken = frames == 1 ? "the first is" : "the first \(frames) are"
            context.warn("frames-left-out: \(pages) frames, \(taken) used (limits.frames)")
        }
    }
}
