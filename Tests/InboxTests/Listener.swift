import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

/// Suites that use the one watcher of the process.
@Suite("On real directories", .serialized, .timeLimit(.minutes(10)))
struct RealDirectories {}

/// What an inbox tells, of all kinds.
enum Told: Sendable, Equatable {
    case ready(ReadySource)
    case refused(inbox: Int, Refusal)
    case event(InboxEvent)

    var source: ReadySource? { if case .ready(let source) = self { source } else { nil } }
    var refusal: Refusal? { if case .refused(_, let refusal) = self { refusal } else { nil } }
}

/// Takes what inboxes tell one after the other; what no question is asked about is passed over, but for sources and
/// refusals, which must be expected.
final class Listener {
    let source: InboxSource
    private var told: AsyncStream<Told>.AsyncIterator

    /// - Parameter takes: whether sources and refusals are taken at all.
    init(_ roots: [InboxRoot], _ settings: InboxSettings, takes: Bool = true) throws {
        let source = try InboxSource(roots: roots, settings: settings)
        self.source = source
        let (stream, continuation) = AsyncStream.makeStream(of: Told.self)
        told = stream.makeAsyncIterator()
        try source.start()
        Task {
            await withDiscardingTaskGroup { group in
                for root in roots where takes {
                    group.addTask {
                        while let batch = await source.nextReady(inbox: root.id) {
                            for ready in batch { continuation.yield(.ready(ready)) }
                        }
                    }
                    group.addTask {
                        while let batch = await source.nextRefusals(inbox: root.id) {
                            for refusal in batch { continuation.yield(.refused(inbox: root.id, refusal)) }
                        }
                    }
                }
                group.addTask {
                    while let batch = await source.nextEvents() {
                        for event in batch { continuation.yield(.event(event)) }
                    }
                }
            }
            continuation.finish()
        }
    }

    /// The next `count` sources.
    func ready(_ count: Int) async throws -> [ReadySource] {
        var found: [ReadySource] = []
        while found.count < count {
            switch try await next() {
            case .ready(let source): found.append(source)
            case .refused(_, let refusal): Issue.record("unexpected: \(refusal)")
            case .event: break
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

    /// What is told until enough is; sources, refusals and events come on ways of their own, in no order.
    func all(until isEnough: ([Told]) -> Bool) async throws -> [Told] {
        var all: [Told] = []
        while !isEnough(all) { all.append(try await next()) }
        return all
    }

    func scanned() async throws { try await until { if case .scanned = $0 { true } else { false } } }

    func until(_ condition: (InboxEvent) -> Bool) async throws {
        while true {
            switch try await next() {
            case .event(let event): if condition(event) { return }
            case .ready(let source): Issue.record("unexpected: \(source)")
            case .refused: break
            }
        }
    }

    /// Stops the inbox; no source that nobody expected may have come.
    func end() async {
        source.stop()
        while let told = await told.next(isolation: #isolation) {
            if case .ready(let source) = told { Issue.record("unexpected: \(source)") }
        }
    }

    private func next() async throws -> Told {
        try #require(await told.next(isolation: #isolation), "the inbox ended early")
    }
}

/// Waits until something holds; false where it does not within a generous time.
func eventually(within seconds: Double = 60, _ condition: () throws -> Bool) async rethrows -> Bool {
    let end = monotonicNanoseconds() + Int64(seconds * 1e9)
    while monotonicNanoseconds() < end {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try condition()
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
