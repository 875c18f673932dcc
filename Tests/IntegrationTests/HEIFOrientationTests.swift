import Jobs
import Testing

@Suite(
    "HEIC pictures that EXIF alone turns",
    .enabled(
        if: Tool.vips.isInstalled && Tool.exiftool.isInstalled, "the vips command and exiftool make the pictures"))
struct HEIFOrientationTests {
    private static let pipeline = """
        version: 1
        stages: [autorotate]
        renditions: { upright: { format: png } }
        """

    /// 96 pixels wide, 64 high, as stored; EXIF has it turned by a quarter.
    private func makeSideways(_ scratch: Scratch) async throws -> [UInt8]? {
        guard let vips = Tool.vips.path, let exiftool = Tool.exiftool.path else { return nil }
        try await scratch.convertPicture(to: "stored.jpg", width: 96, height: 64)
        let stored = "\(scratch.path)/stored.jpg"
        _ = try await runProgram(exiftool, ["-q", "-overwrite_original", "-n", "-Orientation=6", stored])
        let result = try await runProgram(
            vips, ["heifsave", stored, "\(scratch.path)/sideways.heic", "--compression", "hevc"])
        guard result.exitCode == 0 else {
            print("skipped: this vips writes no HEIC")
            return nil
        }
        return try scratch.read("sideways.heic")
    }

    @Test("are turned where the file has no turn of its own, and follows no rule that has EXIF's ignored")
    func turned() async throws {
        try await withScratch { scratch in
            guard let claiming = try await makeSideways(scratch) else { return }
            // libheif's files say that they follow MIAF; a phone's do not.
            let brand = Array("miaf".utf8)
            let place = try #require((16..<64).first { claiming[$0..<$0 + 4].elementsEqual(brand) })
            var phone = claiming
            phone.replaceSubrange(place..<place + 4, with: Array("mif2".utf8))
            try scratch.write(phone, to: "in/phone.heic")
            try scratch.write(claiming, to: "in/claiming.heic")
            let report = try await scratch.process(pipeline: Self.pipeline).report()
            #expect(report.published == 2)
            var found: [String: [Int]] = [:]
            for sidecar in try scratch.verifiedOutbox().values {
                let rendition = try #require(sidecar.renditions.first)
                found[sidecar.source.path] = [rendition.width, rendition.height, sidecar.source.orientation ?? 1]
            }
            #expect(found == ["phone.heic": [64, 96, 6], "claiming.heic": [96, 64, 1]])
        }
    }
}
