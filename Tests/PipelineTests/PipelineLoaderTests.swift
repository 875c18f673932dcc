import Testing

@testable import Jobs
@testable import Models
@testable import Pipeline

@Suite("Pipelines from YAML")
struct PipelineLoaderTests {
    private func load(_ yaml: String, directory: String = ".") throws -> Pipeline {
        try PipelineLoader.load(
            yaml: yaml, file: "web.yaml", name: "web", directory: directory, digest: { "digest of \($0)" })
    }

    @Test("what is left out has the defaults of the types")
    func defaults() throws {
        let pipeline = try load("version: 1\nrenditions: { a: { format: jpeg } }")
        #expect(pipeline == Pipeline(name: "web", renditions: [Rendition(name: "a", encoder: .jpeg(JPEG()))]))
        #expect(pipeline.after == .archive)
        #expect(pipeline.metadata.keep == [.icc, .copyright])
    }

    @Test("every key reaches its field")
    func full() throws {
        let pipeline = try load(
            """
            version: 1
            description: All of it
            accept: [jpeg, heif]
            limits: { pixels: 500M, bytes: 64MiB, time: 1m30s, pages: 7, damage: warning }
            renditions:
              a:
                stages: [grayscale]
                resize: { width: 640, height: 480, fit: cover, position: right top, enlarge: true }
                format: jpeg
                quality: 91
                interlace: true
                chroma: 4:2:0
                optimise: true
                background: [1, 2, 3]
              b: { format: webp, lossless: true, effort: 6, smart-subsampling: true, quality: 33 }
              c: { format: avif, effort: 9, chroma: auto, lossless: true, quality: 44 }
              d: { format: png, compression: 9, palette: true, quality: 55, progressive: true }
              e: { format: tiff, compression: jpeg, quality: 66, pyramid: true }
              g: { format: jxl, effort: 9, quality: 77 }
              h: { format: heif, effort: 2, quality: 66, chroma: auto }
              i: { format: heic }
              f: { format: gif, effort: 1, dither: 0.25, bitdepth: 4 }
            metadata: { keep: [exif, xmp], drop: gps }
            output: { name: "{name}-{rendition}.{ext}" }
            after: delete
            """)
        #expect(pipeline.description == "All of it")
        #expect(pipeline.accept == [.jpeg, .heif, .avif])
        #expect(pipeline.limits.pixels == 500_000_000)
        #expect(pipeline.limits.bytes == 64 << 20)
        #expect(pipeline.limits.time == 90)
        #expect(pipeline.limits.pages == 7)
        #expect(pipeline.limits.damage == .warning)
        #expect(pipeline.renditions.map(\.name) == ["a", "b", "c", "d", "e", "g", "h", "i", "f"])
        var resize = Resize(width: 640, height: 480, fit: .cover)
        resize.position = .topRight
        resize.enlarge = true
        // A rendition's resize goes before its stages, whatever the order of the keys.
        #expect(pipeline.renditions.first?.stages == [.resize(resize), .grayscale])
        var jpeg = JPEG()
        (jpeg.quality, jpeg.progressive, jpeg.chroma, jpeg.optimize) = (91, true, .on, true)
        jpeg.background = RGBA(1, 2, 3)
        var webp = WebP()
        (webp.quality, webp.lossless, webp.effort, webp.smartSubsampling) = (33, true, 6, true)
        var avif = AVIF()
        (avif.quality, avif.lossless, avif.effort, avif.chroma) = (44, true, 9, .auto)
        var png = PNG()
        (png.compression, png.palette, png.quality, png.progressive) = (9, true, 55, true)
        var tiff = TIFF()
        (tiff.compression, tiff.quality, tiff.pyramid) = (.jpeg, 66, true)
        var jxl = JXL()
        (jxl.quality, jxl.effort) = (77, 9)
        var heif = HEIF()
        (heif.quality, heif.effort, heif.chroma) = (66, 2, .auto)
        var gif = GIF()
        (gif.effort, gif.dither, gif.bitdepth) = (1, 0.25, 4)
        let encoders: [Rendition.Encoder] = [
            .jpeg(jpeg), .webp(webp), .avif(avif), .png(png), .tiff(tiff), .jxl(jxl), .heif(heif),
            .heif(HEIF()), .gif(gif),
        ]
        #expect(pipeline.renditions.map(\.encoder) == encoders)
        #expect(pipeline.metadata == MetadataPolicy(keep: [.exif, .xmp], drop: [.gps]))
        #expect(pipeline.output.name == "{name}-{rendition}.{ext}")
        #expect(pipeline.after == .delete)
    }

