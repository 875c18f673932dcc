import Testing

@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Sizes that a resize leads to")
    struct ResizeGeometryTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var fit: Resize.Fit
            var box: (Int?, Int?)
            var source = (2725, 2225)
            var enlarge = false
            var shrink = true
            var expected: (Int, Int)

            var testDescription: String { "\(source) \(fit) \(box)" }
        }

        // sharp's own test fixture is 2725 x 2225; the sizes are those of its tests of resize and fit.
        @Test(
            "agree with sharp's",
            arguments: [
                Case(fit: .cover, box: (320, 240), expected: (320, 240)),
                Case(fit: .contain, box: (320, 240), expected: (320, 240)),
                Case(fit: .fill, box: (320, 240), expected: (320, 240)),
                Case(fit: .inside, box: (320, 240), expected: (294, 240)),
                Case(fit: .outside, box: (320, 240), expected: (320, 261)),
                Case(fit: .inside, box: (320, nil), expected: (320, 261)),
                Case(fit: .inside, box: (nil, 320), expected: (392, 320)),
                Case(fit: .cover, box: (320, nil), expected: (320, 261)),
                Case(fit: .inside, box: (320, 320), expected: (320, 261)),
                Case(fit: .outside, box: (320, 320), expected: (392, 320)),
                Case(fit: .inside, box: (2800, nil), expected: (2725, 2225)),
                Case(fit: .inside, box: (3000, nil), enlarge: true, expected: (3000, 2450)),
                Case(fit: .cover, box: (3000, 3000), enlarge: true, expected: (3000, 3000)),
                Case(fit: .cover, box: (3000, 1000), expected: (2725, 1000)),
                Case(fit: .contain, box: (3000, 3000), expected: (3000, 3000)),
                Case(fit: .fill, box: (3000, 500), expected: (2725, 500)),
                Case(fit: .inside, box: (1000, nil), shrink: false, expected: (2725, 2225)),
                Case(fit: .inside, box: (10, 10), source: (1000, 3), expected: (10, 1)),
                Case(fit: .fill, box: (1, 1), source: (1, 5000), expected: (1, 1)),
            ])
        func sizes(_ test: Case) {
            var resize = Resize(width: test.box.0, height: test.box.1, fit: test.fit)
            resize.enlarge = test.enlarge
            resize.shrink = test.shrink
            for rounding in [false, true] {
                let geometry = ResizeGeometry(
                    of: PixelSize(width: test.source.0, height: test.source.1), resize, likeShrinkOnLoad: rounding)
                #expect(geometry.output == PixelSize(width: test.expected.0, height: test.expected.1))
            }
        }

        // vipsthumbnail 8.14.1 --size 300 makes a PNG of this size 300x175, a JPEG (loaded as 932x542) 300x174.
        @Test("round as vipsthumbnail does on a JPEG that it loads shrunk")
        func rounding() {
            let size = PixelSize(width: 1865, height: 1085)
            let resize = Resize(width: 300, height: 300)
            #expect(ResizeGeometry(of: size, resize).output.height == 175)
            #expect(ResizeGeometry(of: size, resize, likeShrinkOnLoad: true).output.height == 174)
        }

        @Test("keep what a box cuts or pads at its place")
        func positions() {
            let outer = PixelSize(width: 100, height: 60)
            let inner = PixelSize(width: 40, height: 20)
            #expect(Position.centre.origin(of: inner, in: outer) == (30, 20))
            #expect(Position.topLeft.origin(of: inner, in: outer, margin: 5) == (5, 5))
            #expect(Position.bottomRight.origin(of: inner, in: outer, margin: 5) == (55, 35))
            #expect(Position.top.origin(of: inner, in: outer) == (30, 0))
            #expect(Position.left.origin(of: inner, in: outer) == (0, 20))
            // No room for the margin.
            #expect(Position.bottom.origin(of: outer, in: outer, margin: 16) == (0, 0))
        }
    }
}
