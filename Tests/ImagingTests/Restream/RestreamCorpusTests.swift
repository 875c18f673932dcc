import ByteReading
import Foundation
import ImageHeader
import Jobs
import Testing

@testable import Restream

/// The shared corpus: beside the repository, or where SLUICE_SHARED says.
private let corpus: String? = {
    let beside = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared").standardized
    let shared = ProcessInfo.processInfo.environment["SLUICE_SHARED"] ?? beside.path
    let corpus = "\(shared)/corpus"
    return FileManager.default.fileExists(atPath: corpus) ? corpus : nil
}()

extension ImagingTests.RestreamTests {
    @Suite("The shared corpus", .enabled(if: corpus != nil, "no shared corpus beside the repository"))
    struct CorpusTests {
        @Test("What is restreamed decodes to the same pixels; what is not, a decoder has something to say about")
        func samePixels() throws {
            let corpus = try #require(corpus)
            var (restreamed, refused) = (0, 0)
            for name in FileManager.default.enumerator(atPath: corpus)?.compactMap({ $0 as? String }) ?? [] {
                let lowered = name.lowercased()
                guard lowered.hasSuffix("jpg") || lowered.hasSuffix("jpeg") || lowered.hasSuffix("png"),
                    let data = FileManager.default.contents(atPath: "\(corpus)/\(name)"),
                    let header = try? readHeader(MemoryBytes(Array(data))),
                    header.isProgressive || header.isInterlaced, header.pixels < 1_000_000
                else { continue }
                let kind = header.format == .jpeg ? Kind.jpeg : .png
                let expected = decode(Array(data), kind)
                if let bytes = try? restream(Array(data), kind) {
                    restreamed += 1
                    #expect(decode(bytes, kind) == expected, "\(name)")
                } else {
                    refused += 1
                    // Pictures that are not sent in full, and what decoders forgive, decode without a warning.
                    let isKnown = ["partial_progressive", "progressive-missing-ac", "fuzz"].contains {
                        name.contains($0)
                    }
                    #expect(expected == nil || isKnown, "\(name)")
                }
            }
            #expect(restreamed > 20 && refused > 20, "\(restreamed) restreamed, \(refused) refused")
        }
    }
}
