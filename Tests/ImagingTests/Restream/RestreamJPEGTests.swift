import Testing

@testable import Restream

extension ImagingTests.RestreamTests {
    @Suite("JPEG")
    struct JPEGTests {
        static let samplings: [(name: String, factors: [(Int, Int)], adobe: UInt8?)] = [
            ("grey", [(1, 1)], nil), ("grey, factors of 2", [(2, 2)], nil),
            ("4:4:4", [(1, 1), (1, 1), (1, 1)], nil), ("4:2:0", [(2, 2), (1, 1), (1, 1)], nil),
            ("4:2:2", [(2, 1), (1, 1), (1, 1)], nil), ("4:4:0", [(1, 2), (1, 1), (1, 1)], nil),
            ("4:1:1", [(4, 1), (1, 1), (1, 1)], nil), ("4:1:0", [(4, 2), (1, 1), (1, 1)], nil),
            ("mixed", [(2, 2), (1, 2), (2, 1)], nil), ("RGB", [(1, 1), (1, 1), (1, 1)], 0),
            ("CMYK", [(1, 1), (1, 1), (1, 1), (1, 1)], 0), ("YCCK", [(2, 2), (1, 1), (1, 1), (2, 2)], 2),
        ]

        static func script(_ name: String, components: Int) -> [JPEGMaker.Scan] {
            let all = Array(0..<components)
            func each(_ first: Int, _ last: Int, _ previous: Int = 0, _ shift: Int = 0) -> [JPEGMaker.Scan] {
                all.map {
                    JPEGMaker.Scan(components: [$0], first: first, last: last, previous: previous, shift: shift)
                }
            }
            func dc(_ previous: Int, _ shift: Int) -> JPEGMaker.Scan {
                JPEGMaker.Scan(components: all, first: 0, last: 0, previous: previous, shift: shift)
            }
            switch name {
            case "refined":
                return [dc(0, 1)] + each(1, 5, 0, 2) + each(6, 63, 0, 2) + each(1, 63, 2, 1) + [dc(1, 0)]
                    + each(1, 63, 1, 0)
            case "bands": return [dc(0, 0)] + each(1, 2) + each(3, 20) + each(21, 63)
            case "deep":
                return each(0, 0, 0, 3) + each(0, 0, 3, 2) + each(0, 0, 2, 1) + each(0, 0, 1, 0) + each(1, 63, 0, 3)
                    + each(1, 63, 3, 2) + each(1, 63, 2, 1) + each(1, 30, 1, 0) + each(31, 63, 1, 0)
            case "without the last coefficients": return [dc(0, 0)] + each(1, 12)
            case "sequential, each alone": return each(0, 63)
            default:
                return [JPEGMaker.Scan(components: [0])]
                    + (components > 1 ? [JPEGMaker.Scan(components: Array(all.dropFirst()))] : [])
            }
        }

        static let scripts = [
            "refined", "bands", "deep", "without the last coefficients", "sequential, each alone",
            "sequential, the first alone",
        ]

        static func maker(_ sampling: Int, _ script: String, _ width: Int, _ height: Int) -> JPEGMaker {
            let (_, factors, adobe) = samplings[sampling]
            var maker = JPEGMaker(
                width: width, height: height,
                components: factors.enumerated().map {
                    JPEGMaker.Component(identifier: UInt8($0 + 1), across: $1.0, down: $1.1)
                },
                scans: Self.script(script, components: factors.count))
            maker.isProgressive = !script.hasPrefix("sequential")
            maker.adobeTransform = adobe
            maker.seed = sampling * 1000 + width * 10 + height
            return maker
        }

        @Test("Every kind of sampling and script decodes to the same pixels", arguments: samplings.indices, scripts)
        func samePixels(sampling: Int, script: String) throws {
            for (width, height, restarts) in [(1, 1, 0), (7, 9, 1), (17, 33, 0), (40, 25, 3), (131, 67, 7)] {
                var maker = Self.maker(sampling, script, width, height)
                maker.restartInterval = restarts
                // A single scan is streamed by every decoder already.
                if maker.scans.count == 1 && !maker.isProgressive { continue }
                let original = maker.make()
                let restreamed = try restream(original, .jpeg)
                for shrink: Int32 in [1, 2, 8] where min(width, height) >= shrink {
                    let expected = try #require(decode(original, .jpeg, shrink: shrink), "\(width)x\(height)")
                    #expect(decode(restreamed, .jpeg, shrink: shrink) == expected, "\(width)x\(height)")
                }
            }
        }

        @Test(
            "It is one sequential scan that comes out, whatever the size of the pieces",
            arguments: [1, 3, 4096, 1 << 20])
        func pieces(size: Int) throws {
            let original = Self.maker(3, "refined", 200, 100).make()
            let whole = try restream(original, .jpeg)
            #expect(try restream(original, .jpeg, piece: size) == whole)
            #expect(throws: RestreamError.unsuitable("a single scan")) { try restream(whole, .jpeg) }
        }

