import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("GIF headers")
struct GIFHeaderTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        var size: [Int] = [30, 20]
        var bands = 3
        var pages = 1
    }

    static let whole = GIFSample.frame(width: 30, height: 20)
    static let cases = [
        Case(name: "one frame", bytes: GIFSample.file(blocks: [whole])),
        Case(
            name: "three frames, one of them transparent",
            bytes: GIFSample.file(blocks: [whole, GIFSample.control(transparent: true), whole, whole]), bands: 4,
            pages: 3),
        Case(
            name: "a comment and a colour table of the frame's own",
            bytes: GIFSample.file(
                blocks: [[0x21, 0xFE, 2, 65, 66, 0], GIFSample.frame(width: 30, height: 20, colours: true), whole]),
            pages: 2),
        Case(
            name: "a first frame larger than the canvas",
            bytes: GIFSample.file(blocks: [GIFSample.frame(x: 5, y: 5, width: 40, height: 40)]), size: [45, 45]),
        Case(
            name: "a second frame larger than the canvas",
            bytes: GIFSample.file(blocks: [whole, GIFSample.frame(x: 5, y: 5, width: 400, height: 400)]), pages: 2),
        Case(
            name: "the size of a screen for a canvas",
            bytes: GIFSample.file(width: 640, height: 480, blocks: [whole])),
        Case(name: "a canvas of no width", bytes: GIFSample.file(width: 0, blocks: [whole])),
        Case(name: "no trailer", bytes: GIFSample.file(blocks: [whole, whole], trailer: false), bands: 4, pages: 2),
    ]

    @Test("canvas, transparency and frames are read as libnsgif reads them", arguments: cases)
    func reads(_ sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .gif)
        #expect([header.width, header.height] == sample.size)
        #expect([header.decodedWidth, header.decodedHeight] == sample.size)
        #expect(header.bands == sample.bands)
        #expect(header.pages == sample.pages)
        #expect(header.minimumPages == sample.pages)
        #expect(header.isAnimated == (sample.pages > 1))
    }

    @Test("the frames of a long animation are counted as far as the limits go")
    func longAnimation() throws {
        let frame = Bytes.join(
            Array(Self.whole.dropLast()), (0..<40).flatMap { _ in [255] + [UInt8](repeating: 1, count: 255) }, [0])
        let header = try readHeader(
            MemoryBytes(GIFSample.file(blocks: [[UInt8]](repeating: frame, count: 100))),
            limits: HeaderLimits(bytes: 65536))
        #expect(header.pages == nil)
        #expect((3...6).contains(header.minimumPages))
        #expect(header.isAnimated)
        #expect(header.bands == 4, "a frame to come may be transparent")
    }

    @Test("without a frame there is no picture")
    func noFrame() {
        #expect(throws: HeaderError.malformed(.gif, "no frame")) {
            try readHeader(MemoryBytes(GIFSample.file(blocks: [])))
        }
        #expect(throws: HeaderError.truncated(.gif)) {
            try readHeader(MemoryBytes(GIFSample.file(blocks: [], trailer: false)))
        }
    }
}