    @Test(
        "stages have short forms that mean the same as the long ones",
        arguments: [
            ("resize: 800x600>", "resize: { width: 800, height: 600 }"),
            ("resize: 800", "resize: { width: 800, height: 800 }"),
            ("resize: x600", "resize: { height: 600 }"),
            ("resize: 800x600!", "resize: { width: 800, height: 600, fit: fill, enlarge: true }"),
            ("crop: 100x50", "crop: { width: 100, height: 50, position: center }"),
            ("trim", "trim: { threshold: 10, margin: 0 }"),
            ("rotate: -90", "rotate: { angle: -90 }"),
            ("flip: vertical", "flip: { direction: vertical }"),
            ("flatten: '#FFF'", "flatten: { background: white }"),
            ("flatten:", "flatten: {}"),
            ("greyscale", "grayscale"),
            ("sharpen: 1.5", "sharpen: { sigma: 1.5, amount: 3 }"),
            ("blur: 2", "blur: { sigma: 2.0 }"),
            ("denoise", "denoise: auto"),
            ("denoise:", "denoise: { method: auto, sigma: auto, strength: 1, chroma: 1, detail: 0, place: auto }"),
            ("denoise: 12", "denoise: { sigma: 12.0, quality: good }"),
            ("denoise: median", "denoise: { method: median }"),
            ("color: p3", "colour: { profile: p3, intent: relative }"),
            ("colour", "colour: srgb"),
        ])
    func shortForms(short: String, long: String) throws {
        let pipeline = try load("version: 1\nstages:\n  - \(short)\n  - \(long)\nrenditions: { a: { format: png } }")
        #expect(pipeline.stages.count == 2)
        #expect(pipeline.stages.first == pipeline.stages.last)
    }

    @Test("a geometry that ends in < only enlarges")
    func onlyEnlarges() throws {
        let resize = try #require(Resize(geometry: "800x600<"))
        #expect(resize.enlarge)
        #expect(!resize.shrink)
        #expect(resize.fit == .inside)
    }

    @Test(
        "text that is no geometry is refused",
        arguments: ["", "x", "0", "800x0", "-5", "800x600x2", "8 00", "8000%", ">", "x>", "1e3", "999999999"])
    func notGeometry(text: String) {
        #expect(Resize(geometry: text) == nil)
    }

    @Test("a watermark's path starts at the file, and its digest is taken")
    func watermark() throws {
        let directory = try TemporaryDirectory()
        try directory.write("marks/logo.png", "not looked into here")
        try directory.write(
            "web.yaml",
            """
            version: 1
            stages: [watermark: { picture: ./marks/../marks/logo.png, position: southeast, scale: 0.25 }]
            renditions: { a: { format: png } }
            """)
        let pipeline = try PipelineLoader.load(path: "\(directory.path)/web.yaml", digest: { "digest of \($0)" })
        var expected = Watermark(picture: "\(directory.path)/marks/logo.png")
        expected.digest = "digest of \(directory.path)/marks/logo.png"
        expected.scale = 0.25
        #expect(pipeline.name == "web")
        #expect(pipeline.stages == [.watermark(expected)])
    }

    @Test("every key of denoise reaches its field")
    func denoise() throws {
        let directory = try TemporaryDirectory()
        try directory.write("net.onnx", "not looked into here")
        try directory.write("ffdnet.yaml", "version: 1\nfile: net.onnx\noutput: clean\n")
        try directory.write(
            "web.yaml",
            """
            version: 1
            stages:
              - denoise: { method: dct, sigma: 0.1, strength: 0, chroma: 2, detail: 0.25, quality: best, place: here }
              - denoise: { method: model, model: ffdnet.yaml, sigma: 100 }
            renditions: { a: { format: png } }
            """)
        let pipeline = try PipelineLoader.load(path: "\(directory.path)/web.yaml", digest: { "digest of \($0)" })
        let network = try ModelLoader.load(path: "\(directory.path)/ffdnet.yaml", digest: { "digest of \($0)" })
        var first = Denoise()
        (first.method, first.sigma, first.strength, first.chroma) = (.dct, 0.1, 0, 2)
        (first.detail, first.quality, first.place) = (0.25, .best, .here)
        var second = Denoise()
        (second.method, second.sigma, second.model) = (.model, 100, network)
        #expect(pipeline.stages == [.denoise(first), .denoise(second)])
        #expect(try decoded(encoded(pipeline)) == pipeline)
        #expect(!first.looksAtPicture && Denoise().looksAtPicture)
        var other = pipeline
        second.sigma = 99
        other.stages = [.denoise(first), .denoise(second)]
        #expect(try other.canonicalJSON != pipeline.canonicalJSON)
    }

