import Jobs
import Naming
import Pipeline
import Testing

@testable import Outbox

@Suite("Names in the outbox")
struct OutputNamesTests {
    private func pipeline(_ template: String, _ renditions: [Rendition]? = nil) -> Pipeline {
        Pipeline(
            name: "web",
            renditions: renditions ?? [
                Rendition(name: "small", encoder: .webp(WebP())), Rendition(name: "thumb", encoder: .jpeg(JPEG())),
            ], output: OutputRules(name: template))
    }

    @Test(
        "the template's forms, short and long",
        arguments: [
            ("IMG_1.JPG", "{stem}.{rendition}.{ext}", ["IMG_1.small.webp", "IMG_1.JPG.small.webp"]),
            ("a/b/IMG_1.JPG", "{rendition}-{stem}.{ext}", ["a/b/small-IMG_1.webp", "a/b/small-IMG_1.JPG.webp"]),
            ("a.tar.gz", "{stem}_{rendition}.{ext}", ["a.tar_small.webp", "a.tar.gz_small.webp"]),
            ("IMG.JPG", "{name}.{rendition}.{ext}", ["IMG.JPG.small.webp"]),
            ("noextension", "{stem}.{rendition}.{ext}", ["noextension.small.webp"]),
            ("{ext}.jpg", "{stem}.{rendition}.{ext}", ["{ext}.small.webp", "{ext}.jpg.small.webp"]),
            ("x.jpg", "{stem}{stem}.{rendition}", ["xx.small", "x.jpgx.jpg.small"]),
        ])
    func forms(source: String, template: String, first: [String]) throws {
        let candidates = try OutputNames.candidates(for: path(source), pipeline: pipeline(template), folder: nil)
        #expect(candidates.map { $0.renditions[0].path.text } == first)
        #expect(candidates.allSatisfy { $0.sidecar.text == source + ".json" })
        #expect(candidates.allSatisfy { $0.renditions.map(\.rendition) == ["small", "thumb"] })
    }

    @Test("a route stands between the inbox's folder and the source's, and only what was made has a name")
    func route() throws {
        func names(_ folder: String?, _ route: String?) throws -> [String] {
            let names = try OutputNames.candidates(
                for: path("sub/a.jpg"), pipeline: pipeline("{stem}.{rendition}.{ext}"),
                folder: folder.map { try path($0) }, route: route.map { try path($0) },
                made: [.rendition("thumb", page: nil)])
            return names[0].renditions.map(\.path.text) + [names[0].sidecar.text]
        }
        #expect(try names(nil, "cat/2024") == ["cat/2024/sub/a.thumb.jpg", "cat/2024/sub/a.jpg.json"])
        #expect(try names("phone", "cat") == ["phone/cat/sub/a.thumb.jpg", "phone/cat/sub/a.jpg.json"])
        #expect(try names("phone", nil) == ["phone/sub/a.thumb.jpg", "phone/sub/a.jpg.json"])
    }

    @Test(
        "pages of a document are numbered behind the source's name, or where the template says",
        arguments: [
            ("{stem}.{rendition}.{ext}", "scan.2.thumb.jpg", "scan.TIF.2.thumb.jpg", "scan.thumb.jpg"),
            ("{rendition}-{stem}.{ext}", "thumb-scan.2.jpg", "thumb-scan.TIF.2.jpg", "thumb-scan.jpg"),
            ("{stem}-p{page}_{rendition}.{ext}", "scan-p2_thumb.jpg", "scan.TIF-p2_thumb.jpg", "scan-p1_thumb.jpg"),
        ])
    func pages(template: String, short: String, long: String, whole: String) throws {
        let made: [ResultName] = [.rendition("small", page: 1), .rendition("thumb", page: 2)]
        let names = try OutputNames.candidates(
            for: path("scan.TIF"), pipeline: pipeline(template), folder: nil, made: made)
        #expect(names.map { $0.renditions[1].path.text } == [short, long])
        #expect(names.allSatisfy { $0.renditions.map(\.rendition) == ["1.small", "2.thumb"] })
        #expect(names.allSatisfy { $0.sidecar.text == "scan.TIF.json" })
        let alone = try OutputNames.candidates(for: path("scan.TIF"), pipeline: pipeline(template), folder: nil)
        #expect(alone[0].renditions[1].path.text == whole)
    }

