import CVips
package import Jobs

/// Copies and clears libvips' error buffer (one for the whole process) and says it as a job's error.
///
/// The buffer holds a line `domain: message` per layer that gave up; the domain tells a decoder's trouble (the
/// source's fault) from an encoder's. `code` counts where it does not.
package func takeVipsError(or code: ErrorCode) -> JobError {
    var text = ""
    if let buffer = vips_error_buffer_copy() {
        text = String(cString: buffer)
        g_free(buffer)
    }
    return jobError(fromVips: text, or: code, warnings: LogCapture.current)
}

/// What libvips' error text means; pure.
///
/// - Parameter warnings: what it warned of before: all that some decoders say before they give up.
package func jobError(fromVips text: String, or code: ErrorCode, warnings: [String] = []) -> JobError {
    let lines = text.split(separator: "\n").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    // What a failing layer makes of its neighbour's failure says nothing to people.
    let causes = lines.filter(isCause)
    // A decoder that gives up may have warned of lesser things before.
    let told = causes.first { !$0.contains("Warning: ") } ?? causes.first
    let line = told ?? warnings.last ?? lines.first ?? "no reason given"
    let lowered = text.lowercased()

    if memoryWords.contains(where: lowered.contains) {
        return JobError(.memoryLimit, "not enough memory: \(line)")
    }
    if environmentWords.contains(where: lowered.contains) {
        // The kernel's own word stands in a line of its own: "unix error: No space left on device".
        let reason = lines.first { environmentWords.contains(where: $0.lowercased().contains) } ?? line
        return JobError(
            .encodeFailed, "staging cannot be written: \(reason.without(prefix: "unix error: "))", stage: stagingFault)
    }
    if let reason = unreadHEIF(lines) ?? unreadRAW(lines) { return JobError(.unsupportedFormat, reason) }
    if unsupportedWords.contains(where: lowered.contains) {
        let reason = lines.first { unsupportedWords.contains(where: $0.lowercased().contains) } ?? line
        return JobError(.unsupportedFormat, "The decoder does not support this kind of file: \(reason)")
    }
    let domain = (told ?? lines.first ?? "").prefix { $0 != ":" && $0 != " " }.lowercased()
    let isEncoder = encoderDomains.contains { domain.contains($0) }
    let isDecoder = !isEncoder && decoderDomains.contains { domain.contains($0) }
    // An encoder that only says that it cannot go on was given nothing more: libpng stops at the end of a cut interlaced
    // picture without a word. A target that cannot be written to gives its own reason.
    let wasStarved = causes.isEmpty && lines.contains { $0.contains("unable to write to target") }
    if wasStarved {
        let reason = warnings.last.map { ": \($0)" } ?? " without a reason"
        return JobError(.damaged, "the decoder gave up\(reason)")
    }
    let meaning = isDecoder ? ErrorCode.damaged : isEncoder ? .encodeFailed : code
    switch meaning {
    case .damaged where truncationWords.contains { lowered.contains($0) }:
        let reason = lines.first { truncationWords.contains(where: $0.lowercased().contains) } ?? line
        return JobError(.truncated, "the file ends before the picture does: \(reason)")
    case .damaged: return JobError(.damaged, "the decoder gave up: \(line)")
    case .encodeFailed: return JobError(.encodeFailed, "the encoder gave up: \(line)")
    default: return JobError(meaning, line)
    }
}

/// What libheif says of sound files that it, or libvips, does not read: its code 4 (unsupported), and sizes over its
/// limit (6.1000). Nil for everything else.
private func unreadHEIF(_ lines: [String]) -> String? {
    if lines.contains(where: { $0.hasPrefix("heifload") && $0.contains("bad image dimensions on decode") }) {
        return
            "A HEIF or AVIF whose crop or rotation (clap, irot, imir) libvips does not support: it decodes to a different size "
            + "than its header says."
    }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("heif: ") }) else { return nil }
    let text = lines[start...].joined(separator: " ")
    guard ["(4.", "(6.1000)"].contains(where: text.contains) else { return nil }
    return "The HEIF decoder does not support it: \(text.dropFirst("heif: ".count))"
}

/// What is said of RAW files that cannot be developed, whatever they hold.
private func unreadRAW(_ lines: [String]) -> String? {
    let start = "rawload: "
    guard let line = lines.first(where: { $0.hasPrefix(start) }) else { return nil }
    let reason = String(line.dropFirst(start.count))
    return reason.contains("LibRaw") && reason.hasSuffix("cannot be developed") ? reason : nil
}

/// The `stage` of an error that staging's file system is to blame for (disk full): the job is not at fault.
package let stagingFault = "staging"

private let consequences = [
    "out of order read", "unable to write to target", "unable to call", "stopped at line", "failed before",
    // libvips says it of every look behind the end, whatever comes of it.
    "bad seek to",
]
/// What a decoder says of files that may well be whole. Not every "unsupported": damaged files have markers that nobody
/// knows.
private let unsupportedWords = [
    "unsupported jpeg process", "unsupported jpeg data precision", "unsupported color conversion",
    "unsupported tiff image type", "samples out of range", "subsampled images not supported", "unsupported compression",
    "compression support is not configured", "is not implemented", "not supported by this version",
    "unsupported feature", "unsupported codec", "unsupported bit depth", "unsupported color", "not a known",
    "not a whole number of bytes", "unknown photometric", "unsupported sample format", "planar configuration",
]

private func isCause(_ line: String) -> Bool { !consequences.contains { line.contains($0) } }

private let memoryWords = [
    "out of memory", "unable to allocate", "cannot allocate memory", "not enough memory", "insufficient memory",
]
/// strerror(3) of what a disk can do to a writer: full, quota, read-only.
private let environmentWords = ["no space left", "disk quota", "read-only file system"]
private let truncationWords = [
    "premature end", "truncated", "unexpected end of", "end of file", "end of data", "not enough data", "eof",
    "too short", "bad read", "data underrun",
]
private let encoderDomains = ["save", "vips2", "target", "write", "cgif", "quantise"]
private let decoderDomains = [
    "vipsjpeg", "jpeg", "png", "spng", "webp", "tiff", "gif", "heif", "load", "source", "lzw", "zip", "fax", "oj",
]

extension String {
    fileprivate func without(prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }
}

extension StringProtocol {
    package func trimmingSpaces() -> String {
        let kept = self.drop { $0.isWhitespace }
        guard let last = kept.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(kept[...last])
    }
}
