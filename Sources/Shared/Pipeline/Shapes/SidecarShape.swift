import Jobs
package import Schema

/// Nothing is kept: these shapes describe what Sluice writes, for `sluice schema`.
package struct Described: Sendable {}

extension Shape<Described> {
    static func record(_ what: String, _ keys: [Key<Described>]) -> Shape {
        .object(what, initial: Described(), keys: keys)
    }

    /// `NAME.json` of the outbox.
    package static let sidecar = record(
        "a sidecar",
        [
            Key(checked: "schema", .version, required: true, "Version of this schema."),
            Key(checked: "sluice", .text("a version"), required: true, "Sluice's version."),
            Key(checked: "job", .text("a job's identifier"), required: true, "The job's identifier in the journal."),
            Key(checked: "source", source, required: true, "The source picture."),
            Key(
                checked: "exif", exif,
                "From its EXIF block, as far as the pipeline's metadata and sidecar.exif let it be told; absent if nothing is."
            ),
            Key(
                checked: "filled", filled,
                "What of exif comes from files beside the picture, because its EXIF lacks it; absent if nothing does."),
            Key(checked: "pipeline", pipeline, required: true, "The pipeline that was applied."),
            Key(
                checked: "stages", .list(of: stage, called: "a list of stages"), required: true,
                "What each stage did, in order."),
            Key(
                checked: "renditions", .list(of: rendition, called: "a list of renditions"), required: true,
                "The resulting pictures."),
            Key(checked: "motion", motion, "The extracted video of a motion photo; absent without one."),
            Key(checked: "timing", timing, required: true, "When it ran, and for how long."),
            Key(checked: "memory", memory, required: true, "Memory it needed."),
            Key(checked: "attempts", .natural, required: true, "Number of attempts, including this one."),
            Key(
                checked: "warnings", .list(of: .any("text"), called: "a list of warnings"), required: true,
                "Anything unusual, in words."),
            Key(
                checked: "route", .text("a folder"),
                "The folder chosen by output.route, below the inbox's; absent without a route."),
            Key(
                checked: "folder", .text("a folder"),
                "The folder that sidecar.where names, in which this sidecar lies; absent if it lies beside its renditions."
            ),
            Key(
                checked: "counter", .integer(1...Int.max),
                "The source's number in the folder of its renditions; absent unless output.name has {counter}."),
            Key(
                checked: "replacing", replacing,
                "Present while this job's results replace older ones; renditions is empty then."),
        ])

    private static let replacing = record(
        "a replacement",
        [
            Key(
                checked: "job", .text("a job's identifier"), required: true,
                "The job whose results are being published."),
            Key(
                checked: "paths", .list(of: .any("a path"), called: "a list of paths"), required: true,
                "Outbox files belonging to the old or the new set."),
        ])

    /// `NAME.error.json` of the quarantine.
    package static let errorFile = record(
        "an error file",
        [
            Key(checked: "schema", .version, required: true, "Version of this schema."),
            Key(checked: "sluice", .text("a version"), required: true, "Sluice's version."),
            Key(checked: "source", .text("a path"), required: true, "Relative to the inbox."),
            Key(checked: "nameBytes", .base64, "The name's bytes in base64, if they are not UTF-8."),
            Key(checked: "inbox", .any("text"), "The name of the watched inbox it came from."),
            Key(checked: "code", Shape<ErrorCode>.word, required: true, "The kind of failure; stable."),
            Key(checked: "message", .any("text"), required: true, "What is wrong, in words."),
            Key(checked: "stage", .text("a stage"), "The stage or rendition that failed."),
            Key(checked: "attempts", .natural, required: true, "Number of attempts."),
            Key(checked: "firstSeen", .instant, required: true, "When the source was first seen."),
            Key(checked: "lastSeen", .instant, required: true, "When the last attempt ended."),
            Key(checked: "advice", .any("text"), required: true, "What to do about it."),
            Key(checked: "pipeline", pipeline, required: true, "The pipeline in use."),
        ])

