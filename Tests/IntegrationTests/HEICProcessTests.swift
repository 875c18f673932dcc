import Foundation
import Testing

@testable import Jobs

/// What others read of a HEIC that was written here.
@Suite("HEIC that others read")
struct HEICProcessTests {
    private static let pipeline = """
        version: 1
        stages: [autorotate]
        metadata: { keep: all }
        renditions:
          phone: { format: heic, effort: 1, quality: 90 }
          plain: { format: png }
        """

    /// A picture of 151 × 101 with EXIF and XMP, processed.
    private func made(_ scratch: Scratch) async throws -> String {
        let exiftool = try #require(Tool.exiftool.path)
        try await scratch.convertPicture(to: "in/a.jpg", width: 151, height: 101)
        let tagged = try await runProgram(
            exiftool,
            ["-q", "-overwrite_original", "-Make=Acme", "-GPSLatitude=52.5", "-GPSLatitudeRef=N"]
                + ["-XMP-dc:Title=Seaside", "\(scratch.path)/in/a.jpg"])
        #expect(tagged.exitCode == 0, "\(tagged)")
        let run = try await scratch.process(pipeline: Self.pipeline)
        #expect(run.exitCode == 0, "\(run)")
        let sidecar = try #require(try scratch.verifiedOutbox().values.first)
        #expect(sidecar.renditions.map(\.path).contains("a.phone.heic") && sidecar.warnings.isEmpty)
        return "\(scratch.path)/out/a.phone.heic"
    }

    @Test(
        "libheif's own programs show it in its size",
        .enabled(
            if: Tool.heifInfo.isInstalled && Tool.heifConvert.isInstalled && Tool.vips.isInstalled
                && Tool.exiftool.isInstalled, "needs heif-info and heif-convert"))
    func libheif() async throws {
        try await withScratch { scratch in
            let file = try await made(scratch)
            let told = try await runProgram(try #require(Tool.heifInfo.path), [file])
            #expect(told.exitCode == 0 && told.output.contains("image: 151x101"), "\(told)")
            #expect(told.output.contains("Exif:") && told.output.contains("main brand: heic"), "\(told)")
            let shown = "\(scratch.path)/shown.png"
            let converted = try await runProgram(try #require(Tool.heifConvert.path), [file, shown])
            #expect(converted.exitCode == 0, "\(converted)")
            // Both as vips sees them: what was written without loss beside it, and what libheif's program makes of it.
            let vips = try #require(Tool.vips.path)
            for step in [
                ["subtract", shown, "\(scratch.path)/out/a.plain.png", "\(scratch.path)/d.v"],
                ["abs", "\(scratch.path)/d.v", "\(scratch.path)/e.v"],
            ] {
                #expect(try await runProgram(vips, step).exitCode == 0)
            }
            let mean = try await runProgram(vips, ["avg", "\(scratch.path)/e.v"])
            let difference = Double(mean.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 255
            #expect(difference < 6, "\(mean)")
        }
    }

    @Test(
        "exiftool finds EXIF and XMP in it, and nothing to complain of",
        .enabled(if: Tool.exiftool.isInstalled && Tool.vips.isInstalled, "needs exiftool"))
    func exiftool() async throws {
        try await withScratch { scratch in
            let file = try await made(scratch)
            let listing = try await runProgram(
                try #require(Tool.exiftool.path),
                ["-s", "-n", "-G", "-validate", "-warning", "-error", "-a"]
                    + ["-Make", "-GPSLatitude", "-Title", "-ImageSize", "-HEVCConfigurationVersion", file])
            #expect(listing.output.contains("Acme") && listing.output.contains("Seaside"), "\(listing)")
            #expect(listing.output.contains("52.5") && listing.output.contains("151 101"), "\(listing)")
            #expect(!listing.output.contains("Error"), "\(listing)")
        }
    }
}
