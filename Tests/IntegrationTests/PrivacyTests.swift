import Foundation
import Testing

/// Metadata that was to go is gone: exiftool, which knows more places than anybody, finds none of it in any rendition of
/// any format, of every corpus file that carried some.
@Suite("Privacy, judged by exiftool", .enabled(if: Tool.exiftool.isInstalled, "needs exiftool"))
struct PrivacyTests {
    private static let corpus = SharedData.directory("corpus")

    private static let renditions = """
        version: 1
        limits: { damage: none, time: 60s }
        stages: [autorotate, resize: 48x48]
        renditions:
          j: { format: jpeg }
          p: { format: png }
          w: { format: webp }
          a: { format: avif, effort: 0 }
          h: { format: heif, effort: 0 }
          t: { format: tiff }
          g: { format: gif }
        """

    /// Tags that say how pixels are stored, not where they come from.
    private static let structural: Set<String> = [
        "ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "PhotometricInterpretation", "StripOffsets",
        "Orientation", "SamplesPerPixel", "RowsPerStrip", "StripByteCounts", "XResolution", "YResolution",
        "PlanarConfiguration", "ResolutionUnit", "Predictor", "SampleFormat", "ExtraSamples", "InkSet", "TileWidth",
        "TileLength", "TileOffsets", "TileByteCounts", "SubfileType",
    ]
    private static let structuralPNG: Set<String> = [
        "ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace", "ProfileName",
        "PixelsPerUnitX", "PixelsPerUnitY", "PixelUnits", "SRGBRendering", "Palette", "Transparency", "Gamma",
    ]

    @Test("drop: [gps] leaves no trace of GPS in any format", .enabled(if: corpus != nil, "needs ../shared/corpus"))
    func dropGPS() async throws {
        let tags = try await tagsAfter("metadata: { keep: all, drop: [gps] }")
        #expect(tags.files >= 1500)
        #expect(tags.found.filter { $0.key.lowercased().contains("gps") }.isEmpty)
        // The check can fail: other metadata is there.
        #expect(tags.found.contains { $0.key.hasSuffix(":Make") })
    }

    @Test("drop: all leaves nothing but the colour profile", .enabled(if: corpus != nil, "needs ../shared/corpus"))
    func dropAll() async throws {
        let tags = try await tagsAfter("metadata: { keep: all, drop: all }")
        #expect(tags.files >= 1500)
        let foreign = tags.found.filter { !isStructural($0.key, value: $0.value) }
        #expect(foreign.isEmpty, "\(foreign.keys.sorted())")
        #expect(tags.found.contains { $0.key.hasPrefix("ICC_Profile") })
    }

    private func isStructural(_ key: String, value: String) -> Bool {
        let parts = key.split(separator: ":").map(String.init)
        guard let group = parts.first, let name = parts.last else { return true }
        switch group {
        case "SourceFile", "ICC_Profile", "ExifTool", "System", "Composite", "RIFF", "JFIF", "QuickTime": return true
        case "File", "GIF": return !name.contains("omment")
        case "PNG": return Self.structuralPNG.contains(name)
        // TIFF's own directory; libtiff writes an empty description.
        case "EXIF": return Self.structural.contains(name) || (name == "ImageDescription" && value.isEmpty)
        default: return false
        }
    }

    /// All tags of all renditions of the corpus files that carry metadata, with one of their values.
    private func tagsAfter(_ policy: String) async throws -> (files: Int, found: [String: String]) {
        let corpus = try #require(Self.corpus)
        let exiftool = try #require(Tool.exiftool.path)
        var result: (files: Int, found: [String: String]) = (0, [:])
        try await withScratch { scratch in
            try scratch.makeDirectory("in")
            let carriers = try await runProgram(
                exiftool,
                [
                    "-r", "-q", "-q", "-m", "-if", "$GPS:all or $EXIF:all or $XMP:all or $IPTC:all or $Photoshop:all",
                    "-p", "$directory/$filename", corpus,
                ])
            for (index, path) in carriers.output.split(separator: "\n").enumerated() {
                let name = path.split(separator: "/").last ?? "x"
                try FileManager.default.copyItem(
                    atPath: String(path), toPath: "\(scratch.path)/in/\(index)-\(name)")
            }
            try scratch.write(text: Self.renditions + "\n" + policy + "\n", to: "p.yaml")
            let run = try await sluice(
                "process", "\(scratch.path)/in", "--pipeline", "\(scratch.path)/p.yaml", "--out",
                "\(scratch.path)/out", "--quiet", timeout: 1200)
            #expect(run.exitCode == 65)
            let listing = try await runProgram(
                exiftool,
                ["-r", "-a", "-G0:1", "-j", "-ee", "-q", "-ext", "jpg", "-ext", "png", "-ext", "webp"]
                    + ["-ext", "avif", "-ext", "heic", "-ext", "tif", "-ext", "gif", "\(scratch.path)/out"])
            let files = try #require(
                try JSONSerialization.jsonObject(with: Data(listing.outputBytes)) as? [[String: Any]])
            result.files = files.count
            for file in files {
                for (key, value) in file { result.found[key] = "\(value)" }
            }
        }
        return result
    }
}
