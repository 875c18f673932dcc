import Jobs
import Naming
package import Schema

/// A pipeline file as YAML: the keys of its root, and of the maps right below it.

extension Shape<Pipeline> {
    package static let pipeline = Shape.object(
        "a map that starts with 'version: 1'", initial: Pipeline(name: "", renditions: []),
        keys: [
            Key(checked: "version", .version, required: true, "Version of the format; always 1."),
            Key("description", \.description, .text("text"), "Free text, not used by Sluice."),
            Key(
                "accept", \.accept, .accept,
                "Accepted formats, by content; heif includes AVIF. Default: every format that Sluice reads."),
            Key(
                "pages", \.pages, .word,
                "Pages of a multi-page TIFF, or pictures of a HEIC, to make: the first (of a HEIC, its main picture), or all, "
                    + "named {stem}.{page}.{rendition}. Animations are not affected."),
            Key(
                "motion", \.motion, .word,
                "What to do with the video of a motion photo: leave it out, or extract it to {stem}.mp4 (or .mov)."),
            Key("limits", \.limits, Limits.shape, "Limits beyond which a source is refused."),
            Key("stages", \.stages, .stages, "Applied once, in order, before the renditions."),
            Key(
                "renditions", \.declared, .renditions,
                "The pictures to make, by name; all from one decode. Optional if a stage classifies."),
            Key("metadata", \.metadata, MetadataPolicy.shape, "What metadata the renditions carry, and sidecars tell."),
            Key("sidecar", \.sidecar, SidecarRules.shape, "What sidecars tell of metadata, and where they lie."),
            Key("output", \.output, OutputRules.shape, "How output files are named."),
            Key(
                "dates", \.dates, .word,
                "The time that renditions have as files: keep is that of the picture (EXIF, else the source's), now that of "
                    + "their making."),
            Key("after", \.after, .word, "What to do with the source afterwards."),
            Key(
                "others", \.others, .word,
                "What to do with files that are no pictures (videos, XML, JSON, text, archives, …): leave them, copy them "
                    + "into the outbox, archive them, or quarantine them."),
            Key(
                "raw", \.raw, .word,
                "What to make of cameras' RAW files: auto takes the embedded picture where it is large enough for every "
                    + "rendition and develops the sensor's values otherwise; preview always takes the largest embedded "
                    + "picture, develop never; refuse treats them as failures."),
            Key(
                "pairs", \.pairs, .word,
                "Of a camera's raw file and a JPEG, HEIC, AVIF or JPEG XL of the same name beside it: process the jpeg, the "
                    + "raw, or both. The other one is a companion."),
        ],
        check: { pipeline, members, reading in
            checkRenditions(pipeline, members, &reading)
            if members.areSound("stages", "renditions") { checkConditions(pipeline, members, &reading) }
            checkRoute(pipeline, members, &reading)
            checkSidecar(pipeline, members, &reading)
            checkPages(pipeline, members, &reading)
            checkClassifiers(pipeline, members, &reading)
            if members.areSound("stages", "renditions") {
                let place = members.place(of: members.has("stages") ? "stages" : "renditions")
                pipeline.checkBoxes(at: place, &reading)
            }
            checkNames(pipeline, members, &reading)
        }
    )
    .alsoRequiring("anyOf", [["required": ["renditions"]], ["required": ["stages"]]])
    .map { pipeline, _, reading in pipeline.bound(&reading) }

    private static func checkClassifiers(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("stages", "renditions") else { return }
        var seen: Set<String> = []
        for name in pipeline.classifiers where !name.isEmpty && !seen.insert(name).inserted {
            reading.fault(
                members.place(of: members.has("stages") ? "stages" : "renditions"), at: "stages",
                "two classify stages are called '\(name)'; rename one of them (name: other)")
        }
    }

    private static func checkConditions(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        let conditions = pipeline.bound(&reading).conditions
        guard conditions.count > Pipeline.mostConditions else { return }
        reading.fault(
            members.place,
            "has \(conditions.count) different conditions; the maximum is \(Pipeline.mostConditions), because memory is reserved "
                + "for every combination")
    }

    private static func checkRoute(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("stages", "output") else { return }
        let classifiers = pipeline.stages.compactMap { $0.classify?.name }
        for reason in pipeline.output.route.flatMap(RouteTemplate.init)?.reasons(in: classifiers) ?? [] {
            reading.fault(members.place(of: "output", "route"), at: "output.route", reason)
        }
        for reason in NameTemplate(pipeline.output.name).reasons(in: classifiers) {
            reading.fault(members.place(of: "output", "name"), at: "output.name", reason)
        }
    }

