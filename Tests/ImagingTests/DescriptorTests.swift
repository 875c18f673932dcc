import CDescriptor
import Testing

@testable import Pictures

/// A made picture, 8-bit RGB.
private struct Picture {
    let width, height: Int
    var pixels: [UInt8] = []

    init(_ width: Int, _ height: Int, colour: (_ x: Int, _ y: Int) -> (Int, Int, Int)) {
        (self.width, self.height) = (width, height)
        for y in 0..<height {
            for x in 0..<width {
                let (red, green, blue) = colour(x, y)
                pixels += [UInt8(clamping: red), UInt8(clamping: green), UInt8(clamping: blue)]
            }
        }
    }

    func colour(_ x: Int, _ y: Int) -> (Int, Int, Int) {
        let start = 3 * (y * width + x)
        return (Int(pixels[start]), Int(pixels[start + 1]), Int(pixels[start + 2]))
    }

    var mirrored: Picture { Picture(width, height) { x, y in colour(width - 1 - x, y) } }

    /// Means of 2x2 pixels.
    var halved: Picture {
        Picture(width / 2, height / 2) { x, y in
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map { colour(2 * x + $0.0, 2 * y + $0.1) }
            return (four.map(\.0).sum / 4, four.map(\.1).sum / 4, four.map(\.2).sum / 4)
        }
    }

    func described() -> [Float] {
        var features = [Float](repeating: -1, count: Int(SLUICE_DESCRIPTOR_LENGTH))
        let result = sluice_describe(pixels, Int32(width), Int32(height), &features)
        return result == 0 ? features : []
    }

    static let red = Picture(200, 150) { _, _ in (200, 30, 40) }
    static let green = Picture(200, 150) { _, _ in (30, 160, 50) }
    /// Waves of all colours, a little uneven as photographs are.
    static let waves = Picture(240, 180) { x, y in
        let grain = (x * 7919 + y * 104_729) % 13
        return (
            120 + 80 * wave(x, 90) / 100 + grain, 110 + 60 * wave(y, 70) / 100 + grain,
            90 + 50 * wave(x + y, 110) / 100
        )
    }
    /// Short dark dashes in lines upon white.
    static let text = Picture(180, 240) { x, y in
        y % 9 < 5 && (x * 31 + y / 9 * 17) % 7 < 3 && x > 15 && x < 165 ? (20, 20, 20) : (255, 255, 255)
    }
    static let otherText = Picture(180, 240) { x, y in
        y % 11 < 6 && (x * 29 + y / 11 * 13) % 9 < 4 && x > 20 && x < 150 ? (35, 30, 30) : (250, 250, 250)
    }

    /// A triangle wave of a period, from -100 to 100.
    private static func wave(_ place: Int, _ period: Int) -> Int {
        let part = place % period * 400 / period
        return part < 200 ? part - 100 : 300 - part
    }
}

extension [Int] {
    fileprivate var sum: Int { reduce(0, +) }
}

private func likeness(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

@Suite("The descriptor")
struct DescriptorTests {
    @Test(
        "has all its numbers, finite, from 0 to 1, together a vector of length 1, for pictures of any size",
        arguments: [(1, 1), (1, 2), (2, 1), (1, 256), (256, 1), (3, 3), (5, 2), (256, 171)])
    func anySize(width: Int, height: Int) {
        let features = Picture(width, height) { x, y in (x * 37 % 256, y * 59 % 256, (x + y) * 11 % 256) }.described()
        #expect(features.count == Int(SLUICE_DESCRIPTOR_LENGTH))
        #expect(features.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 })
        let length = likeness(features, features).squareRoot()
        #expect(length > 0.97 && length < 1.0001)
    }

    @Test("is the same for the same picture, and nearly the same for its mirror image", arguments: [240, 241, 1])
    func mirror(width: Int) {
        let picture = Picture(width, 90) { x, y in (x * x / 97 % 256, y * 2, (x * y / 31) % 256) }
        #expect(picture.described() == picture.described())
        #expect(likeness(picture.described(), picture.mirrored.described()) > 0.999)
    }

    @Test("of a picture at half its size is closer to it than those of other pictures")
    func half() {
        let whole = Picture.waves.described()
        let half = likeness(whole, Picture.waves.halved.described())
        #expect(half > 0.9)
        for other in [Picture.red, .green, .text] { #expect(likeness(whole, other.described()) < half - 0.2) }
    }

    @Test("finds a text like another text, and neither like a picture of many colours")
    func kinds() {
        let text = Picture.text.described()
        #expect(likeness(text, Picture.otherText.described()) > likeness(text, Picture.waves.described()) + 0.2)
    }

    @Test("tells colours apart where nothing else differs")
    func colours() {
        #expect(likeness(Picture.red.described(), Picture.green.described()) < 0.7)
    }

    @Test("tells a subject in the middle from the same colours at the edge")
    func middle() {
        func spot(_ atX: Int, _ atY: Int) -> [Float] {
            Picture(200, 200) { x, y in
                abs(x - atX) < 30 && abs(y - atY) < 30 ? (220, 40, 30) : (120, 120, 120)
            }.described()
        }
        let middle = spot(100, 100)
        #expect(likeness(middle, spot(170, 170)) < likeness(middle, spot(110, 95)) - 0.02)
    }

    @Test("has the numbers that its version stands for: models are trained with them")
    func pinned() {
        // Other numbers? Then SLUICE_DESCRIPTOR_VERSION has to be another one too, and the model `kind` trained anew.
        #expect(SLUICE_DESCRIPTOR_VERSION == 1)
        let features = Picture.waves.described()
        let starts = [0, 600, 747, 894, 1041, 1105, 1153]
        let digest = zip(starts, starts.dropFirst() + [features.count]).map { start, end in
            features[start..<end].enumerated().reduce(Float(0)) { $0 + $1.element * Float($1.offset % 17 + 1) }
        }
        let expected: [Float] = [81.5610, 20.0481, 20.2201, 21.8460, 14.5758, 8.8931, 17.2090]
        for (found, number) in zip(digest, expected) { #expect(abs(found - number) < 0.002) }
    }
}
