import Testing

@testable import Pipeline
@testable import Schema

@Suite("Quantities and words as people write them")
struct MeasureTests {
    @Test(
        "sizes",
        arguments: [
            ("64MiB", 64 << 20), ("2G", 2 << 30), ("512K", 512 << 10), ("1048576", 1 << 20), ("10MB", 10_000_000),
            ("1.5GiB", 3 << 29), ("1kB", 1000), ("0", 0), ("18446744073709551615", UInt64.max), ("3 MiB", 3 << 20),
        ] as [(String, UInt64)])
    func sizes(text: String, bytes: UInt64) {
        #expect(Measure.bytes(text) == bytes)
    }

    @Test(
        "what is no size",
        arguments: [
            "", "G", "-1", "1.5", "2 gigs", "64mib", "1e3", "18446744073709551616", "99999999999G", ".5G", "5.G",
        ])
    func notSizes(text: String) {
        #expect(Measure.bytes(text) == nil)
    }

    @Test("counts are decimal")
    func counts() {
        #expect(Measure.count("2G") == 2_000_000_000)
        #expect(Measure.count("1.5M") == 1_500_000)
        #expect(Measure.count("500k") == 500_000)
        #expect(Measure.count("2GiB") == nil)
    }

    @Test(
        "times",
        arguments: [("10m", 600), ("2s", 2), ("500ms", 0.5), ("1h30m", 5400), ("1.5s", 1.5), ("2d", 172_800)])
    func times(text: String, seconds: Double) {
        #expect(Measure.seconds(text) == seconds)
    }

    @Test("what is no time", arguments: ["", "10", "m", "30m1h", "1h1h", "-2s", "2 s", "2min"])
    func notTimes(text: String) {
        #expect(Measure.seconds(text) == nil)
    }

    @Test(
        "a slip finds its word",
        arguments: [
            ("qualty", "quality"), ("covr", "cover"), ("smartSubsampling", "smart-subsampling"), ("QUALITY", "quality"),
            ("smart_subsampling", "smart-subsampling"), ("ltop", "top"), ("widht", "width"),
        ])
    func near(slip: String, word: String) {
        let words = ["quality", "cover", "contain", "smart-subsampling", "top", "left", "width", "height"]
        #expect(nearest(slip, of: words) == word)
    }

    @Test("what is far from every word finds none", arguments: ["", "x", "denoise", "qu", "heightened-senses"])
    func far(word: String) {
        #expect(nearest(word, of: ["quality", "cover", "top", "height"]) == nil)
    }

    @Test("colours")
    func colours() {
        #expect(RGBA("#fff") == .white)
        #expect(RGBA("#11223344") == RGBA(0x11, 0x22, 0x33, 0x44))
        #expect(RGBA("transparent") == .transparent)
        #expect(RGBA("#1234") == nil)
        #expect(RGBA("fff") == nil)
        #expect(RGBA("#ggg") == nil)
    }
}
