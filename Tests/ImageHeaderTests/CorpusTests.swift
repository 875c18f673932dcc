import ByteReading
import Foundation
import ImageHeader
import Testing

/// Where the shared test files are, if anywhere.
enum Corpus {
    static let root: URL? = {
        let fromEnvironment = ProcessInfo.processInfo.environment["SLUICE_SHARED"].map { URL(filePath: $0) }
        let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let shared = fromEnvironment ?? repository.appending(path: "../shared").standardized
        let corpus = shared.appending(path: "corpus")
        return FileManager.default.fileExists(atPath: corpus.appending(path: "manifest.tsv").path) ? corpus : nil
    }()

    struct Entry {
        var path: String
        var width: Int?
        var height: Int?
        var isDecodable: Bool
    }

    static func entries() throws -> [Entry] {
        let root = try #require(root)
        let manifest = try String(contentsOf: root.appending(path: "manifest.tsv"), encoding: .utf8)
        return manifest.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Entry(
                path: "\(fields[0])/\(fields[1])", width: Int(fields[3]), height: Int(fields[4]),
                isDecodable: fields[8] == "ok")
        }
    }
}

@Suite("Real files", .enabled(if: Corpus.root != nil, "the shared corpus is not here; set SLUICE_SHARED"))
struct CorpusTests {
    /// Where the manifest's tool and libvips differ; these are libvips' sizes, looked at one by one. GIFs whose first
    /// frame says more than the screen size, JPEGs with rubbish that the tool does not get over, and a WebP whose
    /// metadata holds the size of another version.
    static let exceptions: [String: [Int]] = [
        "gofuzz-gif/all/corpus/0373637d69ab31e38fb8fba0288f21bfeda291fc-7.gif": [1, 3],
        "gofuzz-gif/all/corpus/0d4e7ef2d6b0733e80279ef4f982b10f271471e8-4.gif": [64, 3],
        "gofuzz-gif/all/corpus/56240262442884120662a61b0ee7535377cac3eb-18.gif": [354, 1],
        "gofuzz-gif/all/corpus/598197d269c7314291b3df2e0b430d002d11dfc2-19.gif": [354, 1],
        "gofuzz-gif/all/corpus/5ccd5130a501b513ae1ed4e37f6313c1aba6dfe0-2.gif": [1, 3],
        "gofuzz-gif/corpus/0373637d69ab31e38fb8fba0288f21bfeda291fc-7.gif": [1, 3],
        "gofuzz-gif/corpus/0d4e7ef2d6b0733e80279ef4f982b10f271471e8-4.gif": [64, 3],
        "gofuzz-gif/corpus/5ccd5130a501b513ae1ed4e37f6313c1aba6dfe0-2.gif": [1, 3],
        "gofuzz-jpeg/dedce62444f6e1c7b9880dd5058c67572c817a52.jpg": [150, 103],
        "image-rs/gif/simple/issue_1455_oversized.gif": [16, 16],
        "jpeg-decoder/tests/crashtest/images/imagetestsuite/138d3b9e0d9fbf641b8135981e597c3a.jpg": [100, 100],
        "jpeg-decoder/tests/crashtest/images/imagetestsuite/56d4a1bb53241f7c5ed6ab531320a542.jpg": [5, 5],
        "jpeg-decoder/tests/crashtest/images/imagetestsuite/d15b71b8cebe35a57cc6e996cc09218b.jpg": [96, 132],
        "jpeg-decoder/tests/crashtest/images/imagetestsuite/ef1f8a057bb6056674fad92f6b8c0acd.jpg": [100, 100],
        "pillow/flower2.webp": [300, 225],
    ]

    @Test("every file that libvips decodes has a header, with its size")
    func decodable() throws {
        let root = try #require(Corpus.root)
        var unlike: Set<String> = []
        var count = 0
        for entry in try Corpus.entries() where entry.isDecodable {
            count += 1
            do {
                let header = try Self.header(root.appending(path: entry.path))
                if header.width == entry.width, header.height == entry.height { continue }
                unlike.insert(entry.path)
                #expect([header.width, header.height] == Self.exceptions[entry.path], "\(entry.path)")
            } catch {
                Issue.record("\(entry.path): \(error)")
            }
        }
        #expect(count == 1315)
        #expect(unlike == Set(Self.exceptions.keys))
    }

    @Test("every file of the corpus ends in a header or an error")
    func all() throws {
        let root = try #require(Corpus.root)
        var outcomes: [Bool: Int] = [:]
        for entry in try Corpus.entries() {
            let isRead: Bool
            do throws(HeaderError) {
                _ = try Self.header(root.appending(path: entry.path))
                isRead = true
            } catch {
                if case .unreadable = error { Issue.record("\(entry.path): \(error)") }
                isRead = false
            }
            outcomes[isRead, default: 0] += 1
        }
        #expect(outcomes == [true: 2237, false: 773])
    }

    private static func header(_ file: URL) throws(HeaderError) -> PictureHeader {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(errno: errno) }
        defer { close(descriptor) }
        return try readHeader(DescriptorBytes(descriptor))
    }
}
