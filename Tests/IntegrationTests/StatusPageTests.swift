import Admission
import Engine
import Foundation
import Glibc
import HTTP
import LinuxIO
import Synchronization
import Testing

@testable import Jobs
@testable import Journal
@testable import Report
@testable import Status
@testable import Web

@Suite("The status page, without a server")
struct StatusPageTests {
    private func place(_ body: (Scratch, StatusBoard, StatusPage) async throws -> Void) async throws {
        try await withScratch { scratch in
            let journal = try Journal(path: "\(scratch.path)/journal.sqlite")
            let board = StatusBoard()
            let cap = MemoryCap(total: 256 << 20, workers: 1)
            try await body(
                scratch, board, StatusPage(board: board, cap: cap, journal: journal, outbox: scratch.directory))
            try journal.close()
        }
    }

    private func text(_ response: HTTPResponse) -> String {
        switch response.body {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .constant(let constant): String(decoding: constant.bytes, as: UTF8.self)
        case .file(let file, let bytes): String(decoding: (try? contents(file, atMost: bytes)) ?? [], as: UTF8.self)
        }
    }

    private func header(_ name: String, _ response: HTTPResponse) -> String? {
        response.headers.first { $0.name == name }?.value
    }

    @Test("the page may run its own script and look as its own style says, and nothing else")
    func policy() async throws {
        try await place { _, _, page in
            let response = try #require(page.respond(to: HTTPRequest(path: "/")))
            let policy = try #require(header("Content-Security-Policy", response))
            #expect(
                policy.hasPrefix("default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'sha256-"))
            #expect(policy.hasSuffix("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && policy.components(separatedBy: "'sha256-").count == 3)
            let html = text(response)
            #expect(html.hasPrefix("<!doctype html>") && html.utf8.count <= 60 << 10)
            #expect(!html.contains("http://") || html.components(separatedBy: "http://www.w3.org/2000/svg").count > 1)
            for forbidden in [" style=", " onclick=", "innerHTML", "https://", "eval("] {
                #expect(!html.contains(forbidden), "\(forbidden)")
            }
            let tag = try #require(header("ETag", response))
            let again = try #require(
                page.respond(to: HTTPRequest(path: "/", headers: ["if-none-match": "W/\(tag)"])))
            #expect(again.status == 304 && text(again).isEmpty)
            #expect(header("Content-Security-Policy", again) == policy && again.contentType == response.contentType)
        }
    }

    @Test("the hash in the policy is that of the text between the tags")
    func hash() {
        let html = Array("<style>a { b: c }</style><script>run()</script>".utf8)
        html.withUnsafeBytes { bytes in
            // printf 'a { b: c }' | openssl dgst -sha256 -binary | base64
            #expect(PageText.hash(of: "style", in: bytes) == "'sha256-QOG1bNummUdN8ru48JSfiQvU3BhjIqrKYbGcSs1G+Y8='")
            #expect(PageText.hash(of: "template", in: bytes) == "'none'")
        }
    }

    @Test("a result shows with its smallest picture, as it was published, and not when it is another one's")
    func thumbnails() async throws {
        try await place { scratch, board, page in
            let small = Array("small".utf8)
            try scratch.write(small, to: "a/x.thumb.jpg")
            board.take(.published(job(7, "a/x.tif"), sidecar("a/x", small)))
            let answer = try #require(page.respond(to: HTTPRequest(path: "/status.json")))
            let json = try #require(try JSONSerialization.jsonObject(with: Data(text(answer).utf8)) as? [String: Any])
            let recent = try #require(json["recent"] as? [[String: Any]])
            #expect(recent.map { $0["thumbnail"] as? String } == ["thumbnails/7"])
            #expect(recent.first?["source"] as? String == "a/x.tif")
            #expect(json["state"] as? String == "idle" && json["memory"] is [String: Any], "all of the status is there")
            let history = try #require(json["history"] as? [String: Any])
            #expect((history["used"] as? [Any])?.count == 240)

            let picture = try #require(page.respond(to: HTTPRequest(path: "/thumbnails/7")))
            #expect(text(picture) == "small" && picture.contentType == "image/jpeg")
            let tag = try #require(header("ETag", picture))
            let known = page.respond(to: HTTPRequest(path: "/thumbnails/7", headers: ["if-none-match": tag]))
            #expect(known?.status == 304)

            for path in ["/thumbnails/8", "/thumbnails/", "/thumbnails/7/", "/thumbnails/../a/x.thumb.jpg", "/x", ""] {
                #expect(page.respond(to: HTTPRequest(path: path)) == nil, "\(path)")
            }
            try scratch.write(Array("SMALL".utf8), to: "a/x.thumb.jpg")
            #expect(page.respond(to: HTTPRequest(path: "/thumbnails/7")) == nil, "somebody has changed it")
            try scratch.remove("a/x.thumb.jpg")
            #expect(page.respond(to: HTTPRequest(path: "/thumbnails/7")) == nil)
            try scratch.write(small, to: "elsewhere.jpg")
            #expect(symlink("../elsewhere.jpg", "\(scratch.path)/a/x.thumb.jpg") == 0)
            #expect(page.respond(to: HTTPRequest(path: "/thumbnails/7")) == nil, "links are not followed")
        }
    }

    @Test("what is kept is bounded: so many results, and of hostile names not all")
    func bounded() async throws {
        try await place { _, board, page in
            let long = (0..<400).map { _ in "\u{1F3DE}\u{FE0F}longlong" }.joined(separator: "/")
            for number in 0..<500 {
                board.take(.published(job(Int64(number), long), sidecar("\(long)/\(number)", [1])))
                board.take(.quarantined(job(Int64(number), long).source, JobError(.damaged, long), job: Int64(number)))
            }
            let answer = text(try #require(page.respond(to: HTTPRequest(path: "/status.json"))))
            #expect(answer.utf8.count < 64 << 10, "\(answer.utf8.count)")
            #expect(board.page().recent.count == 24)
            #expect(board.page().recent.allSatisfy { $0.source.utf8.count <= 700 && $0.source.hasSuffix("longlong") })
        }
    }

    @Test("the quarantine is grouped by code, with what to do and with those that are too old to be listed")
    func quarantine() {
        let newest = (0..<50).map { number in
            job(
                Int64(120 - number), "p\(120 - number)",
                JobError(number == 0 ? .emptyFile : .damaged, "why", stage: "resize"))
        }
        let overview = QuarantineOnPage.Overview(
            .init(
                mark: .init(total: 120, newest: 120), counts: [.emptyFile: 1, .damaged: 89, .timedOut: 30],
                newest: newest))
        #expect(overview.total == 120)
        #expect(overview.groups.map(\.code) == [.emptyFile, .damaged, .timedOut])
        #expect(overview.groups.map(\.count) == [1, 89, 30])
        #expect(overview.groups.map(\.cases.count) == [1, 49, 0])
        #expect(overview.groups[1].cases.first?.source == "p119")
        #expect(overview.groups.allSatisfy { $0.advice == $0.code.advice })
    }

    @Test("an hour, in places of fifteen seconds; where nobody looked, what was seen last holds")
    func history() {
        var hour = HourOfHistory()
        #expect(hour.samples(at: 100, wall: 0).used.allSatisfy { $0 == nil })
        hour.add(used: 10 << 20, reserved: 1 << 20, at: 30)
        hour.add(used: 50 << 20, reserved: 9 << 20, at: 44)
        hour.add(used: 20 << 20, reserved: 0, at: 44)
        hour.addPicture(at: 44)
        hour.addPicture(at: 44)
        hour.add(used: 5 << 20, reserved: 0, at: 91)
        let samples = hour.samples(at: 100, wall: 1000)
        #expect(samples.used.count == 240 && samples.until == 1000)
        let used: [UInt64?] = [nil, 50, 20, 20, 20, 5]
        let reserved: [UInt64?] = [nil, 9, 0, 0, 0, 0]
        let pictures: [UInt32?] = [nil, 2, 0, 0, 0, 0]
        #expect(samples.used.suffix(6).map { $0.map { $0 >> 20 } } == used)
        #expect(samples.reserved.suffix(6).map { $0.map { $0 >> 20 } } == reserved)
        #expect(Array(samples.pictures.suffix(6)) == pictures)
        let later = hour.samples(at: 91 + 3600 * 5, wall: 0)
        #expect(later.pictures.allSatisfy { $0 == 0 }, "an old hour does not come back")
    }

    private func job(_ number: Int64, _ path: String, _ error: JobError? = nil) -> JobRecord {
        JobRecord(
            id: number,
            source: SourceIdentity(
                inbox: "web", path: relative(path), size: 9, mtime: 0, inode: 1),
            pipelineName: "web", pipelineDigest: "", state: .published, attempts: 1, failures: 0, error: error,
            queuedAt: 0)
    }

    private func relative(_ text: String) -> RelativePath {
        guard let path = RelativePath(text) else { preconditionFailure(text) }
        return path
    }

    private func sidecar(_ stem: String, _ small: [UInt8]) -> Sidecar {
        func rendition(_ name: String, _ format: String, _ bytes: Int, _ digest: String = "") -> RenditionReport {
            RenditionReport(
                name: name, path: "\(stem).\(name).\(format == "jpeg" ? "jpg" : format)", format: format, width: 1,
                height: 1, pages: 1, bytes: UInt64(bytes), sha256: digest, seconds: 0)
        }
        return Sidecar(
            sluice: "1", job: "job-1",
            source: .init(
                name: "x", path: stem, bytes: 9, sha256: "", format: .jpeg, width: 1, height: 1, bands: 3, depth: 8,
                pages: 1),
            exif: nil, pipeline: .init(name: "web", digest: ""), stages: [],
            renditions: [
                rendition("tiny", "tiff", 1), rendition("large", "webp", 900),
                rendition("thumb", "jpeg", small.count, sha256(small)), rendition("huge", "png", 2 << 20),
            ],
            timing: .init(queued: "", started: "", finished: "", wallSeconds: 0.5, cpuSeconds: 0.4),
            memory: .init(estimate: 1, peak: 1), attempts: 1, warnings: [])
    }
}
