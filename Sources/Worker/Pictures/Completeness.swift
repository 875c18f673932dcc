import CResample
import Jobs
import Pipeline
import Restream

// How much of a picture a file has that ends early.

/// How far the data of a source goes, and what is said of that.
package enum Completeness {
    /// All pixels are there, whatever is missing behind them.
    case whole
    /// For people: which part is missing.
    case partly(String)
    case unknown

    package init(of source: Source) {
        switch source.facts.format {
        case .jpeg: self.init(jpeg: source.loader.descriptor)
        case .png: self.init(png: source.loader.descriptor)
        case .webp, .tiff, .gif, .heif, .avif, .jxl, .raw, .bmp, .pnm: self = .unknown
        }
    }

    private init(jpeg descriptor: Int32) {
        var end = sluice_jpeg_end()
        guard sluice_find_jpeg_end(descriptor, &end) == 0 else {
            self = .unknown
            return
        }
        if end.is_layered {
            self =
                JPEGRestreamer.isWholeWithoutEnd(descriptor: descriptor)
                ? .whole : .partly("detail throughout the picture")
        } else if end.is_known && end.lines == end.height {
            self = .whole
        } else {
            self = end.is_known ? .partly(lines(Int(end.lines), of: Int(end.height))) : .unknown
        }
    }

    private init(png descriptor: Int32) {
        guard let found = wholeLinesOfPNG(descriptor: descriptor) else {
            self = .unknown
            return
        }
        self = found.lines == found.height ? .whole : .partly(lines(found.lines, of: found.height))
    }
}

private func lines(_ whole: Int, of height: Int) -> String {
    let missing = height - whole
    let percent = max(1, Int((Double(missing) * 100 / Double(max(1, height))).rounded()))
    return "the last \(missing) of \(height) lines (\(percent) %)"
}

extension Source {
    /// Whether the file has its format's end marker, whatever follows: then nothing needs to be checked for
    /// completeness.
    package var endsAsItShould: Bool {
        let count = min(Int(fileSize), 16)
        let tail = readBytes(loader.descriptor, at: Int(fileSize) - count, count: count)
        switch facts.format {
        case .jpeg: return tail.suffix(2) == [0xFF, 0xD9] || sluice_has_jpeg_end(loader.descriptor)
        case .png: return tail.suffix(8).starts(with: Array("IEND".utf8)) || hasPNGEnd
        case .gif: return lastByte == 0x3B
        // Decoders take none of these that ends early, or say so.
        case .webp, .tiff, .heif, .avif, .jxl, .raw, .bmp, .pnm: return true
        }
    }

    /// Whether its chunks lead to the last one.
    private var hasPNGEnd: Bool {
        var offset = 8
        // Sound files have some KiB in each.
        for _ in 0..<1_000_000 where offset < Int(fileSize) {
            let head = readBytes(loader.descriptor, at: offset, count: 8)
            guard head.count == 8 else { return false }
            if head[4...].elementsEqual("IEND".utf8) { return true }
            offset += 12 + head[..<4].reduce(0) { $0 << 8 | Int($1) }
        }
        return false
    }

    /// The last one that is not zero.
    private var lastByte: UInt8? {
        var end = Int(fileSize)
        while end > 0 {
            let count = min(end, 64 << 10)
            let block = readBytes(loader.descriptor, at: end - count, count: count)
            guard !block.isEmpty else { return nil }
            if let last = block.last(where: { $0 != 0 }) { return last }
            end -= count
        }
        return nil
    }

    /// Where damage is tolerated: says what is missing of a picture that was made.
    package func warnOfMissing(_ context: JobContext) {
        guard loader.damage == .none, !context.isEndless else { return }
        if let missing = context.restreamed?.missing { return context.warn("incomplete: \(missing)") }
        guard !endsAsItShould else { return }
        switch Completeness(of: self) {
        case .whole: context.warn(noEndMarker)
        case .partly(let part): context.warn("incomplete: the file ends early: missing \(part)")
        case .unknown:
            context.warn("incomplete: the file does not end as it should: part of the picture may be missing")
        }
    }
}

/// For the sidecar.
package let noEndMarker = "no-end-marker: the file ends without its end marker; the picture is complete"