    private static let source = record(
        "a source",
        [
            Key(
                checked: "name", .text("a name"), required: true,
                #"The last part of the path; \xNN for bytes that are not UTF-8."#),
            Key(checked: "nameBytes", .base64, "The name's bytes in base64, if they are not UTF-8."),
            Key(checked: "inbox", .text("a name"), "The inbox's name; absent for `process`."),
            Key(checked: "path", .text("a path"), required: true, "Relative to the inbox."),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "SHA-256 of the whole file."),
            Key(checked: "format", Shape<PictureFormat>.word, required: true, "Format, by content."),
            Key(checked: "width", .natural, required: true, "Pixels, as stored."),
            Key(checked: "height", .natural, required: true, "Pixels, as stored."),
            Key(checked: "bands", .natural, required: true, "Channels."),
            Key(checked: "depth", .natural, required: true, "Bits per channel."),
            Key(checked: "pages", .natural, required: true, "Number of frames or pages."),
            Key(checked: "icc", .any("text"), "The embedded colour profile's description."),
            Key(checked: "orientation", .integer(1...8), "EXIF orientation of the source."),
            Key(
                checked: "raw", .any("text"),
                "How a camera's RAW file was read: preview and its size, developed, or developed at half size."),
        ])

    private static let filled = record(
        "what companions tell",
        [
            Key(checked: "taken", .any("a file's name"), "The file that exif.taken comes from."),
            Key(checked: "gps", .any("a file's name"), "The file that exif.gps comes from."),
            Key(checked: "description", .any("a file's name"), "The file that exif.description comes from."),
        ])

    private static let exif = record(
        "an EXIF record",
        [
            Key(checked: "taken", .any("text"), "YYYY-MM-DDThh:mm:ss, with the UTC offset if known."),
            Key(
                checked: "takenFrom", Shape<ExifRecord.TakenFrom>.word,
                "Where the time comes from; modifyDate is the last change, for lack of a better one."),
            Key(checked: "make", .any("text"), "The camera's maker."),
            Key(checked: "model", .any("text"), "The camera."),
            Key(checked: "lens", .any("text"), "The lens."),
            Key(checked: "exposure", .anyNumber, "Seconds."),
            Key(checked: "fNumber", .anyNumber, "Aperture."),
            Key(checked: "iso", .natural, "Sensitivity."),
            Key(checked: "focalLength", .anyNumber, "Focal length in millimetres."),
            Key(checked: "orientation", .integer(1...8), "As stored, before any rotation."),
            Key(checked: "gps", gps, "Where it was taken; absent if the pipeline drops it."),
            Key(checked: "copyright", .any("text"), "The copyright notice."),
            Key(checked: "artist", .any("text"), "The photographer or artist."),
            Key(checked: "description", .any("text"), "What the picture shows, in its author's words."),
        ])

    private static let gps = record(
        "a place",
        [
            Key(checked: "latitude", .number(-90...90), required: true, "Degrees, north positive."),
            Key(checked: "longitude", .number(-180...180), required: true, "Degrees, east positive."),
            Key(checked: "altitude", .anyNumber, "Metres above sea level."),
        ])

    private static let pipeline = record(
        "a pipeline",
        [
            Key(checked: "name", .text("a name"), required: true, "The file's name without .yaml."),
            Key(checked: "digest", .sha256, required: true, "SHA-256 of the validated pipeline."),
        ])

    private static let stage = record(
        "a stage",
        [
            Key(checked: "name", .text("a stage"), required: true, "The key in the pipeline."),
            Key(
                checked: "rendition", .text("a rendition"),
                "The rendition the stage belongs to; absent for the pipeline's own stages."),
            Key(checked: "seconds", .anyNumber, required: true, "Time to set it up, or to analyse the pixels."),
            Key(
                checked: "details", .details, required: true,
                "What it found or chose, in words: size, trimmed, from; skipped: when, if its condition does not hold; "
                    + "for denoise: method, sigma, sigmaShrunk, sigmaAfter, seconds, place, skipped."),
            Key(checked: "classification", classification, "For classify: the model's result."),
        ])

    private static let classification = record(
        "a classification",
        [
            Key(checked: "name", .text("a name"), required: true, "The stage's name."),
            Key(checked: "model", .text("a model"), required: true, "The model's file."),
            Key(checked: "digest", .sha256, required: true, "SHA-256 of that file."),
            Key(checked: "label", .any("a label"), "The best label, or unknown."),
            Key(checked: "score", .number(0...1), "Score of that label; for unknown, the best score found."),
            Key(
                checked: "labels", .list(of: score, called: "a list of labels with scores"), required: true,
                "Best first, as limited by top and threshold."),
            Key(
                checked: "embedding", .list(of: .anyNumber, called: "a list of numbers"),
                "Numbers that describe the picture, if the stage asks for them."),
            Key(
                checked: "fingerprint", .text("16 hexadecimal digits"),
                "Beside an embedding: of what the model sees, 64 bits of which hardly any differ between pictures that "
                    + "look the same. Absent for a single colour, and in earlier versions."),
            Key(
                checked: "boxes", .list(of: box, called: "a list of boxes"),
                "Detected boxes, best first; absent for models that do not detect."),
        ])

