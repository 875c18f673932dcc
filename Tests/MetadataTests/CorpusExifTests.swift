import Foundation
import Jobs
import Metadata
import Testing

@Suite("EXIF of the corpus against exiftool", .enabled(if: SharedCorpus.isPresent, "needs the shared corpus"))
struct CorpusExifTests {
    private struct Tally {
        var expected = 0
        var missing: [String] = []
        var contradicted: [String] = []
        var found: Int { expected - missing.count - contradicted.count }
    }

    @Test("At least 99 % of exiftool's values are read, and none contradicts")
    func coverage() throws {
        var tallies: [String: Tally] = [:]
        func compare<Value>(
            _ field: String, _ file: String, _ expected: Value?, _ found: Value?,
            _ isEqual: (Value, Value) -> Bool
        ) {
            guard let expected else { return }
            tallies[field, default: Tally()].expected += 1
            guard let found else {
                tallies[field]?.missing.append("\(file): \(expected)")
                return
            }
            if !isEqual(expected, found) {
                tallies[field]?.contradicted.append("\(file): \(expected), but \(found)")
            }
        }
        let root = try #require(SharedCorpus.root)
        for (file, reference) in try ReferenceExif.all().sorted(by: { $0.key < $1.key }) where reference.isReadable {
            guard let format = Self.format(reference.fileType) else { continue }
            let path = root.appendingPathComponent(file).path
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            let record = try readExif(in: PictureBytes(descriptor: descriptor), format: format).record
            compare("orientation", file, reference.orientation, record.orientation, ==)
            compare("make", file, reference.make, record.make, ==)
            compare("model", file, reference.model, record.model, ==)
            compare("taken", file, reference.taken, record.taken) { expected, found in
                let parts = expected.split(separator: " ")
                return parts.count == 2
                    && found.hasPrefix(
                        parts[0].replacingOccurrences(of: ":", with: "-") + "T" + parts[1].prefix(8))
            }
            compare("exposure", file, reference.exposure, record.exposure) { abs($0 - $1) <= 1e-6 * max(1, $0) }
            compare("iso", file, reference.iso, record.iso, ==)
            compare("latitude", file, reference.latitude, record.gps?.latitude) { abs($0 - $1) < 1e-6 }
            compare("longitude", file, reference.longitude, record.gps?.longitude) { abs($0 - $1) < 1e-6 }
        }
        var all = Tally()
        for (field, tally) in tallies.sorted(by: { $0.key < $1.key }) {
            print(
                field, "expected", tally.expected, "found", tally.found, "missing", tally.missing.count,
                "contradicted", tally.contradicted.count)
            for line in tally.missing { print("    missing", line) }
            for line in tally.contradicted { print("    contradicted", line) }
            all.expected += tally.expected
            all.missing += tally.missing
            all.contradicted += tally.contradicted
        }
        print("all expected", all.expected, "found", all.found)
        #expect(all.expected > 0)
        #expect(Double(all.found) >= 0.99 * Double(all.expected))
        #expect(all.contradicted == [])
    }

    private static func format(_ fileType: String) -> PictureFormat? {
        switch fileType {
        case "JPEG", "MPO": .jpeg
        case "PNG", "APNG": .png
        case "WEBP", "Extended WEBP": .webp
        case "TIFF", "BTF", "DNG": .tiff
        case "HEIC", "HEIF": .heif
        case "AVIF": .avif
        case "GIF": .gif
        default: nil
        }
    }
}
