import CVips
import Foundation
import Testing

@testable import Pipeline
@testable import Planning
@testable import Vips

/// The shared corpus: beside the repository, or where SLUICE_SHARED says.
private let corpus: String? = {
    let beside = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared").standardized
    let shared = ProcessInfo.processInfo.environment["SLUICE_SHARED"] ?? beside.path
    let corpus = "\(shared)/corpus"
    return FileManager.default.fileExists(atPath: corpus) ? corpus : nil
}()

private struct OrientationRule: Decodable {
    struct Member: Decodable {
        var upright_wh: [Int]
        /// Absent where the file shows another scene.
        var mae_vs_base: Double?
    }
    struct Group: Decodable {
        var base: String
        var max_mae_right: Double
        var min_mae_wrong: Double?
        var files: [String: Member]
    }
    var groups: [String: Group]
}

extension ImagingTests {
    @Suite("The shared corpus", .enabled(if: corpus != nil, "no shared corpus beside the repository"))
    struct CorpusTests {
        @Test("Every file of the orientation groups comes out upright by the rule file")
        func orientation() throws {
            let corpus = try #require(corpus)
            let data = try Data(contentsOf: URL(filePath: "\(corpus)/exif_orientation_rule.json"))
            let rule = try JSONDecoder().decode(OrientationRule.self, from: data)
            let bench = try Bench()
            var checked = 0
            for (name, group) in rule.groups {
                // The corpus is a part of a larger one: a group's base may be missing, another member shows the same.
                let present = group.files.keys.sorted().filter { fileSize("\(corpus)/\($0)") > 0 }
                guard let first = present.contains(group.base) ? group.base : present.first else { continue }
                let base = try thumbnail("\(corpus)/\(first)", bench, "base\(checked)")
                let right = group.max_mae_right
                let threshold = group.min_mae_wrong.map { (right + $0) / 2 } ?? max(2 * right, 10)
                for (file, member) in group.files where present.contains(file) {
                    checked += 1
                    let output = try thumbnail("\(corpus)/\(file)", bench, "\(checked)")
                    if member.mae_vs_base != nil {
                        let difference = try meanDifference(output, base)
                        #expect(difference <= threshold, "\(name) \(file): \(difference) over \(threshold)")
                    }
                    let (width, height) = (Double(member.upright_wh[0]), Double(member.upright_wh[1]))
                    let scale = Double(output.width) / width
                    #expect(abs(Double(output.height) - height * scale) <= 1, "\(file): \(output.size.words)")
                    #expect((output.integer("orientation") ?? 1) == 1)
                }
            }
            #expect(checked > 20)
        }

        func thumbnail(_ file: String, _ bench: Bench, _ name: String) throws -> Image {
            try bench.run(
                file, stages: [.autorotate, .resize(256, 256, enlarge: true), .colour(Colour())],
                renditions: [.png(name)])
            return try bench.read("out.\(name)")
        }

        /// Mean of absolute differences of 8-bit RGB values, in the base's size.
        func meanDifference(_ image: Image, _ base: Image) throws -> Double {
            func rgb(_ image: Image) throws -> Image {
                let colour = image.isGrey ? try image.converted(to: VIPS_INTERPRETATION_sRGB) : image
                return try colour.extractedBands(first: 0, count: 3)
            }
            let fitted = try rgb(image).resampled(
                Resampling(
                    size: base.size, horizontal: Double(base.width) / Double(image.width),
                    vertical: Double(base.height) / Double(image.height)))
            let reference = try rgb(base)
            let difference = try Image.make {
                sluice_absolute_difference(fitted.pointer, reference.pointer, &$0)
            }
            var mean = 0.0
            try #require(sluice_average(difference.pointer, &mean) == 0)
            return mean
        }
    }
}
