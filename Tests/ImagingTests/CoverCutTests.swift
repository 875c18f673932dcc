import CVips
import Imaging
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Stages
@testable import Vips

extension ImagingTests {
    @Suite("Cutting before enlarging")
    struct CoverCutTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("what is scaled is a little more than what is kept, however long the picture is")
        func elongated() {
            let cut = CoverCut(
                of: PixelSize(width: 1, height: 600), whole: PixelSize(width: 1080, height: 648_000),
                box: PixelSize(width: 1080, height: 1080), at: (0, 323_460))
            #expect(cut.source.width == 1)
            #expect(cut.source.height < 30)
            #expect(cut.scaled.height == cut.source.height * 1080)
            #expect(cut.source.top * 1080 + cut.box.top == 323_460)
        }

        @Test(
            "the box lies in what is scaled, and that in the picture",
            arguments: [(1000, 10), (10, 1000), (3, 2), (1, 20000), (20000, 1), (799, 601)])
        func within(width: Int, height: Int) {
            let size = PixelSize(width: width, height: height)
            for box in [PixelSize(width: 1080, height: 1920), PixelSize(width: 1200, height: 630)] {
                let geometry = ResizeGeometry(of: size, cover(box))
                let (across, down) = (geometry.scaled.width - box.width, geometry.scaled.height - box.height)
                for part in 0...4 {
                    let origin = (left: across * part / 4, top: down * part / 4)
                    let cut = CoverCut(of: size, whole: geometry.scaled, box: box, at: origin)
                    #expect(cut.box.size == box)
                    #expect(cut.source.left >= 0 && cut.source.left + cut.source.width <= width)
                    #expect(cut.source.top >= 0 && cut.source.top + cut.source.height <= height)
                    #expect(cut.box.left >= 0 && cut.box.left + cut.box.width <= cut.scaled.width)
                    #expect(cut.box.top >= 0 && cut.box.top + cut.box.height <= cut.scaled.height)
                    let scale = Double(geometry.scaled.width) / Double(width)
                    let shift = Double(cut.source.left) * scale + Double(cut.box.left) - Double(origin.left)
                    #expect(abs(shift) <= 0.5)
                }
            }
        }

        @Test("it looks as if all had been enlarged", arguments: [Position.left, .centre, .bottomRight])
        func same(position: Position) throws {
            let picture = try texture(300, 90)
            let whole = try bench.apply([.resize(1000, 300, .fill, enlarge: true)], to: picture)
            let cut = try bench.apply(
                [.resize(300, 300, .cover, position: position, enlarge: true)], to: picture)
            let origin = position.origin(of: cut.size, in: whole.size)
            let expected = try whole.extracted(
                PixelRectangle(left: origin.left, top: origin.top, width: 300, height: 300))
            #expect(try psnr(cut, expected) > 45)
        }

        @Test("in light too")
        func linear() throws {
            let picture = try texture(300, 90)
            var (whole, cut) = (Resize(width: 1000, height: 300, fit: .fill), cover(PixelSize(width: 300, height: 300)))
            (whole.enlarge, whole.linear) = (true, true)
            let expected = try bench.apply([.resize(whole)], to: picture)
                .extracted(PixelRectangle(left: 350, top: 0, width: 300, height: 300))
            let asValues = try bench.apply([.resize(cut)], to: picture)
            cut.linear = true
            let inLight = try bench.apply([.resize(cut)], to: picture)
            let (quality, other) = (try psnr(inLight, expected), try psnr(asValues, expected))
            #expect(quality > 45 && quality > other)
        }

        @Test("a line covers a box by its middle, whichever way it lies", arguments: [1, 2, 3])
        func line(thickness: Int) throws {
            for isUpright in [true, false] {
                let size =
                    isUpright
                    ? PixelSize(width: thickness, height: 4000) : PixelSize(width: 4000, height: thickness)
                let image = try solid(size.width, size.height, red)
                let half = size.scaled(horizontal: isUpright ? 1 : 0.5, vertical: isUpright ? 0.5 : 1)
                try draw(on: image, blue, left: 0, top: 0, width: half.width, height: half.height)
                let cut = try bench.apply([.resize(600, 600, .cover, enlarge: true)], to: image)
                #expect(cut.size == PixelSize(width: 600, height: 600))
                #expect(isClose(try cut.pixel(x: 2, y: 2), blue))
                #expect(isClose(try cut.pixel(x: 597, y: 597), red))
            }
        }

        @Test(
            "what draws the eye is found in a line that is never enlarged whole",
            arguments: [Position.attention, .entropy])
        func smart(position: Position) throws {
            let image = try solid(4000, 10, [128, 128, 128])
            let busy = try texture(40, 10).linear(factor: 3, offset: -256).cast(to: VIPS_FORMAT_UCHAR)
            let composed = try image.covered(by: busy, left: 3000, top: 0).copiedToMemory()
            let cut = try bench.apply([.resize(600, 600, .cover, position: position, enlarge: true)], to: composed)
            #expect(cut.size == PixelSize(width: 600, height: 600))
            #expect(Set(try samples(cut)).count > 20, "the texture was cut away")
        }

        @Test("a turned line is turned before it grows")
        func turned() throws {
            let image = try withOrientation(try solid(1, 3000, red), 6)
            try draw(on: image, blue, left: 0, top: 0, width: 1, height: 1500)
            let output = try bench.run(
                try bench.source(image, as: .tiff(TIFF())), stages: [.autorotate],
                renditions: [.png("a", [.resize(500, 400, .cover, enlarge: true)])])
            #expect(output.renditions.map(\.width) == [500])
            let cut = try bench.read("out.a")
            // The top has come to the right.
            #expect(isClose(try cut.pixel(x: 2, y: 200), red))
            #expect(isClose(try cut.pixel(x: 497, y: 200), blue))
        }

        @Test("a side that no picture can have is refused, by name")
        func tooLong() throws {
            let error = bench.failure(
                try bench.source(try solid(20000, 1, red)), stages: [.resize(nil, 1080, .inside, enlarge: true)])
            #expect(error?.code == .stageFailed)
            #expect(error?.message.contains("21600000x1080") == true)
        }

        private func cover(_ box: PixelSize) -> Resize {
            var resize = Resize(width: box.width, height: box.height, fit: .cover)
            resize.enlarge = true
            return resize
        }
    }
}