    private static let score = record(
        "a label with its score",
        [
            Key(checked: "label", .any("a label"), required: true, "The label."),
            Key(checked: "score", .number(0...1), required: true, "0 to 1."),
        ])

    private static let box = record(
        "a box",
        [
            Key(checked: "label", .any("a label"), "What it is."),
            Key(checked: "score", .number(0...1), required: true, "0 to 1."),
            Key(
                checked: "left", .number(0...1), required: true,
                "Left edge, as a fraction of the upright picture's width."),
            Key(checked: "top", .number(0...1), required: true, "Top edge, as a fraction of its height."),
            Key(checked: "width", .number(0...1), required: true, "Width, as a fraction of the picture's."),
            Key(checked: "height", .number(0...1), required: true, "Height, as a fraction of the picture's."),
        ])

    private static let rendition = record(
        "a rendition",
        [
            Key(checked: "name", .text("a rendition"), required: true, "The key in the pipeline."),
            Key(checked: "path", .text("a path"), required: true, "Relative to the outbox."),
            Key(
                checked: "format",
                .words(EncoderDeclaration.all.map { ([$0.format], $0.format) }), required: true, "Output format."),
            Key(checked: "width", .natural, required: true, "Pixels."),
            Key(checked: "height", .natural, required: true, "Pixels."),
            Key(checked: "pages", .natural, required: true, "Number of frames; 1 for a still picture."),
            Key(
                checked: "page", .integer(1...Int.max), "The source's page, from 1 on; absent unless each page is made."
            ),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "SHA-256 of the whole file."),
            Key(checked: "seconds", .anyNumber, required: true, "Time to make and write it."),
        ])

    private static let motion = record(
        "a video",
        [
            Key(checked: "path", .text("a path"), required: true, "Relative to the outbox."),
            Key(checked: "format", .words([(["mp4"], "mp4"), (["mov"], "mov")]), required: true, "Container."),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "SHA-256 of the whole file."),
        ])

    private static let timing = record(
        "times",
        [
            Key(checked: "queued", .instant, required: true, "When the source was ready."),
            Key(checked: "started", .instant, required: true, "When the attempt began."),
            Key(checked: "finished", .instant, required: true, "When the renditions were published."),
            Key(checked: "wallSeconds", .anyNumber, required: true, "Wall-clock time."),
            Key(checked: "cpuSeconds", .anyNumber, required: true, "CPU time."),
        ])

    private static let memory = record(
        "memory",
        [
            Key(checked: "estimate", .natural, required: true, "Estimated peak memory of the worker, in bytes."),
            Key(checked: "peak", .natural, required: true, "Actual peak memory of the worker, in bytes."),
            Key(
                checked: "plan", .any("a plan"),
                "How it fitted under the cap: in-memory, restreamed or spilled. Absent in earlier versions."),
            Key(checked: "spilled", .natural, "Peak bytes spilled to files in staging."),
        ])
}

extension Shape<Int> {
    fileprivate static let natural = integer(0...Int.max)
}

extension Shape<Double> {
    fileprivate static let anyNumber = scalar("a number", schema: ["type": "number"]) { Double($0) }
}

extension Shape<String> {
    fileprivate static func any(_ what: String) -> Shape {
        scalar(what, schema: ["type": "string"]) { $0 }
    }
    fileprivate static let sha256 = text("64 hexadecimal digits", pattern: "^[0-9a-f]{64}$")
    fileprivate static let base64 = text("base64", pattern: "^[A-Za-z0-9+/]+={0,2}$")
    fileprivate static let instant = Shape(
        expected: "a time (RFC 3339, UTC)",
        schema: ["type": "string", "pattern": #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z$"#],
        read: text("a time (RFC 3339, UTC)").read)
}

extension Shape<[String: String]> {
    fileprivate static let details = Shape(
        expected: "a map of words",
        schema: ["type": "object", "additionalProperties": ["type": "string"]]
    ) { node, reading in
        guard let entries = entries(of: node, expected: "a map of words", &reading) else { return nil }
        return [String: String](entries.map { ($0.key, "") }) { first, _ in first }
    }
}
