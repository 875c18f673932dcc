import ByteReading
import CVips
import ImageHeader
import Jobs
import Testing

@testable import Restream

extension ImagingTests.RestreamTests {
    /// Each in a process of its own: malloc counts for all threads together.
    @Suite("Memory")
    struct MemoryTests {
        @Test("A JPEG takes no more than its header says")
        func jpeg() async {
            await #expect(processExitsWith: .success) {
                for sampling in JPEGTests.samplings.indices {
                    for script in ["refined", "sequential, each alone"] {
                        let maker = JPEGTests.maker(sampling, script, 2000, 20)
                        if maker.scans.count == 1 && !maker.isProgressive { continue }
                        try checkMemory(maker.make(), .jpeg)
                    }
                }
            }
        }

        @Test("A PNG takes no more than its header says")
        func png() async {
            await #expect(processExitsWith: .success) {
                for (type, depth) in PNGMaker.kinds {
                    try checkMemory(PNGMaker(width: 20_000, height: 9, depth: depth, colourType: type).make(), .png)
                }
            }
        }

        @Test("Nothing stays behind of what was restreamed")
        func leaks() async {
            await #expect(processExitsWith: .success) {
                let jpeg = JPEGTests.maker(3, "refined", 400, 20).make()
                let png = PNGMaker(width: 400, height: 20, depth: 8, colourType: 2).make()
                var before = 0
                for round in 0..<25 {
                    if round == 5 { before = sluice_heap_bytes() }
                    _ = try restream(jpeg, .jpeg)
                    _ = try restream(png, .png)
                }
                // Each holds a few hundred KiB while it is at work.
                #expect(sluice_heap_bytes() < before + 1 << 20)
            }
        }

        @Test("Other pictures have no such size")
        func others() {
            #expect(PictureHeader(format: .jpeg, width: 10, height: 10, bands: 3, depth: 8).restreamedBytes == nil)
            #expect(PictureHeader(format: .png, width: 10, height: 10, bands: 3, depth: 8).restreamedBytes == nil)
        }
    }
}

private func checkMemory(_ bytes: [UInt8], _ kind: Kind) throws {
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
