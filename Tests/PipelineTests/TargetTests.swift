import Testing

@testable import Jobs
@testable import Pipeline
@testable import Schema

@Suite("What a file is to keep to")
struct TargetTests {
    private func load(_ rendition: String, name: String = "{stem}.{rendition}.{ext}") throws -> Pipeline {
        try PipelineLoader.load(
            yaml: "version: 1\nrenditions:\n  a: \(rendition)\noutput: { name: '\(name)' }\n", file: "p.yaml",
            name: "p",
            digest: { $0 })
    }

    private func faults(_ rendition: String, name: String = "{stem}.{rendition}.{ext}") -> [String] {
        do {
            _ = try load(rendition, name: name)
            return []
        } catch let faults as ConfigurationFaults {
            return faults.faults.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("a size, and what it leaves to each picture")
    func size() throws {
        let rendition = try #require(try load("{ format: jpg, max-bytes: 200KB }").renditions.first)
        #expect(rendition.target?.maxBytes == 200_000)
        #expect(rendition.target?.least == 1)
        guard case .jpeg(let jpeg) = rendition.encoder else { return #expect(Bool(false)) }
        // A file would jump where `auto` changes.
        #expect(jpeg.quality == 95 && jpeg.chroma == .on)
    }

    @Test(
        "the qualities that are tried",
        arguments: [
            ("{ format: webp, max-bytes: 10KB, quality: 70 }", 1, 70),
            ("{ format: webp, max-bytes: 10KB, shrink: true }", 30, 95),
            ("{ format: webp, max-bytes: 10KB, shrink: true, quality: 20 }", 20, 20),
            ("{ format: webp, max-bytes: 10KB, quality: { min: 40, max: 60 } }", 40, 60),
            ("{ format: jxl, quality: { ssim: 0.98 } }", 1, 100),
            ("{ format: avif, quality: { ssim: 0.98, max: 80 }, max-bytes: 1M }", 1, 80),
            ("{ format: tiff, compression: jpeg, quality: { ssim: 0.9, min: 5 } }", 5, 100),
        ])
    func range(yaml: String, least: Int, most: Int) throws {
        let rendition = try #require(try load(yaml).renditions.first)
        #expect(rendition.target?.least == least)
        #expect(rendition.encoder.quality == most)
    }

    @Test("a pipeline without one is what it was")
    func none() throws {
        let pipeline = try load("{ format: jpeg, quality: 70 }")
        #expect(pipeline.renditions.first?.target == nil)
        let json = String(decoding: try pipeline.canonicalJSON, as: UTF8.self)
        #expect(!json.contains("target") && !json.contains("group"))
    }

    @Test("several formats are renditions of one name, with their own options and the common ones")
    func formats() throws {
        let several = try load(
            "{ resize: 100, formats: { avif: { quality: 40 }, webp: , jpg: { max-bytes: 1KB } }, effort: 2 }")
        #expect(several.renditions.map(\.name) == ["a-avif", "a-webp", "a-jpeg"])
        #expect(several.renditions.map(\.shownName) == ["a", "a", "a"])
        #expect(several.renditions.map(\.encoder.quality) == [40, 80, 95])
        #expect(several.renditions.allSatisfy { $0.isSamePixels(as: several.renditions[0]) })
        guard case .webp(let webp) = several.renditions[1].encoder else { return #expect(Bool(false)) }
        #expect(webp.effort == 2)
        #expect(
            try load("{ formats: [png, tif], when: 'width > 3' }").renditions.map(\.encoder.format) == [.png, .tiff])
        #expect(try load("{ formats: [png, jpg] }", name: "{stem}.{ext}").renditions.count == 2)
    }

    @Test(
        "faults",
        arguments: [
            ("{ format: jpeg, shrink: true }", ["p.yaml:3:6: renditions.a.shrink: has no effect without max-bytes"]),
            (
                "{ format: jpeg, quality: { max: 80 } }",
                ["p.yaml:3:31: renditions.a.quality: needs ssim, or max-bytes beside it"]
            ),
            (
                "{ format: jpeg, quality: { ssim: 0.9, min: 80, max: 20 } }",
                ["p.yaml:3:49: renditions.a.quality.min: is more than max (20)"]
            ),
            (
                "{ format: webp, lossless: true, quality: { ssim: 0.9 } }",
                ["p.yaml:3:47: renditions.a.quality: has no effect, as the file is lossless"]
            ),
            (
                "{ format: jpeg, quality: { ssim: 2 } }",
                ["p.yaml:3:39: renditions.a.quality.ssim: '2' is not a number from 0.5 to 0.9999"]
            ),
            ("{ formats: [jpeg, jpg] }", ["p.yaml:3:24: renditions.a.formats: jpeg is given twice"]),
            ("{ formats: [] }", ["p.yaml:3:17: renditions.a.formats: is empty; expected a list of formats"]),
            (
                "{ format: png, formats: [jpeg] }",
                ["p.yaml:3:8: renditions.a: format and formats exclude each other"]
            ),
            (
                "{ formats: { wepb: } }",
                [
                    "p.yaml:3:19: renditions.a.formats: 'wepb' is not one of jpeg, png, webp, avif, jxl, heif, tiff, gif, original; did you mean 'webp'?"
                ]
            ),
            (
                "{ formats: [png, jpeg], lossless: true }",
                [
                    "p.yaml:3:30: renditions.a.lossless: 'lossless' is not an option of format png (but of webp, avif, jxl)"
                ]
            ),
            // Told once, however many formats there are.
            (
                "{ formats: [png, jpeg, webp], resize: { width: 0 } }",
                ["p.yaml:3:53: renditions.a.resize.width: '0' is not a whole number of pixels from 1 to 100000"]
            ),
        ])
    func faults(yaml: String, expected: [String]) { #expect(faults(yaml) == expected) }

    @Test("the source's own file")
    func original() throws {
        let pipeline = try load("{ format: original, optimise: true }")
        #expect(pipeline.renditions.isEmpty && pipeline.resultNames == ["a"])
        #expect(pipeline.originals.first?.optimize == true)
        #expect(try load("{ format: jpeg, never-larger: true }").renditions.first?.neverLarger == true)
        #expect(
            faults("{ format: original, quality: 80 }") == [
                "p.yaml:3:26: renditions.a.quality: 'quality' has no effect on an original, whose pixels are not touched"
            ])
        #expect(
            faults("{ format: original, rezise: 80 }").first?.contains("unknown key") == true)
    }

    @Test("percentages and pixels, where they are meant")
    func units() throws {
        func resize(_ text: String) throws -> Resize? {
            guard
                case .resize(let resize)? = try load("{ format: png, resize: \(text) }").renditions.first?.stages.first
            else { return nil }
            return resize
        }
        #expect(try resize("50%")?.scale == 0.5)
        #expect(try resize("{ scale: 150%, linear: true }")?.scale == 1.5)
        #expect(try resize("{ scale: 0.25 }")?.scale == 0.25)
        #expect(try resize("800x600px")?.height == 600)
        #expect(try resize("{ width: 20px }")?.width == 20)
        #expect(faults("{ format: png, resize: { width: 20% } }").count == 1)
        #expect(faults("{ format: png, resize: 2000% }").count == 1)
        #expect(
            faults("{ format: png, resize: { scale: 50%, width: 100 } }") == [
                "p.yaml:3:43: renditions.a.resize.width: has no effect beside scale"
            ])
        let mark = try load("{ format: gif, dither: 25% }").renditions[0].encoder
        guard case .gif(let gif) = mark else { return #expect(Bool(false)) }
        #expect(gif.dither == 0.25)
    }

    @Test("formats of one rendition need {ext} in names")
    func extensions() {
        #expect(
            faults("{ formats: [png, jpeg] }", name: "{stem}") == [
                "p.yaml:4:17: output.name: needs {ext}, as a rendition has several formats"
            ])
    }
}