    @Test("aliases work within bounds")
    func aliases() throws {
        let pipeline = try load(
            "version: 1\nrenditions:\n  a: { resize: &box { width: 9 }, format: png }\n"
                + "  b: { resize: *box, format: gif }")
        #expect(pipeline.renditions.map(\.stages) == [[.resize(Resize(width: 9))], [.resize(Resize(width: 9))]])
    }

    @Test("metadata takes words alone")
    func metadataWords() throws {
        func metadata(_ text: String) throws -> MetadataPolicy {
            try load("version: 1\nrenditions: { a: { format: png } }\nmetadata: \(text)").metadata
        }
        #expect(try metadata("{ keep: none }") == MetadataPolicy(keep: []))
        #expect(try metadata("{ keep: all, drop: [gps] }") == MetadataPolicy(keep: [.all], drop: [.gps]))
        #expect(try metadata("{ drop: all }") == MetadataPolicy(drop: [.all]))
        #expect(try metadata("{ drop: [all] }") == MetadataPolicy(drop: [.all]))
    }

    @Test("canonical JSON leaves out what does not change results, and nothing else")
    func canonical() throws {
        let one = try load("version: 1\ndescription: A\nrenditions: { a: { format: png } }\nafter: keep")
        var two = try load("after: delete\nrenditions:\n  a:\n    format: png\nversion: 1")
        two.name = "other"
        #expect(try one.canonicalJSON == two.canonicalJSON)
        // With every format that comes to be read, all results would be made again.
        two.accept = [.avif, .gif, .heif, .jpeg, .png, .tiff, .webp]
        #expect(try one.canonicalJSON == two.canonicalJSON)
        #expect(try String(decoding: one.canonicalJSON, as: UTF8.self).contains("\"raw\"") == false)
        two.accept.remove(.gif)
        #expect(try one.canonicalJSON != two.canonicalJSON)
        two = one
        two.raw = .develop
        #expect(try one.canonicalJSON != two.canonicalJSON)
        two = one
        two.metadata.drop = [.gps]
        #expect(try one.canonicalJSON != two.canonicalJSON)
        let text = try String(decoding: one.canonicalJSON, as: UTF8.self)
        #expect(!text.contains("sidecar") && !text.contains("dates"))
        two = one
        two.dates = .keep
        #expect(try one.canonicalJSON != two.canonicalJSON)
        for rules in [SidecarRules(exif: .all), SidecarRules(place: .hidden), SidecarRules(place: .folder("x"))] {
            two = one
            two.sidecar = rules
            #expect(try one.canonicalJSON != two.canonicalJSON)
        }
        var watermark = Watermark(picture: "/a/logo.png")
        watermark.digest = "0a"
        var three = one
        three.stages = [.watermark(watermark)]
        watermark.picture = "/b/logo.png"
        var four = one
        four.stages = [.watermark(watermark)]
        #expect(try three.canonicalJSON == four.canonicalJSON)
        watermark.digest = "0b"
        four.stages = [.watermark(watermark)]
        #expect(try three.canonicalJSON != four.canonicalJSON)
    }

    @Test(
        "where sidecars lie and what they tell",
        arguments: [
            ("", SidecarRules(), nil),
            ("sidecar: { exif: as-pictures, where: beside }", SidecarRules(), nil),
            (
                "sidecar: { exif: all, where: private/told }", SidecarRules(exif: .all, place: .folder("private/told")),
                "private/told"
            ),
            ("sidecar: { exif: none, where: .told }", SidecarRules(exif: .none, place: .folder(".told")), ".told"),
            ("sidecar: { where: none }", SidecarRules(place: .hidden), ".sluice/sidecars"),
        ])
    func sidecar(yaml: String, rules: SidecarRules, folder: String?) throws {
        let pipeline = try load("version: 1\nrenditions: { a: { format: png } }\n\(yaml)")
        #expect(pipeline.sidecar == rules && rules.folder?.text == folder)
        #expect(rules.told == (rules.place == .hidden ? .none : rules.exif))
        #expect(try decoded(encoded(pipeline)) == pipeline)
    }

    @Test("canonical JSON is the same whatever order the sets have")
    func canonicalSets() throws {
        var pipeline = try load("version: 1\nrenditions: { a: { format: png } }")
        let expected = try pipeline.canonicalJSON
        for _ in 0..<20 {
            pipeline.accept = Set(PictureFormat.allCases.shuffled())
            #expect(try pipeline.canonicalJSON == expected)
        }
        #expect(String(decoding: expected, as: UTF8.self).contains(#""keep":["copyright","icc"]"#))
    }

    @Test("a pipeline survives its JSON, as workers get it")
    func roundTrip() throws {
        let pipeline = try load("version: 1\nstages: [resize: 5x5, colour]\nrenditions: { a: { format: avif } }")
        #expect(try decoded(encoded(pipeline)) == pipeline)
    }
}
