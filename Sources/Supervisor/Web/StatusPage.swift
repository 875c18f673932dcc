package import Admission
import CPages
import FoundationEssentials
import Glibc
package import HTTP
import Jobs
package import Journal
package import LinuxIO
package import Status
import Synchronization

/// The status page: `/`, what it polls, and its thumbnails. Answers on the server's thread from what is in
/// memory; a thumbnail's file is the only one that it opens.
package final class StatusPage: Sendable {
    private static let page = PageText(
        ConstantBytes(UnsafeRawBufferPointer(start: sluice_status_page(), count: sluice_status_page_bytes)))
    /// Nanoseconds that an answer is good for, however many look.
    private static let freshness: Int64 = 1_000_000_000

    private let board: StatusBoard
    private let cap: MemoryCap
    private let outbox: Directory
    private let quarantine: QuarantineOnPage
    private let answer = Mutex<(bytes: [UInt8], madeAt: Int64)>(([], .min))
    private let journal: Journal

    /// - Parameter outbox: where small pictures are found.
    package init(board: StatusBoard, cap: MemoryCap, journal: Journal, outbox: Directory) {
        self.board = board
        self.cap = cap
        self.outbox = outbox
        self.journal = journal
        quarantine = QuarantineOnPage(journal)
    }

    /// Looks up what earlier runs did last. Beside the work: nothing waits for it, and nothing depends on it.
    package func recall(on disk: BlockingPool) async {
        await quarantine.read(failures: board.page().quarantined)
        if let earlier = try? await earlierResults(journal, outbox: outbox, on: disk) { board.fillRecent(earlier) }
    }

    @Sendable package func respond(to request: HTTPRequest) -> HTTPResponse? {
        switch request.path {
        case "/":
            return HTTPResponse(
                contentType: "text/html; charset=utf-8",
                headers: [
                    ("Content-Security-Policy", Self.page.policy), ("Referrer-Policy", "no-referrer"),
                    ("Cross-Origin-Opener-Policy", "same-origin"), ("Cache-Control", "no-cache"),
                    ("ETag", Self.page.tag),
                ], body: .constant(Self.page.bytes)
            ).unless(request.hasSeen(Self.page.tag))
        case "/status.json":
            return HTTPResponse(
                contentType: "application/json; charset=utf-8", headers: [("Cache-Control", "no-store")],
                body: .bytes(currentAnswer()))
        case let path where path.hasPrefix("/thumbnails/"):
            return thumbnail(path.dropFirst("/thumbnails/".count), request)
        default: return nil
        }
    }

    private func currentAnswer() -> [UInt8] {
        answer.withLock { answer in
            let now = monotonicNanoseconds()
            if answer.madeAt == .min || now - answer.madeAt > Self.freshness {
                let status = board.status(use: "watch", cap: cap, process: getpid())
                let page = board.page()
                let content = StatusPageAnswer(status, page, quarantine.current(failures: page.quarantined))
                answer = ((try? JSONEncoder().encode(content)).map { Array($0) } ?? [], now)
            }
            return answer.bytes
        }
    }

    /// The small picture of one of the results that are shown; nil where there is none, or where somebody has changed
    /// the file.
    private func thumbnail(_ job: Substring, _ request: HTTPRequest) -> HTTPResponse? {
        guard let number = Int64(job), let thumbnail = board.thumbnail(of: number) else { return nil }
        // By content: numbers begin anew with a new journal.
        let tag = "\"\(thumbnail.sha256.prefix(16))\""
        guard let file = try? outbox.openFile(thumbnail.path.bytes), let status = try? FileStatus.of(file),
            status.isRegular, status.size == Int64(thumbnail.bytes),
            (try? sha256(of: file).digest) == thumbnail.sha256
        else { return nil }
        return HTTPResponse(
            contentType: thumbnail.type,
            headers: [
                ("Cache-Control", "private, no-cache"), ("ETag", tag),
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ], body: .file(file, bytes: thumbnail.bytes)
        ).unless(request.hasSeen(tag))
    }
}

extension HTTPRequest {
    /// Whether the client has what this tag stands for.
    fileprivate func hasSeen(_ tag: String) -> Bool {
        headers["if-none-match"]?.split(separator: ",").contains { $0.trimmingSpaces.hasSuffix(tag) } ?? false
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}

extension HTTPResponse {
    /// Without its body where the client has it. With all of its headers, which take the place of those that it has.
    fileprivate func unless(_ isKnown: Bool) -> HTTPResponse {
        isKnown ? HTTPResponse(status: 304, contentType: contentType, headers: headers, body: .bytes([])) : self
    }
}