        @Test("Quantisation tables of 16 bits stay")
        func wideTables() throws {
            var maker = Self.maker(3, "refined", 60, 40)
            maker.isWideQuantised = true
            let original = maker.make()
            #expect(decode(try restream(original, .jpeg), .jpeg) == decode(original, .jpeg))
        }

        @Test("Segments before the picture stay, in order; tables and fill bytes between them do no harm")
        func segments() throws {
            var maker = Self.maker(3, "refined", 20, 20)
            let profile: [UInt8] = [0xFF, 0xE2, 0, 6] + Array("icc!".utf8)
            let comment: [UInt8] = [0xFF, 0xFE, 0, 4] + Array("hi".utf8)
            maker.extraSegments = profile + [0xFF, 0xFF, 0xDD, 0, 4, 0, 0] + [0xFF] + comment
            let restreamed = try restream(maker.make(), .jpeg)
            #expect(restreamed[2...].starts(with: profile + comment))
        }

        @Test("A quantisation table that is defined anew between scans does not count for those that have one")
        func latchedTables() throws {
            var original = Self.maker(2, "bands", 40, 40).make()
            let scans = original.indices.dropLast().filter { original[$0] == 0xFF && original[$0 + 1] == 0xDA }
            original.insert(contentsOf: [0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 99, count: 64), at: scans[2])
            #expect(decode(try restream(original, .jpeg), .jpeg) == decode(original, .jpeg))
        }

        @Test("What a decoder would smooth, or warn about, is refused")
        func refusals() throws {
            var maker = Self.maker(3, "refined", 40, 40)
            maker.scans.removeLast(3)
            let unfinished = maker.make()
            #expect(throws: RestreamError.unsuitable("a picture that was not sent in full")) {
                try restream(unfinished, .jpeg)
            }
            maker = Self.maker(3, "bands", 40, 40)
            maker.scans.remove(at: 1)
            #expect(throws: RestreamError.unsuitable("a picture that was not sent in full")) {
                try restream(maker.make(), .jpeg)
            }
            maker = Self.maker(3, "bands", 40, 40)
            maker.scans.append(maker.scans[1])
            #expect(throws: RestreamError.unsuitable("a scan that repeats or leaves out bits")) {
                try restream(maker.make(), .jpeg)
            }
            maker = Self.maker(3, "refined", 40, 40)
            for scan in maker.scans.indices where maker.scans[scan].first > 0 && maker.scans[scan].previous == 2 {
                maker.scans[scan].shift = 0
            }
            #expect(throws: RestreamError.unsuitable("a scan that repeats or leaves out bits")) {
                try restream(maker.make(), .jpeg)
            }
            var bytes = Self.maker(3, "bands", 40, 40).make()
            bytes.insert(0, at: bytes.count - 2)
            #expect(throws: RestreamError.self) { try restream(bytes, .jpeg) }
        }

        @Test("A file cut anywhere is refused before a decoder sees an end")
        func truncation() throws {
            let original = Self.maker(3, "refined", 131, 67).make()
            for part in 0..<64 {
                let cut = Array(original.prefix(original.count * part / 64))
                #expect(throws: RestreamError.self, "\(part)/64") { try restream(cut, .jpeg) }
            }
        }

        @Test("After an error there are only errors")
        func errorsStay() throws {
            var bytes = Self.maker(3, "bands", 131, 67).make()
            // The last scan loses its last byte of bits.
            bytes.remove(at: bytes.count - 3)
            let file = try MemoryFile(bytes)
            let restreamer = try JPEGRestreamer(descriptor: file.descriptor)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
            defer { buffer.deallocate() }
            #expect(throws: RestreamError.self) { while try restreamer.read(into: buffer) > 0 {} }
            #expect(throws: RestreamError.self) { try restreamer.read(into: buffer) }
        }

        @Test("The tables to write with are sound, and have a code for every coefficient")
        func tables() throws {
            for table in [BaselineTable.luminanceDC, .chrominanceDC, .luminanceAC, .chrominanceAC] {
                #expect(table.counts.count == 16 && table.counts.reduce(0) { $0 + Int($1) } == table.symbols.count)
                #expect(Set(table.symbols).count == table.symbols.count)
                _ = try HuffmanTable(counts: table.counts, values: table.symbols)
            }
            for table in [BaselineTable.luminanceAC, .chrominanceAC] {
                let codes = table.codes()
                #expect((0...255).allSatisfy { codes[$0].length > 0 || ($0 & 15 == 0 && $0 != 0 && $0 != 0xF0) })
            }
            #expect(BaselineTable.luminanceDC.symbols.sorted() == (0...15).map { UInt8($0) })
        }
    }
}