    @Test("date, number, camera and label are filled in; what is not known yet stays as it is written")
    func values() throws {
        let values = NameValues(
            facts: NamingFacts(taken: "2024-05-01T10:20:30", make: "Canon", labels: ["kind": "cat/dog"]), number: 7)
        func names(_ template: String, _ values: NameValues) throws -> [String] {
            try OutputNames.candidates(
                for: path("sub/{make}.jpg"), pipeline: pipeline(template), folder: nil, values: values
            ).map { $0.renditions[0].path.text }
        }
        let template = "{date:%Y%m%d}_{counter:3}_{make}_{model}_{kind.label}.{rendition}.{ext}"
        #expect(try names(template, values) == ["sub/20240501_007_Canon_unknown_cat-dog.small.webp"])
        #expect(
            try names(template, NameValues()) == ["sub/\(template.replacing("{rendition}.{ext}", with: "small.webp"))"])
        // Both forms, and a source's own braces stay.
        #expect(
            try names("{make}-{stem}.{rendition}", values) == ["sub/Canon-{make}.small", "sub/Canon-{make}.jpg.small"])
        #expect(OutputNames.folder(of: try path("a.jpg"), folder: nil, route: nil) == [])
        #expect(
            OutputNames.folder(of: try path("s/a.jpg"), folder: try path("in"), route: try path("x/y"))
                == Array("in/x/y/s".utf8))
    }

    @Test("numbers pass over foreign files, and those of the source's own sidecar stay")
    func numbers() throws {
        try withTemporaryDirectory { directory in
            let outbox = try directory.make("outbox")
            let publisher = Publisher(outbox: outbox)
            let names = NumberedNames(
                source: try path("s/a.jpg"), pipeline: pipeline("{counter:2}.{rendition}.{ext}"), folder: nil,
                route: nil,
                made: [.rendition("small", page: nil), .rendition("thumb", page: nil)], values: NameValues())
            #expect(names.place == Array("s".utf8))
            #expect(try names.firstFree(from: 1, own: [], in: publisher) == 1)
            try outbox.write("x", at: "s/01.thumb.jpg")
            try outbox.write("x", at: "s/02.small.webp/inner")
            #expect(try names.firstFree(from: 1, own: [], in: publisher) == 3)
            #expect(try names.firstFree(from: 1, own: [path("s/01.thumb.jpg")], in: publisher) == 1)
            #expect(try names.published(in: publisher) == nil)
            var told = sidecar("s/a.jpg", job: "job-1", renditions: [("s/04.small.webp", "x")])
            told.counter = 4
            try outbox.write(String(decoding: SidecarFile.encode(told), as: UTF8.self), at: "s/a.jpg.json")
            #expect(try names.published(in: publisher) == 4)
            // Of another source, or another folder, it is none.
            told.source.path = "s/b.jpg"
            try outbox.write(String(decoding: SidecarFile.encode(told), as: UTF8.self), at: "s/a.jpg.json")
            #expect(try names.published(in: publisher) == nil)
        }
    }

    @Test("a motion photo's video has the source's name alone")
    func motion() throws {
        let names = try OutputNames.candidates(
            for: path("a/IMG_1.JPG"), pipeline: pipeline("{rendition}_{stem}.{ext}"), folder: nil,
            made: [.rendition("small", page: nil), .motion("mp4")])
        #expect(
            names.map { $0.renditions.map(\.path.text) } == [
                ["a/small_IMG_1.webp", "a/IMG_1.mp4"], ["a/small_IMG_1.JPG.webp", "a/IMG_1.JPG.mp4"],
            ])
    }

    @Test("extensions are the formats'")
    func extensions() throws {
        let encoders: [(Rendition.Encoder, String)] = [
            (.jpeg(JPEG()), "jpg"), (.png(PNG()), "png"), (.webp(WebP()), "webp"), (.avif(AVIF()), "avif"),
            (.tiff(TIFF()), "tif"), (.gif(GIF()), "gif"), (.jxl(JXL()), "jxl"), (.heif(HEIF()), "heic"),
        ]
        let all = encoders.enumerated().map { Rendition(name: "r\($0)", encoder: $1.0) }
        let names = try OutputNames.candidates(
            for: path("a.x"), pipeline: pipeline("{stem}.{rendition}.{ext}", all), folder: nil)
        #expect(names[0].renditions.map(\.path.text) == encoders.enumerated().map { "a.r\($0).\($1.1)" })
    }

    @Test("an inbox with a folder of its own mirrors its tree below it")
    func folder() throws {
        let names = try OutputNames.candidates(
            for: path("sub/a.jpg"), pipeline: pipeline("{stem}.{rendition}.{ext}"), folder: path("phones/mine"))
        #expect(names[0].renditions[0].path.text == "phones/mine/sub/a.small.webp")
        #expect(names[0].sidecar.text == "phones/mine/sub/a.jpg.json")
    }

    @Test("names that are not UTF-8 keep their bytes")
    func bytes() throws {
        let source = try #require(RelativePath(bytes: [0xFF, 0xFE, 0x2E, 0x6A]))
        let names = try OutputNames.candidates(for: source, pipeline: pipeline("{stem}.{rendition}"), folder: nil)
        #expect(names[0].renditions[0].path.bytes == [0xFF, 0xFE] + Array(".small".utf8))
        #expect(names[1].renditions[0].path.bytes == [0xFF, 0xFE, 0x2E, 0x6A] + Array(".small".utf8))
        #expect(names[0].sidecar.bytes == source.bytes + Array(".json".utf8))
    }

    @Test("255 bytes are a name, 256 are refused with the name and the limit", arguments: 236...252)
    func lengths(length: Int) throws {
        // NAME.small.webp: the stem and 11 bytes; NAME.json: the name and 5.
        let source = try path(String(repeating: "n", count: length - 4) + ".jpg")
        let short = length - 4 + 11
        let long = length + 11
        if short <= 255, length + 5 <= 255 {
            let names = try OutputNames.candidates(
                for: source, pipeline: pipeline("{stem}.{rendition}.{ext}"), folder: nil)
            // The long form is no reason to refuse a source that may not need it.
            #expect(names.count == (long <= 255 ? 2 : 1))
            #expect(names.allSatisfy { $0.renditions.allSatisfy { $0.path.name.count <= 255 } })
        } else {
            let error = #expect(throws: JobError.self) {
                try OutputNames.candidates(for: source, pipeline: pipeline("{stem}.{rendition}.{ext}"), folder: nil)
            }
            #expect(error?.code == .nameTooLong)
            #expect(error?.message.contains("255") == true)
        }
    }

    @Test("a template that gives a rendition the sidecar's name is refused for the sources that it does so for")
    func sidecarName() throws {
        let one = [Rendition(name: "small", encoder: .webp(WebP()))]
        #expect(throws: JobError.self) {
            try OutputNames.candidates(for: path("noextension"), pipeline: pipeline("{stem}.json", one), folder: nil)
        }
        #expect(throws: JobError.self) {
            try OutputNames.candidates(for: path("a.jpg"), pipeline: pipeline("{stem}", nil), folder: nil)
        }
        let names = try OutputNames.candidates(for: path("a.jpg"), pipeline: pipeline("{stem}.json", one), folder: nil)
        #expect(names.map { $0.renditions[0].path.text } == ["a.json"])
    }

    @Test("the same source gives the same names, whatever came before it")
    func pure() throws {
        let all = try (0..<50).map {
            try OutputNames.candidates(
                for: path("d/\($0).jpg"), pipeline: pipeline("{stem}.{rendition}.{ext}"), folder: nil)
        }
        let reversed = try (0..<50).reversed().map {
            try OutputNames.candidates(
                for: path("d/\($0).jpg"), pipeline: pipeline("{stem}.{rendition}.{ext}"), folder: nil)
        }
        #expect(all == reversed.reversed())
    }
}
