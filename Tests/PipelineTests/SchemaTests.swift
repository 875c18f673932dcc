import Foundation
import Testing

@testable import Configuration
@testable import Jobs
@testable import Pipeline
@testable import Schema

/// A sidecar with every field set.
private func fullSidecar() -> Sidecar {
    var exif = ExifRecord()
    (exif.taken, exif.takenFrom) = ("2024-05-01T10:00:00+02:00", .dateTimeOriginal)
    exif.make = "Maker"
    exif.model = "Model"
    exif.lens = "Lens"
    exif.exposure = 0.00001
    exif.fNumber = 2.8
    exif.iso = 100
    exif.focalLength = 50
    exif.orientation = 6
    exif.gps = .init(latitude: -33.5, longitude: 151.2, altitude: -4)
    exif.copyright = "©"
    exif.artist = ""
    exif.description = "At the lake"
    let digest = String(repeating: "0a", count: 32)
    var sidecar = Sidecar(
        sluice: sluiceVersion, job: "17",
        source: .init(
            name: "a\\xff.jpg", nameBytes: "Yf8uanBn", inbox: "main", path: "x/a\\xff.jpg", bytes: 3_000_000_000,
            sha256: digest,
            format: .jpeg, width: 4000, height: 3000, bands: 3, depth: 8, pages: 1, icc: "sRGB", orientation: 6,
            raw: "developed"),
        exif: exif, pipeline: .init(name: "web", digest: digest),
        stages: [
            StageReport(name: "denoise", seconds: 0.5, details: ["method": "dct", "sigma": "6.4"]),
            StageReport(name: "resize", rendition: "a", seconds: 0, details: ["size": "1x1", "yes": "1: 2"]),
        ],
        renditions: [
            RenditionReport(
                name: "a", path: "x/a.a.webp", format: "webp", width: 1, height: 1, pages: 1, bytes: 0, sha256: digest,
                seconds: 1e-7)
        ],
        timing: .init(
            queued: "2024-05-01T10:00:00Z", started: "2024-05-01T10:00:00.5Z", finished: "2024-05-01T10:00:01Z",
            wallSeconds: 1, cpuSeconds: 0.25),
        memory: .init(estimate: 1 << 40, peak: 0, plan: "spilled", spilled: 7), attempts: 1,
        warnings: ["", "odd: \"quoted\""])
    var look = StageReport(name: "classify", seconds: 0.1, details: [:])
    var found = Classification(name: "kind", model: "kind", digest: digest)
    (found.label, found.score, found.labels) = ("photo", 0.9, [.init(label: "photo", score: 0.9)])
    (found.embedding, found.fingerprint) = ([0.5, -1e-7], "0123456789abcdef")
    found.boxes = [.init(label: "face", score: 1, left: 0, top: 0.25, width: 1, height: 0.5)]
    look.classification = found
    sidecar.stages.append(look)
    sidecar.route = "cat/2024"
    (sidecar.folder, sidecar.counter) = ("private", 12)
    sidecar.renditions[0].page = 2
    sidecar.renditions[0].original = true
    sidecar.renditions[0].sizing = .init(quality: 71, tries: 2, ssim: 0.981)
    sidecar.motion = .init(path: "x/a.mp4", format: "mp4", bytes: 700, sha256: digest)
    var filled = Filled()
    (filled.taken, filled.gps, filled.description) = ("a.json", "a.json", "a.xmp")
    sidecar.filled = filled
    sidecar.replacing = .init(job: "18", paths: ["x/a.a.webp"])
    return sidecar
}

private func fullErrorFile() -> ErrorFile {
    ErrorFile(
        sluice: sluiceVersion, source: "x/a.jpg", nameBytes: "YQ==", inbox: "main",
        error: JobError(.damaged, "It is damaged.", stage: "resize"), attempts: 3, firstSeen: "2024-05-01T10:00:00Z",
        lastSeen: "2024-05-01T10:00:01Z",
        pipeline: .init(name: "web", digest: String(repeating: "f", count: 64)))
}

@Suite("JSON Schemas")
struct SchemaTests {
    /// The keys of every object in `value`, by the path that leads there.
    private func keys(_ value: Any, _ path: String = "", into found: inout [String: Set<String>]) {
        if let object = value as? [String: Any] {
            found[path, default: []].formUnion(object.keys)
            for (key, value) in object where key != "details" { keys(value, "\(path).\(key)", into: &found) }
        } else if let list = value as? [Any] {
            for item in list { keys(item, "\(path)[]", into: &found) }
        }
    }

    /// The properties of every object in a schema, by the path that leads there.
    private func properties(_ schema: [String: Any], _ path: String = "", into found: inout [String: Set<String>]) {
        if let properties = schema["properties"] as? [String: [String: Any]] {
            #expect(schema["additionalProperties"] as? Bool == false)
            found[path] = Set(properties.keys)
            for (key, inner) in properties { self.properties(inner, "\(path).\(key)", into: &found) }
        } else if let items = schema["items"] as? [String: Any] {
            properties(items, "\(path)[]", into: &found)
        }
    }