    private static func checkNames(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("renditions", "output") else { return }
        let used = NameTemplate(pipeline.output.name).placeholders
        let names = Set(pipeline.renditions.map(\.shownName) + pipeline.originals.map(\.name))
        if names.count > 1, !used.contains(.rendition) {
            reading.fault(
                members.place(of: "output", "name"), at: "output.name",
                "needs {rendition}, as there are \(names.count) renditions")
        }
        if names.count < pipeline.resultNames.count, !used.contains(.ext) {
            reading.fault(
                members.place(of: "output", "name"), at: "output.name",
                "needs {ext}, as a rendition has several formats")
        }
    }

    private static func checkSidecar(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("sidecar"), pipeline.sidecar.place == .hidden, pipeline.sidecar.exif == .all else {
            return
        }
        reading.fault(
            members.place(of: "sidecar", "exif"), at: "sidecar.exif",
            "has no effect with where: none, which publishes no sidecars; name a folder instead of none")
    }

    private static func checkPages(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("pages", "output"), pipeline.pages == .first,
            NameTemplate(pipeline.output.name).placeholders.contains(.page)
        else { return }
        reading.fault(
            members.place(of: "output", "name"), at: "output.name",
            "{page} needs 'pages: all': of the first page alone it would always be 1")
    }

    /// Without renditions, something has to be found out for the sidecar.
    private static func checkRenditions(_ pipeline: Pipeline, _ members: Members, _ reading: inout Reading) {
        guard pipeline.resultNames.isEmpty, members.areSound("stages", "renditions"), pipeline.classifiers.isEmpty
        else { return }
        let expected = Shape<[DeclaredRendition]>.renditions.expected
        if members.has("renditions") {
            reading.fault(members.place(of: "renditions"), at: "renditions", "is empty; expected \(expected)")
        } else if !members.isMeant("renditions") {
            reading.fault(members.place, "key 'renditions' is missing (\(expected))")
        }
    }
}

extension Shape<AcceptedFormats> {
    static let accept = Shape<AcceptedFormats>.set(
        of: word, called: "a list of formats (jpeg, png, webp, tiff, gif, heif, avif, jxl, raw, bmp, pnm)"
    ).map { formats in formats.contains(.heif) ? formats.union([.avif]) : formats }
        .refused { $0.isEmpty ? "accepts nothing; remove the key to accept every format" : nil }

    private static let word = Shape<PictureFormat>.words(
        PictureFormat.allCases.map { ([$0.rawValue] + (otherSpellings[$0] ?? []), $0) })

    private static let otherSpellings: [PictureFormat: [String]] = [.heif: ["heic"], .jpeg: ["jpg"], .tiff: ["tif"]]
}

extension Limits {
    static let shape = Shape<Limits>.object(
        "a map of limits", initial: Limits(),
        keys: [
            Key("pixels", \.pixels, .count(of: "pixels"), "Width x height x frames; 2G is two billion."),
            Key("bytes", \.bytes, .size, "The file's size; G and GiB are 2^30, GB is 10^9."),
            Key("time", \.time, .duration(1...86_400), "Wall-clock time for one attempt."),
            Key(
                "pages", \.pages, .integer(1...1_000_000),
                "Most frames of an animation, or pages of a document with pages: all; one with more is refused."),
            Key(
                "frames", \.frames, .integer(1...1_000_000).map { $0 },
                "Frames of an animation to use; the rest are dropped, with a warning."),
            Key(
                "damage", \.damage, .word,
                "Damage at which a source is refused: none accepts whatever can be decoded, truncated refuses files "
                    + "that end early, error also damaged ones, warning anything odd."),
        ])
}

extension MetadataPolicy {
    static let shape = Shape<MetadataPolicy>.object(
        "a map of keep and drop", initial: MetadataPolicy(),
        keys: [
            Key("keep", \.keep, blocks, "Metadata to keep; default: icc and copyright."),
            Key(
                "drop", \.drop, blocks,
                "Metadata to remove, even if listed in keep; the colour profile only if named explicitly."),
        ])

