import Glibc
import LinuxIO
import PipelineModel
import Testing

@testable import Inbox

/// Suites that use the one watcher of the process.
@Suite("On real directories", .serialized, .timeLimit(.minutes(10)))
struct RealDirectories {}

/// Takes an inbox' events one after the other; what no question is asked about is passed over, but for sources and
/// refusals, which must be expected.
final class Listener {
    let source: InboxSource
    private var events: AsyncStream<InboxEvent>.AsyncIterator

    init(_ roots: [InboxRoot], _ settings: InboxSettings) throws {
        source = try InboxSource(roots: roots, settings: settings)
        events = source.events.makeAsyncIterator()
        try source.start()
    }

    /// The next `count` sources.
    func ready(_ count: Int) async throws -> [ReadySource] {
        var found: [ReadySource] = []
        while found.count < count {
            switch try await next() {
            case .ready(let source): found.append(source)
            case .refused(_, let refusal): Issue.record("unexpected: \(refusal)")
            default: break
            }
        }
        return found
    }

    /// The next sources are these, in any order, and none comes twice.
    func expect(_ paths: [String]) async throws {
        #expect(try await ready(paths.count).map(\.path.text).sorted() == paths.sorted())
    }

    func refusal() async throws -> Refusal {
        while true {
            if case .refused(_, let refusal) = try await next() { return refusal }
        }
    }

    func scanned() async throws { try await until { if case .scanned = $0 { true } else { false } } }

    func until(_ condition: (InboxEvent) -> Bool) async throws {
        while true {
            let event = try await next()
            if condition(event) { return }
            if case .ready = event { Issue.record("unexpected: \(event)") }
        }
    }

    /// Stops the inbox; no source that nobody expected may have come.
    func end() async {
        source.stop()
        while let event = await events.next(isolation: #isolation) {
            if case .ready = event { Issue.record("unexpected: \(event)") }
        }
    }

    private func next() async throws -> InboxEvent {
        try #require(await events.next(isolation: #isolation), "the inbox ended early")
    }
}

/// Runs a program to its end.
func run(_ program: String, _ arguments: String...) throws {
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    try #require(posix_spawn(&process, program, nil, nil, &words, environ) == 0)
    var status: Int32 = 0
    try #require(waitpid(process, &status, 0) == process)
    #expect(status == 0)
}

extension Directory {
    /// Removes a whole directory below this one.
    func removeDirectory(_ path: [UInt8], afterEmptying: Bool) throws {
        try removeContents(of: openDirectory(path))
        try removeDirectory(path)
    }
}
