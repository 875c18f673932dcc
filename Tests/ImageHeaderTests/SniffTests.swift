import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("What a file is, by content")
struct SniffTests {
    struct Case: Sendable {
        var bytes: [UInt8]
        var kind: ContentKind
    }

    static func type(_ major: String, _ compatible: String...) -> [UInt8] {
        HEIFSample.box("ftyp", Bytes.join(ascii(major), big(0), compatible.flatMap(ascii)))
    }

    static let pictures = [
        Case(bytes: [0xFF, 0xD8], kind: .picture(.jpeg)),
        Case(bytes: PNGSample.signature, kind: .picture(.png)),
        Case(bytes: ascii("GIF8"), kind: .picture(.gif)),
        Case(bytes: Bytes.join(ascii("RIFF"), little(9), ascii("WEBP")), kind: .picture(.webp)),
        Case(bytes: ascii("II*\0"), kind: .picture(.tiff)), Case(bytes: ascii("MM\0*"), kind: .picture(.tiff)),
        Case(bytes: ascii("II+\0"), kind: .picture(.tiff)), Case(bytes: ascii("MM\0+"), kind: .picture(.tiff)),
        Case(bytes: type("heic", "mif1"), kind: .picture(.heif)), Case(bytes: type("hevc"), kind: .picture(.heif)),
        Case(bytes: type("mif1", "heic"), kind: .picture(.heif)), Case(bytes: type("msf1"), kind: .picture(.heif)),
        Case(bytes: type("avif"), kind: .picture(.avif)), Case(bytes: type("avis", "heic"), kind: .picture(.avif)),
        Case(bytes: type("mif1", "miaf", "avif"), kind: .picture(.avif)),
        Case(bytes: type("isom", "mif1"), kind: .picture(.heif)),
    ]

    static let others = [
        Case(bytes: [], kind: .empty),
        Case(bytes: [1], kind: .unknown),
        Case(bytes: [UInt8](repeating: 0, count: 600), kind: .unknown),
        Case(bytes: ascii("<?xml version=\"1.0\"?>\n<!-- a drawing -->\n<SVG width='1'>"), kind: .known("SVG")),
        Case(bytes: ascii("<?xml version=\"1.0\"?><note/>"), kind: .known("XML")),
        Case(bytes: ascii("\n<!DOCTYPE html><p>"), kind: .known("HTML")),
        Case(bytes: ascii("%PDF-1.7\n"), kind: .known("PDF")), Case(bytes: ascii("8BPS\0\u{1}"), kind: .known("PSD")),
        Case(bytes: [0, 0, 0, 12] + ascii("jP  \r\n"), kind: .known("JPEG 2000")),
        Case(bytes: [0xFF, 0x4F, 0xFF, 0x51], kind: .known("JPEG 2000")),
        Case(bytes: [0xFF, 0x0A, 1], kind: .picture(.jxl)),
        Case(bytes: JXLSample.signature, kind: .picture(.jxl)),
        Case(bytes: ascii("BM") + [UInt8](repeating: 0, count: 12) + little(40), kind: .picture(.bmp)),
        Case(bytes: [0, 0, 1, 0, 1, 0, 16, 16], kind: .known("ICO")),
        Case(bytes: ascii("P6\n3 2\n255\n"), kind: .picture(.pnm)),
        Case(bytes: ascii("#?RADIANCE\n"), kind: .known("Radiance HDR")),
        Case(bytes: ascii("v/1\u{1}\u{2}"), kind: .known("OpenEXR")),
        Case(bytes: ascii("SIMPLE  ="), kind: .known("FITS")),
        Case(bytes: [0x1F, 0x8B, 8], kind: .known("GZIP")), Case(bytes: ascii("PK\u{3}\u{4}"), kind: .known("ZIP")),
        Case(bytes: type("isom", "mp42"), kind: .known("MP4 or QuickTime video")),
        Case(bytes: type("crx "), kind: .picture(.raw)),
        Case(bytes: ascii("II*\0") + little(16) + ascii("CR\u{2}\0"), kind: .picture(.raw)),
        Case(bytes: Bytes.join(ascii("RIFF"), little(9), ascii("AVI ")), kind: .known("AVI video")),
        // libvips takes such a file for a picture: its matrix format.
        Case(bytes: ascii("2 2\n1 2\n3 4\n"), kind: .known("text")),
        Case(bytes: ascii("Grüße aus dem Süden"), kind: .known("text")),
        Case(bytes: ascii("#!/bin/sh\nexit"), kind: .known("script")),
    ]

    @Test("pictures are recognised as leniently as libvips does", arguments: pictures)
    func recognises(_ sample: Case) throws {
        #expect(try sniff(MemoryBytes(sample.bytes)) == sample.kind)
    }

    @Test("other content has a name", arguments: others)
    func names(_ sample: Case) throws {
        #expect(try sniff(MemoryBytes(sample.bytes)) == sample.kind)
    }

    @Test("what is no picture has no header")
    func errors() {
        #expect(throws: HeaderError.empty) { try readHeader(MemoryBytes([])) }
        #expect(throws: HeaderError.unknown) { try readHeader(MemoryBytes([1, 2, 3])) }
        #expect(throws: HeaderError.unsupported("PDF")) { try readHeader(MemoryBytes(ascii("%PDF-1.4"))) }
    }
}
