import BitmapHeader
import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("Headers of BMP, PNM and PAM")
struct BitmapHeaderTests {
    private func bmp(_ change: (inout BMPSample) -> Void) throws -> (header: PictureHeader, layout: BitmapLayout) {
        var sample = BMPSample()
        change(&sample)
        let header = try readHeader(MemoryBytes(sample.bytes))
        return (header, try #require(header.bitmap))
    }

    private func pnm(_ bytes: [UInt8]) throws -> (header: PictureHeader, layout: BitmapLayout) {
        let header = try readHeader(MemoryBytes(bytes))
        return (header, try #require(header.bitmap))
    }

    private func failure(_ bytes: [UInt8]) -> HeaderError? {
        do throws(HeaderError) {
            _ = try readHeader(MemoryBytes(bytes))
            return nil
        } catch {
            return error
        }
    }

    // MARK: BMP

    @Test("every header of BMP has the size", arguments: [12, 16, 40, 52, 56, 64, 108, 124] as [UInt32])
    func sizes(size: UInt32) throws {
        let (header, layout) = try bmp {
            $0.size = size
            $0.told = 0
        }
        #expect(header.format == .bmp && [header.width, header.height, header.bands, header.depth] == [6, 4, 3, 8])
        #expect(layout.coding == .fields(bits: 24) && layout.isBottomUp && layout.lineBytes == 20)
        #expect(layout.offset == UInt64(14 + size) && !header.hasAlpha)
        #expect(layout.density == (size >= 40 && size != 16 ? .init(across: 2835, down: 2835) : nil))
    }

    @Test("a negative height is from the top down")
    func topDown() throws {
        let (header, layout) = try bmp { $0.height = -4 }
        #expect(header.height == 4 && !layout.isBottomUp)
        #expect(try bmp { $0.height = .min }.header.height == 1 << 31)
        for (width, height) in [(0, 4), (-1, 4), (4, 0)] as [(Int32, Int32)] {
            var sample = BMPSample()
            (sample.width, sample.height) = (width, height)
            guard case .malformed(.bmp, _)? = failure(sample.bytes) else {
                Issue.record("\(width) x \(height) is no size")
                continue
            }
        }
    }

    @Test("a table of greys is grey, one of colours is not")
    func colours() throws {
        let grey = try bmp { ($0.bits, $0.colours) = (1, [[0, 0, 0], [200, 200, 200]]) }
        #expect(grey.header.bands == 1 && grey.layout.coding == .indexed(bits: 1))
        #expect(grey.layout.colours == [0, 0, 0, 200, 200, 200] && grey.layout.offset == 62)
        let red = try bmp { ($0.bits, $0.size, $0.colours) = (1, 12, [[0, 0, 0], [200, 0, 1]]) }
        #expect(red.header.bands == 3 && red.layout.colours == [0, 0, 0, 200, 0, 1] && red.layout.offset == 32)
        // As many as there is room for, and never more than 256.
        let colours = [[UInt8]](repeating: [9, 8, 7], count: 300)
        #expect(try bmp { ($0.bits, $0.listed, $0.colours) = (8, 300, colours) }.layout.colours.count == 768)
        #expect(try bmp { ($0.bits, $0.colours) = (8, Array(colours[..<3])) }.layout.colours.count == 9)
    }

    @Test("masks say where colours are, and whether there is alpha")
    func masks() throws {
        let rgb = try bmp { ($0.bits, $0.compression, $0.masks) = (16, 3, [0xF800, 0x07E0, 0x001F]) }
        #expect(rgb.layout.masks == [0xF800, 0x07E0, 0x001F, 0] && rgb.header.bands == 3 && rgb.layout.offset == 66)
        let alpha: [UInt32] = [0xFF00_0000, 0xFF_0000, 0xFF00, 0xFF]
        for (size, compression) in [(40, 6), (56, 3), (108, 3), (124, 3)] as [(UInt32, UInt32)] {
            let read = try bmp { ($0.size, $0.bits, $0.compression, $0.masks) = (size, 32, compression, alpha) }
            #expect(read.layout.masks == alpha && read.header.bands == 4 && read.header.hasAlpha, "\(size)")
        }
        // Those of a header that does not say that they count do not.
        #expect(try bmp { ($0.size, $0.bits, $0.masks) = (108, 32, alpha) }.header.bands == 3)
        let deep = try bmp { ($0.bits, $0.compression, $0.masks) = (32, 3, [0x3FF0_0000, 0xF_FC00, 0x3FF]) }
        #expect(deep.header.depth == 10 && deep.header.bytesPerBand == 2)
        for masks in [[0, 0, 0], [0x101, 0x10, 0x20]] as [[UInt32]] {
            var sample = BMPSample()
            (sample.bits, sample.compression, sample.masks) = (32, 3, masks)
            guard case .malformed? = failure(sample.bytes) else {
                Issue.record("\(masks) are no masks")
                continue
            }
        }
    }

    @Test("a profile lies where the last header says, or is said to be missing")
    func profile() throws {
        let found = try bmp { ($0.size, $0.space, $0.profile) = (124, 0x4D42_4544, [1, 2, 3]) }
        #expect(found.layout.profile == 218..<221 && found.layout.warnings.isEmpty)
        let lost = try bmp { ($0.size, $0.space) = (124, 0x4D42_4544) }
        #expect(lost.layout.profile == nil && lost.layout.warnings.count == 1)
        let linked = try bmp { ($0.size, $0.space) = (124, 0x4C49_4E4B) }
        #expect(linked.layout.warnings == ["profile: it is in another file: not used"])
    }

    @Test("what is not read has a name")
    func refused() {
        let kinds: [(UInt32, UInt32, UInt32, String)] = [
            (40, 4, 0, "BMP with a JPEG in it"), (124, 5, 0, "BMP with a PNG in it"),
            (64, 3, 1, "BMP of OS/2 in Huffman's code"), (64, 4, 24, "BMP of OS/2 in runs of 24 bits"),
            (40, 0, 64, "BMP of 64 bits a pixel"), (108, 11, 32, "BMP of CMYK"),
        ]
        for (size, compression, bits, name) in kinds {
            var sample = BMPSample()
            (sample.size, sample.compression, sample.bits) = (size, compression, bits)
            #expect(failure(sample.bytes) == .unsupported(name))
        }
        let array = ascii("BA") + little(40) + little(0) + little(0) + ascii("BM") + [UInt8](repeating: 0, count: 30)
        #expect(failure(array) == .unsupported("OS/2 bitmap array"))
        var sample = BMPSample()
        sample.bits = 5
        #expect(failure(sample.bytes) == .malformed(.bmp, "5 bits a pixel"))
        #expect(failure(Array(sample.bytes.prefix(20))) == .truncated(.bmp))
    }

    // MARK: PNM

    @Test("all kinds of PNM have size, bands and depth")
    func kinds() throws {
        typealias Expected = (bytes: [UInt8], coding: BitmapLayout.Coding, numbers: [Int], offset: UInt64)
        let kinds: [Expected] = [
            (ascii("P1 3 2\n101010"), .digits, [3, 2, 1, 1], 7), (ascii("P2 3 2 100\n1"), .numbers, [3, 2, 1, 7], 11),
            (ascii("P3 3 2 256\n1"), .numbers, [3, 2, 3, 9], 11), (ascii("P4 9 2\n...."), .bits, [9, 2, 1, 1], 7),
            (ascii("P5 3 2 255\n"), .samples, [3, 2, 1, 8], 11),
            (ascii("P6 3 2 65535\n"), .samples, [3, 2, 3, 16], 13),
            (PNMSample.colours, .samples, [2, 1, 3, 8], 24), (PNMSample.pam, .samples, [2, 1, 4, 8], 69),
            (ascii("P5#a\n#b\n3#c\r2 255#d\nxxxxxx"), .samples, [3, 2, 1, 8], 20),
        ]
        for kind in kinds {
            let (header, layout) = try pnm(kind.bytes)
            #expect(header.format == .pnm && layout.coding == kind.coding && layout.offset == kind.offset)
            #expect([header.width, header.height, header.bands, header.depth] == kind.numbers)
            #expect(header.pages == 1)
        }
        #expect(try pnm(ascii("P4 9 2\n....")).layout.lineBytes == 2)
        #expect(try pnm(ascii("P6 3 2 256\n")).layout.lineBytes == 18)
    }

    @Test("PAM says what its channels are")
    func channels() throws {
        func pam(_ depth: Int, _ kind: String) -> [UInt8] {
            ascii("P7\nHEIGHT 1\nWIDTH 1\nDEPTH \(depth)\nMAXVAL 1\n\(kind)\nENDHDR\n")
        }
        let known = [
            (1, "BLACKANDWHITE"), (2, "BLACKANDWHITE_ALPHA"), (1, "GRAYSCALE"), (2, "GRAYSCALE_ALPHA"), (3, "RGB"),
            (4, "RGB_ALPHA"),
        ]
        for (depth, kind) in known {
            let header = try pnm(pam(depth, "TUPLTYPE \(kind)")).header
            #expect(header.bands == depth && header.hasAlpha == (depth % 2 == 0))
        }
        #expect(try pnm(pam(4, "")).header.bands == 4)
        #expect(failure(pam(4, "TUPLTYPE CMYK")) == .unsupported("PAM of CMYK"))
        #expect(failure(pam(5, "")) == .unsupported("PAM of 5 channels"))
        #expect(failure(pam(3, "TUPLTYPE GRAYSCALE")) == .malformed(.pnm, "a DEPTH of 3 for GRAYSCALE"))
        #expect(failure(pam(3, "SIZE 3")) == .malformed(.pnm, "an unknown line"))
        #expect(failure(ascii("P7\nWIDTH 1\nENDHDR\n")) == .malformed(.pnm, "no WIDTH, HEIGHT, DEPTH or MAXVAL"))
    }

    @Test("pictures that follow each other are counted")
    func pages() throws {
        #expect(try pnm(PNMSample.colours + PNMSample.pam + PNMSample.colours).header.pages == 3)
        #expect(try pnm(PNMSample.colours + ascii("\n")).header.pages == 1)
        let many = try pnm(Array([[UInt8]](repeating: PNMSample.colours, count: 1000).joined())).header
        #expect(many.pages == nil && many.minimumPages == 200)
    }

    @Test("hostile numbers are damage, and long comments end")
    func hostile() {
        for text in ["P5 0 1 255\n", "P5 1 1 0\n", "P5 1 1 65536\n", "P6 99999999999 1 255\n", "P6 9 9 2x"] {
            guard case .malformed(.pnm, _)? = failure(ascii(text)) else {
                Issue.record("\(text) is no header")
                continue
            }
        }
        #expect(failure(ascii("P6 1 ")) == .truncated(.pnm))
        let comments = ascii("P6\n#") + [UInt8](repeating: 0x41, count: 100_000)
        #expect(failure(comments) == .malformed(.pnm, "too much data before the picture's size"))
    }

    @Test("text that begins like a PNM is none")
    func text() throws {
        #expect(try sniff(MemoryBytes(ascii("P1 is what we call it."))) == .known("text"))
        #expect(try sniff(MemoryBytes(ascii("BMW is a car maker."))) == .known("text"))
        #expect(try sniff(MemoryBytes(ascii("P7 332\n#END\n"))) == .known("XV thumbnail"))
        #expect(try sniff(MemoryBytes(ascii("PF\n3 2\n-1.0\n"))) == .known("PFM"))
    }
}
