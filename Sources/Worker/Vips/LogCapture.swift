import CVips
import Glibc
import Synchronization

/// Collects what libvips and GLib would have printed, for the job that runs. Decoders warn from threads of their own.
package enum LogCapture {
    private static let lines = Mutex<[String]>([])
    /// A hostile file can make a decoder warn for every line.
    private static let mostLines = 20

    package static func install() {
        // One handler for every library's domain: nothing may ever reach stdout, which carries the protocol.
        _ = g_log_set_default_handler(
            { domain, level, message, _ in
                guard let message else { return }
                let text = String(cString: message).replacing(where: \.isNewline, with: " ")
                if level.rawValue & G_LOG_LEVEL_ERROR.rawValue != 0 {
                    // GLib aborts the process after this: the last words belong on stderr.
                    let words = "\(domain.map { String(cString: $0) } ?? "glib"): \(text)\n"
                    _ = words.withCString { write(STDERR_FILENO, $0, strlen($0)) }
                    return
                }
                let loud = G_LOG_LEVEL_CRITICAL.rawValue | G_LOG_LEVEL_WARNING.rawValue
                if level.rawValue & loud != 0 { LogCapture.add(text) }
            }, nil)
    }

    private static func add(_ line: String) {
        guard !isNoise(line) else { return }
        lines.withLock { if $0.count < mostLines && !$0.contains(line) { $0.append(line) } }
    }

    /// Said of every AVIF, of private tags in a TIFF, and a count of the warnings that follow it.
    private static func isNoise(_ line: String) -> Bool {
        line.contains("ignoring nclx profile") || line.hasPrefix("Unknown field with tag")
            || (line.hasPrefix("read gave ") && line.hasSuffix(" warnings"))
    }

    /// Empties the list.
    package static func take() -> [String] {
        lines.withLock { kept in
            defer { kept = [] }
            return kept
        }
    }

    /// What has been said since the last `take`.
    package static var current: [String] { lines.withLock { $0 } }
}

extension String {
    fileprivate func replacing(where isReplaced: (Character) -> Bool, with character: Character) -> String {
        String(map { isReplaced($0) ? character : $0 })
    }
}
