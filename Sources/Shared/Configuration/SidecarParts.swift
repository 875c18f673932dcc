import Jobs
import Schema

extension Shape<Described> {
    static let pipeline = record(
        "a pipeline",
        [
            Key(checked: "name", .text("a name"), required: true, "The file's name without .yaml."),
            Key(checked: "digest", .sha256, required: true, "SHA-256 of the validated pipeline."),
        ])

    static let stage = record(
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

    static let classification = record(
        "a classification",
        [
            Key(checked: "name", .text("a name"), required: true, "The stage's name."),
            Key(checked: "model", .text("a model"), required: true, "The model's file."),
            Key(checked: "digest", .sha256, required: true, "SHA-256 of that file."),
            Key(checked: "label", .any("a label"), "The best label, or unknown."),
            Key(checked: "score", .plainNumber(0...1), "Score of that label; for unknown, the best score found."),
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

    static let score = record(
        "a label with its score",
        [
            Key(checked: "label", .any("a label"), required: true, "The label."),
            Key(checked: "score", .plainNumber(0...1), required: true, "0 to 1."),
        ])

    static let box = record(
        "a box",
        [
            Key(checked: "label", .any("a label"), "What it is."),
            Key(checked: "score", .plainNumber(0...1), required: true, "0 to 1."),
            Key(
                checked: "left", .plainNumber(0...1), required: true,
                "Left edge, as a fraction of the upright picture's width."),
            Key(checked: "top", .plainNumber(0...1), required: true, "Top edge, as a fraction of its height."),
            Key(checked: "width", .plainNumber(0...1), required: true, "Width, as a fraction of the picture's."),
            Key(checked: "height", .plainNumber(0...1), required: true, "Height, as a fraction of the picture's."),
        ])

    static let rendition = record(
        "a rendition",
        [
            Key(checked: "name", .text("a rendition"), required: true, "The key in the pipeline."),
            Key(checked: "path", .text("a path"), required: true, "Relative to the outbox."),
            Key(
                checked: "format",
                .words(PictureFormat.allCases.map { ([$0.rawValue], $0.rawValue) }), required: true, "Output format."),
            Key(
                checked: "original", .flag,
                "True where it is the source's own file, without the metadata that is not kept."),
            Key(checked: "width", .natural, required: true, "Pixels."),
            Key(checked: "height", .natural, required: true, "Pixels."),
            Key(checked: "pages", .natural, required: true, "Number of frames; 1 for a still picture."),
            Key(
                checked: "page", .integer(1...Int.max), "The source's page, from 1 on; absent unless each page is made."
            ),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "SHA-256 of the whole file."),
            Key(checked: "seconds", .anyNumber, required: true, "Time to make and write it."),
            Key(
                checked: "sizing", sizing, "How its quality was found; absent where the pipeline gives the quality."),
        ])

    static let sizing = record(
        "what a size or a similarity came to",
        [
            Key(checked: "quality", .integer(1...100), "The quality used; absent of lossless files."),
            Key(checked: "tries", .natural, required: true, "Files that were made, this one included."),
            Key(
                checked: "ssim", .anyNumber,
                "Structural similarity of its luma to that of the picture before it was encoded; absent where not measured."
            ),
        ])

    static let motion = record(
        "a video",
        [
            Key(checked: "path", .text("a path"), required: true, "Relative to the outbox."),
            Key(checked: "format", .words([(["mp4"], "mp4"), (["mov"], "mov")]), required: true, "Container."),
            Key(checked: "bytes", .natural, required: true, "The file's size."),
            Key(checked: "sha256", .sha256, required: true, "SHA-256 of the whole file."),
        ])

    static let timing = record(
        "times",
        [
            Key(checked: "queued", .instant, required: true, "When the source was ready."),
            Key(checked: "started", .instant, required: true, "When the attempt began."),
            Key(checked: "finished", .instant, required: true, "When the renditions were published."),
            Key(checked: "wallSeconds", .anyNumber, required: true, "Wall-clock time."),
            Key(checked: "cpuSeconds", .anyNumber, required: true, "CPU time."),
        ])

    static let memory = record(
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
    static let natural = integer(0...Int.max)
}

extension Shape<Double> {
    static let anyNumber = scalar("a number", schema: ["type": "number"]) { Double($0) }
}

extension Shape<String> {
    static func any(_ what: String) -> Shape {
        scalar(what, schema: ["type": "string"]) { $0 }
    }
    static let sha256 = text("64 hexadecimal digits", pattern: "^[0-9a-f]{64}$")
    static let base64 = text("base64", pattern: "^[A-Za-z0-9+/]+={0,2}$")
    static let instant = Shape(
        expected: "a time (RFC 3339, UTC)",
        schema: ["type": "string", "pattern": #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z$"#],
        read: text("a time (RFC 3339, UTC)").read)
}

extension Shape<[String: String]> {
    static let details = Shape(
        expected: "a map of words",
        schema: ["type": "object", "additionalProperties": ["type": "string"]]
    ) { node, reading in
        guard let entries = entries(of: node, expected: "a map of words", &reading) else { return nil }
        return [String: String](entries.map { ($0.key, "") }) { first, _ in first }
    }
}
