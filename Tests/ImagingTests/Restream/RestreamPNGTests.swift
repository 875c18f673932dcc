import Testing

@testable import Restream

extension ImagingTests.RestreamTests {
    @Suite("PNG")
    struct PNGTests {
        @Test("Every colour type, depth and size decodes to the same pixels", arguments: PNGMaker.kinds.indices)
        func samePixels(kind: Int) throws {
            let (type, depth) = PNGMaker.kinds[kind]
            for width in Array(1...9) + [33, 150] {
                for height in [1, 2, 3, 4, 5, 6, 7, 8, 9, 31] {
                    var maker = PNGMaker(width: width, height: height, depth: depth, colourType: type)
                    maker.hasTransparency = type < 4 && width % 2 == 0
                    maker.largestChunk = height % 2 == 0 ? 37 : 8192
                    maker.seed = width * 100 + height
                    let original = maker.make()
                    let expected = try #require(decode(original, .png), "\(width)x\(height)")
                    let restreamed = try restream(original, .png)
                    #expect(decode(restreamed, .png) == expected, "\(width)x\(height)")
                }
            }
        }

        @Test("Lines longer than a stored block, and many of them in one", arguments: [(30_000, 9), (3, 20_000)])
        func blocks(width: Int, height: Int) throws {
            let original = PNGMaker(width: width, height: height, depth: 8, colourType: 6).make()
            #expect(decode(try restream(original, .png), .png) == decode(original, .png))
        }

        @Test(
            "It is a picture without interlacing that comes out, whatever the size of the pieces",
            arguments: [1, 7, 1 << 20])
        func pieces(size: Int) throws {
            let original = PNGMaker(width: 100, height: 60, depth: 8, colourType: 2).make()
            let whole = try restream(original, .png)
            #expect(whole[28] == 0)
            #expect(try restream(original, .png, piece: size) == whole)
            #expect(throws: RestreamError.unsuitable("not interlaced")) { try restream(whole, .png) }
        }

        @Test("Chunks before and behind the image data stay")
        func chunks() throws {
            var maker = PNGMaker(width: 20, height: 20, depth: 8, colourType: 2)
            maker.before = maker.chunk("gAMA", [0, 0, 0xB1, 0x8F])
            maker.behind = maker.chunk("tEXt", Array("Author\0nobody".utf8))
            let restreamed = try restream(maker.make(), .png)
            #expect(restreamed[33...].starts(with: maker.before))
            #expect(restreamed.suffix(maker.behind.count + 12) == maker.behind[...] + maker.chunk("IEND", []))
        }

        @Test("A file cut anywhere before its end is refused before a decoder sees an end")
        func truncation() throws {
            let original = PNGMaker(width: 150, height: 90, depth: 8, colourType: 2).make()
            for part in 0..<64 {
                let cut = Array(original.prefix(original.count * part / 64))
                #expect(throws: RestreamError.self, "\(part)/64") { try restream(cut, .png) }
            }
        }

        @Test("A filter that there is not, and image data of the wrong length, are refused")
        func sums() throws {
            var maker = PNGMaker(width: 50, height: 50, depth: 8, colourType: 2)
            maker.largestFilter = 9
            #expect(throws: RestreamError.self) { try restream(maker.make(), .png) }
            for surplus in [-200, -1, 1, 200] {
                maker = PNGMaker(width: 50, height: 50, depth: 8, colourType: 2)
                maker.surplus = surplus
                #expect(throws: RestreamError.self, "\(surplus)") { try restream(maker.make(), .png) }
            }
            for chunk in [1, 100, 100_000] {
                maker = PNGMaker(width: 50, height: 50, depth: 8, colourType: 2)
                maker.largestChunk = chunk
                #expect(try decode(restream(maker.make(), .png), .png) == decode(maker.make(), .png))
                maker.trailing = [0]
                #expect(throws: RestreamError.damaged("too much image data")) { try restream(maker.make(), .png) }
            }
        }

        @Test("A wrong checksum anywhere in the image data is found")
        func damage() throws {
            let maker = PNGMaker(width: 50, height: 50, depth: 8, colourType: 0)
            let original = maker.make()
            let data = try #require(original.indices.first { original[$0...].starts(with: "IDAT".utf8) })
            for offset in stride(from: data + 4, to: original.count - 12, by: 97) {
                var bytes = original
                bytes[offset] ^= 0x10
                #expect(throws: RestreamError.self, "\(offset)") { try restream(bytes, .png) }
            }
        }
    }
}
