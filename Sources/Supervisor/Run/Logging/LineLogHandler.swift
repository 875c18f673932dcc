import Glibc
import LinuxIO
package import Logging
import Synchronization

/// Writes log lines to standard error, one after the other, so that lines of several threads do not mix.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let sink: LogSink

    package init(_ sink: LogSink) { self.sink = sink }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        sink.write(LogLine(time: wallClock(), level: event.level, message: "\(event.message)", metadata: all))
    }
}

/// The destination of log lines. Work does not wait for a stalled reader: what it does not accept within a second is
/// dropped, counted, and reported once it reads again.
package final class LogSink: Sendable {
    private struct State {
        var dropped = 0
        /// Whether the last line that was written ends in its midst.
        var isCut = false
    }

    private let format: LogFormat
    private let descriptor: Int32
    private let state = Mutex(State())
    /// Milliseconds.
    private let patience: Int32

    package init(_ format: LogFormat, descriptor: Int32 = 2, patience: Int32 = 1000) {
        self.format = format
        self.descriptor = descriptor
        self.patience = patience
    }

    package func write(_ line: LogLine) {
        state.withLock { state in
            // After that long without a reader, nothing waits any more.
            guard isWritable(within: state.dropped == 0 ? patience : 0) else { return state.dropped += 1 }
            if state.dropped > 0 {
                let note = LogLine(
                    time: line.time, level: .warning,
                    message: "log lines were dropped because nothing was reading them",
                    metadata: ["lines": .stringConvertible(state.dropped)])
                state.dropped = 0
                guard send(note, &state), isWritable(within: 0) else { return state.dropped += 1 }
            }
            if !send(line, &state) { state.dropped += 1 }
        }
    }

    /// A pipe is where a page of it is free.
    private func isWritable(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&wanted, 1, milliseconds)
            // What is closed or broken takes everything.
            if count >= 0 || errno != EINTR { return count != 0 }
        }
    }

    /// In pieces that a pipe which is writable takes without waiting; nearly every line is one.
    /// - Returns: false where the reader stopped in its midst: then what it got ends as a line of its own.
    private func send(_ line: LogLine, _ state: inout State) -> Bool {
        var rest = Array(((state.isCut ? "\n" : "") + line.text(format)).utf8)[...]
        state.isCut = false
        var waits = false
        while !rest.isEmpty {
            if waits, !isWritable(within: patience) {
                state.isCut = true
                return false
            }
            // A reader that has gone is no reason to stop working.
            guard (try? Wire.write(Array(rest.prefix(Self.piece)), to: descriptor, subject: "standard error")) != nil
            else { return true }
            rest = rest.dropFirst(Self.piece)
            waits = true
        }
        return true
    }

    /// Bytes: PIPE_BUF, see pipe(7).
    private static let piece = 4096
}

extension LogFormat {
    /// For standard error as it is: the journal's where it is the journal (systemd.exec(5), `$JOURNAL_STREAM`).
    package static var automatic: LogFormat {
        var status = stat()
        guard let stream = getenv("JOURNAL_STREAM"), fstat(2, &status) == 0 else { return .text }
        return automatic(
            journalStream: String(cString: stream), device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    static func automatic(journalStream: String, device: UInt64, inode: UInt64) -> LogFormat {
        journalStream == "\(device):\(inode)" ? .journal : .text
    }
}
