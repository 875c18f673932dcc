import Testing

@testable import Restream

extension ImagingTests.RestreamTests {
    /// Any bytes end in the whole picture or in an error; and a picture is the one that libvips makes of the same bytes.
    @Suite("Damaged files")
    struct MutationTests {
        @Test("JPEG", arguments: 0..<20)
        func jpeg(group: Int) throws {
            let sampling = group % JPEGTests.samplings.count
            var maker = JPEGTests.maker(sampling, JPEGTests.scripts[group % JPEGTests.scripts.count], 40, 33)
            maker.restartInterval = group % 3 * 2
            try mutate(maker.make(), .jpeg, seed: group)
        }

        @Test("PNG", arguments: PNGMaker.kinds.indices)
        func png(group: Int) throws {
            let (type, depth) = PNGMaker.kinds[group]
            var maker = PNGMaker(width: 20, height: 17, depth: depth, colourType: type)
            maker.largestChunk = 100
            try mutate(maker.make(), .png, seed: group)
        }

        func mutate(_ original: [UInt8], _ kind: Kind, seed: Int) throws {
            var random = Seeded(seed)
            var whole = 0
            for round in 0..<150 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    // Half of the changes hit the headers, where there is most to get wrong.
                    let isHead = Bool.random(using: &random)
                    let place = Int.random(in: 0..<(isHead ? min(bytes.count, 700) : bytes.count), using: &random)
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: bytes[place] = 0xFF
                    case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 2: bytes.remove(at: place)
                    case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    case 4:
                        bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0..<40, using: &random)))
                    default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    }
                }
                if bytes == original { continue }
                guard let restreamed = try? restream(bytes, kind) else { continue }
                whole += 1
                let expected = decode(bytes, kind)
                #expect(decode(restreamed, kind) == expected, "seed \(seed), round \(round)")
            }
            if kind == .jpeg { #expect(whole > 0, "the proof is void: every change was refused") }
        }
    }
}