    private static let blocks = Shape<Set<Block>>.set(
        of: .word, called: "a list of \(Block.allCases.map(\.rawValue).joined(separator: ", ")), or none"
    ).orNone([])
}

extension SidecarRules {
    static let shape = Shape<SidecarRules>.object(
        "a map of exif and where", initial: SidecarRules(),
        keys: [
            Key(
                "exif", \.exif, .word,
                "What sidecars tell of EXIF data: as-pictures what metadata keeps in the renditions, all of it, or none."
            ),
            Key(
                "where", \.place, .sidecarPlace,
                "Where sidecars lie: beside the renditions, in a folder below the outbox that mirrors the inbox, or none "
                    + "(they are not published; Sluice keeps its own in a hidden folder, without EXIF data)."),
        ])
}

extension Shape<SidecarRules.Place> {
    static let sidecarPlace = Shape(
        expected: text.expected, schema: text.schema,
        read: { node, reading in
            guard let text = text.read(node, &reading) else { return nil }
            switch text {
            case "beside": return .beside
            case "none": return .hidden
            default: break
            }
            guard let reason = reason(against: text) else { return .folder(text) }
            reading.fault(node.place, reason)
            return nil
        },
        render: { $0 == .beside ? "beside" : nil })

    private static let text = Shape<String>.text(
        "beside, none, or a folder below the outbox", pattern: #"^(?!/)(?!.*//)(?!.*/$)[^\x00-\x1F\x7F]+$"#)

    private static func reason(against folder: String) -> String? {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        if folder.hasPrefix("/") {
            return
                "starts with '/'; expected a folder below the outbox, as in 'sidecars' (to keep them out of what is served, "
                + "serve a folder of the outbox: output.route)"
        }
        if folder.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "control characters are not allowed in a folder name"
        }
        if parts.contains("") { return "an empty folder name (two '/', or one at the end)" }
        if parts.contains("..") { return "'..' leads out of the outbox" }
        if parts.contains(".") { return "'.' is no folder of its own; leave it out" }
        if parts[0].hasPrefix(".sluice") { return "is Sluice's own; choose another name, or none" }
        if folder.contains("{") { return "placeholders are not allowed here; the folder mirrors the inbox" }
        return folder.utf8.count > 200 ? "the folder's name is longer than 200 bytes" : nil
    }
}

extension Shape {
    /// The word `none` stands for `value`.
    fileprivate func orNone(_ value: Value) -> Shape where Value: Sendable {
        let read = read
        return Shape(
            expected: expected, schema: ["anyOf": [["const": "none"], schema]],
            read: { node, reading in
                if case .scalar("none", _) = node.content { return value }
                return read(node, &reading)
            }, render: render)
    }
}

extension OutputRules {
    static let shape = Shape<OutputRules>.object(
        "a map of name and route", initial: OutputRules(),
        keys: [
            Key(
                "name", \.name, NameTemplate.shape,
                "{stem} is the source's name without its extension, {name} with it, {rendition} and {ext} are the "
                    + "rendition's, {page} is the page's number (with pages: all). {date:%Y-%m-%d} is when the picture was "
                    + "taken, {counter:4} a number in its folder, {make} and {model} the camera, {label} what classify says. "
                    + "Sub-folders mirror the inbox."),
            Key(
                "route", \.route, RouteTemplate.shape,
                "A folder of the outbox for the results, built from {label}, {NAME.label}, {format}, {year}, {month}, {day}, "
                    + "{make} or {model}. The inbox's sub-folders are kept below it."),
        ])
}

extension Shape<[DeclaredRendition]> {
    static let renditions = Shape<[(name: String, value: [DeclaredRendition])]>.names(
        to: .rendition, called: "a map of renditions (name: { format: webp })", least: 0
    ).map { named, node, reading -> [DeclaredRendition]? in
        let all = named.flatMap { name, declared in declared.map { $0.named(name) } }
        var seen: Set<String> = []
        guard let twice = all.first(where: { !seen.insert($0.name).inserted }) else { return all }
        reading.fault(node.place, "two renditions would be called '\(twice.name)'; rename one of them")
        return nil
    }
}

extension Pipeline {
    fileprivate var declared: [DeclaredRendition] {
        get { [] }
        set {
            renditions = newValue.compactMap { if case .made(let rendition) = $0 { rendition } else { nil } }
            originals = newValue.compactMap { if case .original(let original) = $0 { original } else { nil } }
        }
    }
}
