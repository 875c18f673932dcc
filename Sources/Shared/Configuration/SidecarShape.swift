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

    static let replacing = record(
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

    static let source = record(
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

    static let filled = record(
        "what companions tell",
        [
            Key(checked: "taken", .any("a file's name"), "The file that exif.taken comes from."),
            Key(checked: "gps", .any("a file's name"), "The file that exif.gps comes from."),
            Key(checked: "description", .any("a file's name"), "The file that exif.description comes from."),
        ])

    static let exif = record(
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

    static let gps = record(
        "a place",
        [
            Key(checked: "latitude", .number(-90...90), required: true, "Degrees, north positive."),
            Key(checked: "longitude", .number(-180...180), required: true, "Degrees, east positive."),
            Key(checked: "altitude", .anyNumber, "Metres above sea level."),
        ])
}
