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
            Key(checked: "source", source, required: true, "The picture that was dropped."),
            Key(checked: "exif", exif, "What its EXIF block says; absent without one."),
            Key(checked: "pipeline", pipeline, required: true, "What was done."),
            Key(
                checked: "stages", .list(of: stage, called: "a list of stages"), required: true,
                "What each stage did, in order."),
            Key(
                checked: "renditions", .list(of: rendition, called: "a list of renditions"), required: true,
                "The pictures that came out."),
            Key(checked: "timing", timing, required: true, "When, and how long."),
            Key(checked: "memory", memory, required: true, "What it took."),
            Key(checked: "attempts", .natural, required: true, "Attempts, this one included."),
            Key(
                checked: "warnings", .list(of: .any("text"), called: "a list of warnings"), required: true,
                "What was odd, in words."),
            Key(
                checked: "route", .text("a folder"),
                "The folder that output.route gave, below that of the inbox; absent without a route."),
            Key(
                checked: "replacing", replacing,
                "While older results are being replaced by this job's; renditions is empty then."),
        ])

    private static let replacing = record(
        "a replacement",
        [
            Key(checked: "job", .text("a job's identifier"), required: true, "The job whose results are coming."),
            Key(
                checked: "paths", .list(of: .any("a path"), called: "a list of paths"), required: true,
                "Files of the outbox that are of the old set or the new one."),
        ])

    /// `NAME.error.json` of the quarantine.
    package static let errorFile = record(
        "an error file",
        [
            Key(checked: "schema", .version, required: true, "Version of this schema."),
            Key(checked: "sluice", .text("a version"), required: true, "Sluice's version."),
            Key(checked: "source", .text("a path"), required: true, "Relative to the inbox."),
            Key(checked: "nameBytes", .base64, "The name's bytes, where they are not UTF-8."),
            Key(checked: "inbox", .any("text"), "The name of the watched inbox that it came from."),
            Key(checked: "code", Shape<ErrorCode>.word, required: true, "What kind of failure; stable."),
            Key(checked: "message", .any("text"), required: true, "What is wrong, for people."),
            Key(checked: "stage", .text("a stage"), "The stage or rendition that was at work."),
            Key(checked: "attempts", .natural, required: true, "How often it was tried."),
            Key(checked: "firstSeen", .instant, required: true, "When the source was first seen."),
            Key(checked: "lastSeen", .instant, required: true, "When the last attempt ended."),
            Key(checked: "advice", .any("text"), required: true, "What to do about it."),
            Key(checked: "pipeline", pipeline, required: true, "The pipeline it was for."),
        ])

    private static let source = record(
        "a source",
        [
            Key(
                checked: "name", .text("a name"), required: true,
                #"The last part of the path; \xNN for bytes that are not UTF-8."#),
            Key(checked: "nameBytes", .base64, "The name's bytes, where they are not UTF-8."),
            Key(checked: "inbox", .text("a name"), "The inbox's name; absent for `process`."),
            Key(checked: "path", .text("a path"), required: true, "Relative to the inbox."),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "Of the whole file."),
            Key(checked: "format", Shape<PictureFormat>.word, required: true, "By content."),
            Key(checked: "width", .natural, required: true, "Pixels, as stored."),
            Key(checked: "height", .natural, required: true, "Pixels, as stored."),
            Key(checked: "bands", .natural, required: true, "Channels."),
            Key(checked: "depth", .natural, required: true, "Bits a channel."),
            Key(checked: "pages", .natural, required: true, "Frames or pages."),
            Key(checked: "icc", .any("text"), "The embedded colour profile's description."),
            Key(checked: "orientation", .integer(1...8), "EXIF orientation that was found."),
        ])

    private static let exif = record(
        "an EXIF record",
        [
            Key(checked: "taken", .any("text"), "YYYY-MM-DDThh:mm:ss, with the offset where it is known."),
            Key(
                checked: "takenFrom", Shape<ExifRecord.TakenFrom>.word,
                "What tells it; modifyDate is that of the last change, for want of a better one."),
            Key(checked: "make", .any("text"), "The camera's maker."),
            Key(checked: "model", .any("text"), "The camera."),
            Key(checked: "lens", .any("text"), "The lens."),
            Key(checked: "exposure", .anyNumber, "Seconds."),
            Key(checked: "fNumber", .anyNumber, "Aperture."),
            Key(checked: "iso", .natural, "Sensitivity."),
            Key(checked: "focalLength", .anyNumber, "Millimetres, of the lens."),
            Key(checked: "orientation", .integer(1...8), "As stored, before any turning."),
            Key(checked: "gps", gps, "Where it was taken; absent where the pipeline drops it."),
            Key(checked: "copyright", .any("text"), "Who owns it."),
            Key(checked: "artist", .any("text"), "Who made it."),
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
            Key(checked: "digest", .sha256, required: true, "Of the validated pipeline."),
        ])

    private static let stage = record(
        "a stage",
        [
            Key(checked: "name", .text("a stage"), required: true, "The key in the pipeline."),
            Key(checked: "rendition", .text("a rendition"), "Whose stage it is; absent for the pipeline's own."),
            Key(checked: "seconds", .anyNumber, required: true, "Time to set it up, or to look at the pixels."),
            Key(
                checked: "details", .details, required: true,
                "What it found or chose, in words: size, trimmed, from; skipped: when, where its condition does not hold; "
                    + "of denoise: method, sigma, sigmaShrunk, sigmaAfter, seconds, place, skipped."),
            Key(checked: "classification", classification, "Of classify: what the model said of the picture."),
        ])

    private static let classification = record(
        "a classification",
        [
            Key(checked: "name", .text("a name"), required: true, "The stage's name."),
            Key(checked: "model", .text("a model"), required: true, "The model's file."),
            Key(checked: "digest", .sha256, required: true, "Of that file."),
            Key(checked: "label", .any("a label"), "The best label, or unknown."),
            Key(checked: "score", .number(0...1), "Of that label; of unknown the best score there was."),
            Key(
                checked: "labels", .list(of: score, called: "a list of labels with scores"), required: true,
                "The best first: those that top and threshold let through."),
            Key(
                checked: "embedding", .list(of: .anyNumber, called: "a list of numbers"),
                "Numbers that describe the picture, where the stage asks for them."),
            Key(
                checked: "boxes", .list(of: box, called: "a list of boxes"),
                "What was found, the best first; absent of a model that looks for nothing."),
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
            Key(checked: "left", .number(0...1), required: true, "Of the upright picture's width, from the left."),
            Key(checked: "top", .number(0...1), required: true, "Of its height, from the top."),
            Key(checked: "width", .number(0...1), required: true, "Of its width."),
            Key(checked: "height", .number(0...1), required: true, "Of its height."),
        ])

    private static let rendition = record(
        "a rendition",
        [
            Key(checked: "name", .text("a rendition"), required: true, "The key in the pipeline."),
            Key(checked: "path", .text("a path"), required: true, "Relative to the outbox."),
            Key(
                checked: "format",
                .words(EncoderDeclaration.all.map { ([$0.format], $0.format) }), required: true, "How it is written."),
            Key(checked: "width", .natural, required: true, "Pixels."),
            Key(checked: "height", .natural, required: true, "Pixels."),
            Key(checked: "pages", .natural, required: true, "Frames; 1 for a still."),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "Of the whole file."),
            Key(checked: "seconds", .anyNumber, required: true, "Time to make and write it."),
        ])

    private static let timing = record(
        "times",
        [
            Key(checked: "queued", .instant, required: true, "When the source was ready."),
            Key(checked: "started", .instant, required: true, "When the attempt began."),
            Key(checked: "finished", .instant, required: true, "When the renditions were published."),
            Key(checked: "wallSeconds", .anyNumber, required: true, "By the clock."),
            Key(checked: "cpuSeconds", .anyNumber, required: true, "Of the processor."),
        ])

    private static let memory = record(
        "memory",
        [
            Key(checked: "estimate", .natural, required: true, "Bytes that the worker was expected to hold at most."),
            Key(checked: "peak", .natural, required: true, "Bytes that the worker held at most."),
            Key(
                checked: "plan", .any("a plan"),
                "How it was done under the cap: in-memory, restreamed or spilled. Absent from earlier versions."),
            Key(checked: "spilled", .natural, "Bytes that it had in files in staging at most."),
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