    private func object(_ text: some Sequence<UInt8>) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    }

    @Test("the sidecar's schema has exactly the keys that a sidecar has")
    func sidecarKeys() throws {
        var written: [String: Set<String>] = [:]
        keys(try object(encoded(fullSidecar())), into: &written)
        var declared: [String: Set<String>] = [:]
        properties(try object(SchemaDocument.sidecar.text.utf8), into: &declared)
        #expect(written == declared)
    }

    @Test("the error file's schema has exactly the keys that an error file has")
    func errorKeys() throws {
        var written: [String: Set<String>] = [:]
        keys(try object(encoded(fullErrorFile())), into: &written)
        var declared: [String: Set<String>] = [:]
        properties(try object(SchemaDocument.error.text.utf8), into: &declared)
        #expect(written == declared)
    }

    /// JSON is YAML, so that the declaration itself can judge what Sluice writes.
    private func judge(_ json: some Sequence<UInt8>, by shape: Shape<Described>) throws -> [String] {
        let node = try YAMLDocument.parse(String(decoding: Array(json), as: UTF8.self), file: "x")
        var reading = Reading(file: "x")
        _ = shape.read(node, &reading)
        return reading.faults.map(\.message)
    }

    @Test("what Sluice writes passes its own declarations, and less or more does not")
    func valid() throws {
        #expect(try judge(encoded(fullSidecar()), by: .sidecar) == [])
        #expect(try judge(encoded(fullErrorFile()), by: .errorFile) == [])
        #expect(try judge(encoded(fullErrorFile()), by: .sidecar) != [])
        var small = fullSidecar()
        small.exif = nil
        small.source.icc = nil
        #expect(try judge(encoded(small), by: .sidecar) == [])
    }

    @Test("every property is described", arguments: SchemaDocument.allCases)
    func described(document: SchemaDocument) throws {
        let root = try object(document.text.utf8)
        #expect(root["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        var undescribed: [String] = []
        func walk(_ value: Any, _ path: String) {
            if let object = value as? [String: Any] {
                if let properties = object["properties"] as? [String: [String: Any]] {
                    for (name, property) in properties where property["description"] == nil {
                        undescribed.append("\(path).\(name)")
                    }
                }
                for (key, value) in object { walk(value, "\(path).\(key)") }
            } else if let list = value as? [Any] {
                for item in list { walk(item, path) }
            }
        }
        walk(root, "")
        #expect(undescribed == [])
    }

    @Test("an independent validator agrees", .enabled(if: hasValidator, "needs python3 with jsonschema and yaml"))
    func independent() throws {
        let directory = try TemporaryDirectory()
        for document in SchemaDocument.allCases { try directory.write("\(document).json", document.text) }
        try directory.write("valid-sidecar.json", encoded(fullSidecar()))
        try directory.write("valid-error.json", encoded(fullErrorFile()))
        var bad = fullSidecar()
        bad.source.sha256 = "short"
        try directory.write("invalid-sidecar.json", encoded(bad))
        let script = """
            import glob, json, sys, yaml, jsonschema
            here, shipped = sys.argv[1:]
            kinds = ("pipeline", "config", "sidecar", "error")
            schemas = {k: json.load(open(f"{here}/{k}.json")) for k in kinds}
            for schema in schemas.values(): jsonschema.Draft202012Validator.check_schema(schema)
            def good(kind, value): return jsonschema.Draft202012Validator(schemas[kind]).is_valid(value)
            files = glob.glob(shipped + "/*.yaml")
            assert files and all(good("pipeline", yaml.safe_load(open(f))) for f in files)
            assert good("sidecar", json.load(open(here + "/valid-sidecar.json")))
            assert good("error", json.load(open(here + "/valid-error.json")))
            assert not good("sidecar", json.load(open(here + "/invalid-sidecar.json")))
            assert good("config", {"version": 1, "inbox": "in", "pipeline": "web", "workers": "auto"})
            assert not good("config", {"version": 1, "inbox": "in"})
            assert not good("pipeline", {"version": 1, "renditions": {"a": {"format": "jpeg", "lossless": True}}})
            stages = [{"grayscale": {"when": "alpha"}}, {"resize": {"width": 3, "when": "alpha"}}, {"denoise": {"when": True}}]
            conditional = {"version": 1, "stages": stages, "renditions": {"a": {"format": "png", "when": "alpha"}}}
            assert good("pipeline", conditional | {"output": {"route": "{year}/x"}})
            assert not good("pipeline", conditional | {"output": {"route": "/x"}})
            assert not good("pipeline", conditional | {"stages": [{"grayscale": {"when": 3}}]})
            assert not good("pipeline", {"version": 1})
            assert good("pipeline", conditional | {"sidecar": {"exif": "as-pictures", "where": "private/told"}})
            assert not good("pipeline", conditional | {"sidecar": {"where": "/told"}})
            assert good("pipeline", conditional | {"output": {"name": "{date:%Y}_{counter:4}_{a.label}{make}.{ext}"}, "dates": "keep"})
            assert not good("pipeline", conditional | {"output": {"name": "{date:%Y/%m}_{counter}.{ext}"}})
            assert not good("pipeline", conditional | {"output": {"name": "{date}.{ext}"}})
            assert not good("pipeline", conditional | {"sidecar": {"exif": "some"}})
            """
        try directory.write("check.py", script)
        let check = "\(directory.path)/check.py"
        #expect(try python([check, directory.path, ShippedPipelinesTests.directory]) == 0)
    }
}

private let hasValidator = (try? python(["-c", "import jsonschema, yaml"])) == 0

/// The exit code.
private func python(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
}

func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
}

func decoded<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(bytes))
}
