import CVips
import ImageHeader
import Testing

@testable import Restream

extension RestreamTests {
    @Suite("Memory")
    struct MemoryTests {
        @Test("A JPEG takes no more than its header says", arguments: JPEGTests.samplings.indices)
        func jpeg(sampling: Int) throws {
            for script in ["refined", "sequential, each alone"] {
                let maker = JPEGTests.maker(sampling, script, 2000, 20)
                if maker.scans.count == 1 && !maker.isProgressive { continue }
                try check(maker.make(), .jpeg)
            }
        }

        @Test("A PNG takes no more than its header says", arguments: PNGMaker.kinds.indices)
        func png(kind: Int) throws {
            let (type, depth) = PNGMaker.kinds[kind]
            try check(PNGMaker(width: 20_000, height: 9, depth: depth, colourType: type).make(), .png)
        }

        func check(_ bytes: [UInt8], _ kind: Kind) throws {
            let bound = try #require(try readHeader(MemoryBytes(bytes)).restreamedBytes)
            let file = try MemoryFile(bytes)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
            defer { buffer.deallocate() }
            let before = sluice_heap_bytes()
            let restreamer: any Restreamer =
                switch kind {
                case .jpeg: try JPEGRestreamer(descriptor: file.descriptor)
                case .png: try PNGRestreamer(descriptor: file.descriptor)
                }
            var most = sluice_heap_bytes()
            while try restreamer.read(into: buffer) > 0 { most = max(most, sluice_heap_bytes()) }
            #expect(most > before)
            #expect(most - before <= bound, "\(most - before) bytes, \(bound) announced")
        }

        @Test("Other pictures have no such size")
        func others() throws {
            #expect(PictureHeader(format: .jpeg, width: 10, height: 10, bands: 3, depth: 8).restreamedBytes == nil)
            #expect(PictureHeader(format: .png, width: 10, height: 10, bands: 3, depth: 8).restreamedBytes == nil)
        }
    }
}
