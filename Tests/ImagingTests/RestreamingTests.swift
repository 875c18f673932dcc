import CVips
import Glibc
import Imaging
import Testing
import Vips

@testable import Jobs
@testable import Pipeline

extension ImagingTests {
    @Suite("Restreaming")
    struct RestreamingTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        static let progressive: Rendition.Encoder = {
            var jpeg = JPEG()
            jpeg.progressive = true
            return .jpeg(jpeg)
        }()

        static let interlaced: Rendition.Encoder = {
            var png = PNG()
            png.progressive = true
            return .png(png)
        }()

        /// What a job ends with, to the byte.
        struct Outcome: Equatable {
            var error: String?
            var files: [[UInt8]] = []
            var warnings: [String] = []
            var exif: [UInt8]?
        }

        func outcome(
            _ source: String, stages: [Stage], renditions: [Rendition], limits: Limits = Limits(), restreams: Bool
        ) throws -> (Outcome, isRestreamed: Bool) {
            let prefix = restreams ? "with" : "without"
            var opened = 0
            defer { #expect(opened <= 1) }
            do throws(JobError) {
                let output = try bench.run(
                    source, stages: stages, renditions: renditions, limits: limits, prefix: prefix,
                    restreams: restreams, progress: { if case .opened = $0 { opened += 1 } })
                let files = output.renditions.map { (try? bench.bytes($0.path)) ?? [] }
                return (Outcome(files: files, warnings: output.warnings, exif: output.exif), output.restreamed)
            } catch {
                return (Outcome(error: "\(error)"), false)
            }
        }

        /// Runs a job with and without, compares, and says whether it was restreamed.
        @discardableResult
        func compare(
            _ source: String, stages: [Stage] = [], renditions: [Rendition] = [.png()], limits: Limits = Limits(),
            _ what: Comment
        ) throws -> Bool {
            let (plain, _) = try outcome(
                source, stages: stages, renditions: renditions, limits: limits, restreams: false)
            let (other, isRestreamed) = try outcome(
                source, stages: stages, renditions: renditions, limits: limits, restreams: true)
            #expect(other == plain, what)
            let left = bench.outputNames.count
            #expect(left == plain.files.count + other.files.count, what)
            for name in bench.outputNames { unlinkat(bench.directory, name, 0) }
            return isRestreamed
        }

        static let jobs: [(name: String, stages: [Stage], renditions: [Rendition])] = [
            ("as it is", [], [.png()]),
            ("shrunk on load", [.resize(20, nil)], [.jpeg()]),
            ("several renditions", [], [.jpeg("small", [.resize(40, 40)]), .png("large", [.resize(150, nil)])]),
            ("turned", [.autorotate, .resize(90, nil)], [.png()]),
            ("read at random", [.resize(100, 100, .cover, position: .attention)], [.png()]),
        ]

        @Test("A job's files are the same to the byte", arguments: jobs.indices, [progressive, interlaced])
        func sameFiles(job: Int, encoder: Rendition.Encoder) throws {
            let (name, stages, renditions) = Self.jobs[job]
            let colour = try withOrientation(try texture(410, 307), 6)
            let source = try bench.source(colour, as: encoder)
            #expect(try compare(source, stages: stages, renditions: renditions, "\(name), colour"))
            let grey = try bench.source(try colour.extractedBands(first: 0, count: 1), as: encoder)
            #expect(try compare(grey, stages: stages, renditions: renditions, "\(name), grey"))
        }

        @Test("Nothing stays behind of jobs that were restreamed, whole or damaged")
        func leaks() async {
            // In a process of its own: malloc counts for all threads together.
            await #expect(processExitsWith: .success) {
                let bench = try Bench()
                for encoder in [RestreamingTests.progressive, RestreamingTests.interlaced] {
                    let source = try bench.source(try texture(400, 100), as: encoder)
                    var bytes = try bench.bytes("source\(encoder == RestreamingTests.progressive ? 1 : 3)")
                    bytes[bytes.count * 3 / 4] ^= 0x55
                    let damaged = try bench.source(bytes: bytes)
                    var before = 0
                    for round in 0..<25 {
                        if round == 5 { before = sluice_heap_bytes() }
                        for file in [source, damaged] {
                            _ = try? bench.run(
                                file, stages: [.resize(100, nil)], renditions: [.png()], restreams: true)
                            unlinkat(bench.directory, "out.png", 0)
                        }
                    }
                    // A restreamer holds a few hundred KiB while it is at work.
                    #expect(sluice_heap_bytes() < before + 1 << 20)
                }
            }
        }

        @Test(
            "Other sources are decoded as they are",
            arguments: [Rendition.Encoder.jpeg(JPEG()), .png(PNG()), .webp(WebP())])
        func others(encoder: Rendition.Encoder) throws {
            let source = try bench.source(try texture(100, 80), as: encoder)
            #expect(try !compare(source, "not layered"))
        }

        @Test("The plan says so, where the file can be restreamed", arguments: [progressive, interlaced])
        func plan(encoder: Rendition.Encoder) throws {
            let words = "read all scans in parallel"
            let source = try bench.source(try texture(100, 80), as: encoder)
            #expect(try bench.inspect(source, renditions: [.png()], restreams: true).plan.contains(words))
            #expect(try !bench.inspect(source, renditions: [.png()]).plan.contains(words))
            let plain = try bench.source(try texture(100, 80), as: .jpeg(JPEG()))
            #expect(try !bench.inspect(plain, renditions: [.png()], restreams: true).plan.contains(words))
        }

        @Test(
            "A file cut anywhere ends as without restreaming", arguments: [progressive, interlaced],
            [DamageTolerance.truncated, .none])
        func truncation(encoder: Rendition.Encoder, damage: DamageTolerance) throws {
            _ = try bench.source(try texture(120, 90), as: encoder)
            let whole = try bench.bytes("source1")
            var limits = Limits()
            limits.damage = damage
            for part in 1..<64 {
                let cut = try bench.source(bytes: Array(whole.prefix(whole.count * part / 64)))
                let isRestreamed = try compare(cut, stages: [.resize(60, nil)], limits: limits, "\(part)/64")
                #expect(!isRestreamed)
            }
        }

        @Test(
            "A file that turns out to be damaged on the way is done again from its beginning",
            arguments: [progressive, interlaced], [DamageTolerance.truncated, .none])
        func damageInside(encoder: Rendition.Encoder, damage: DamageTolerance) throws {
            _ = try bench.source(try texture(300, 200), as: encoder)
            let whole = try bench.bytes("source1")
            var limits = Limits()
            limits.damage = damage
            let renditions = [Rendition.png(), .jpeg("small", [.resize(40, 40)])]
            var redone = 0
            for part in stride(from: 8, to: 64, by: 2) {
                var bytes = whole
                bytes.removeSubrange((whole.count * part / 64)..<(whole.count * part / 64 + 3))
                let source = try bench.source(bytes: bytes)
                for count in 1...2 {
                    let isRestreamed = try compare(
                        source, renditions: Array(renditions.prefix(count)), limits: limits, "\(part)/64")
                    if !isRestreamed { redone += 1 }
                }
            }
            #expect(redone > 0)
        }
    }
}
