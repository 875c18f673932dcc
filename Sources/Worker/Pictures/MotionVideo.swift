/// The video that a motion photo's file holds beside its picture.
package struct MotionVideo: Sendable, Equatable {
    /// Where it begins, in bytes.
    package var start: UInt64
    package var bytes: UInt64
    /// What its container is called: `mp4` or `mov`.
    package var format: String
    /// False where it ends early.
    package var isWhole: Bool

    /// Boxes of a file that are gone through.
    private static let mostBoxes = 4000

    /// Looks where XMP says that one is, where Google's HEIC has a box for it, and where Samsung's phones put theirs; nil where
    /// none begins there. Whatever the file says, it is one only if its boxes are a video's.
    /// - Parameters:
    ///   - size: of the file, in bytes.
    ///   - fromEnd: where XMP has one begin, in bytes before the end of the file.
    init?(in descriptor: Int32, size: UInt64, isHEIF: Bool, fromEnd: [UInt64]) {
        var places = fromEnd.filter { $0 <= size }.map { (size - $0)..<size }
        if isHEIF, let box = Self.box(in: descriptor, size: size) { places.insert(box, at: 0) }
        if let block = Self.samsungBlock(in: descriptor, size: size) { places.append(block) }
        let found = places.compactMap { MotionVideo(in: descriptor, at: $0) }
        guard let best = found.first(where: \.isWhole) ?? found.first else { return nil }
        self = best
    }

    /// As far as boxes follow each other; what lies behind them (padding, a maker's own) is no part of it.
    private init?(in descriptor: Int32, at place: Range<UInt64>) {
        var offset = place.lowerBound
        var (isMovie, isCut) = (false, false)
        var format = "mp4"
        for index in 0..<Self.mostBoxes {
            guard let box = Box(in: descriptor, at: offset, within: place.upperBound) else { break }
            if index == 0 {
                guard box.type == "ftyp" else { return nil }
                let brand = readBytes(descriptor, at: Int(clamping: box.body), count: 4)
                if brand.elementsEqual("qt  ".utf8) { format = "mov" }
            }
            if box.type == "moov" || box.type == "moof" { isMovie = true }
            isCut = box.isCut
            offset = box.end
            if isCut { break }
        }
        guard offset > place.lowerBound else { return nil }
        (start, bytes) = (place.lowerBound, offset - place.lowerBound)
        self.format = format
        isWhole = isMovie && !isCut
    }

    private struct Box {
        var type: String
        var body: UInt64
        var end: UInt64
        /// Whether it would be longer than there is room.
        var isCut: Bool

        /// Nil where none begins.
        init?(in descriptor: Int32, at offset: UInt64, within limit: UInt64) {
            guard offset < limit, limit - offset >= 8 else { return nil }
            let head = readBytes(descriptor, at: Int(clamping: offset), count: 16)
            guard head.count >= 8, head[4..<8].allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
            type = String(decoding: head[4..<8], as: UTF8.self)
            var size = head[..<4].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            body = offset + 8
            if size == 1 {
                guard head.count == 16 else { return nil }
                size = head[8...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                body = offset + 16
            } else if size == 0 {
                size = limit - offset
            }
            guard size >= body - offset else { return nil }
            isCut = size > limit - offset
            end = isCut ? limit : offset + size
        }
    }

    /// The content of the box `mpvd`.
    private static func box(in descriptor: Int32, size: UInt64) -> Range<UInt64>? {
        var offset: UInt64 = 0
        for _ in 0..<mostBoxes {
            guard let box = Box(in: descriptor, at: offset, within: size) else { return nil }
            if box.type == "mpvd" { return box.body..<box.end }
            offset = box.end
        }
        return nil
    }

    /// Samsung's blocks at the end of a file: each has its name before its data, `SEFH` lists them, and `SEFT` ends it all.
    private static func samsungBlock(in descriptor: Int32, size: UInt64) -> Range<UInt64>? {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        guard size > 20 else { return nil }
        let tail = readBytes(descriptor, at: Int(clamping: size - 8), count: 8)
        guard tail.count == 8, tail[4...].elementsEqual("SEFT".utf8) else { return nil }
        let length = number(tail[..<4])
        guard length >= 12, length <= size - 8, length <= 12 + 12 * 100 else { return nil }
        let start = size - 8 - length
        let list = readBytes(descriptor, at: Int(clamping: start), count: Int(length))
        guard list.count == Int(length), list[..<4].elementsEqual("SEFH".utf8) else { return nil }
        for index in 0..<min(Int(number(list[8..<12])), (list.count - 12) / 12) {
            let entry = list[(12 + 12 * index)..<(24 + 12 * index)]
            let (back, bytes) = (number(entry.dropFirst(4).prefix(4)), number(entry.dropFirst(8)))
            guard back <= start, bytes <= back else { continue }
            let head = readBytes(descriptor, at: Int(clamping: start - back), count: 8 + motionName.count)
            guard head.count == 8 + motionName.count, bytes > UInt64(head.count),
                number(head[4..<8]) == UInt64(motionName.count), head[8...].elementsEqual(motionName)
            else { continue }
            return (start - back + UInt64(head.count))..<(start - back + bytes)
        }
        return nil
    }

    private static let motionName = Array("MotionPhoto_Data".utf8)
}

/// What a source's file holds beside the picture, and its renditions do not.
struct LeftOutParts {
    /// As `partsDescribed` names them.
    var described: Set<String>
    /// Further pictures of a JPEG's index.
    var further = 0
    /// The video, where there is one.
    var motion: MotionVideo?
    /// Whether that is published beside the renditions.
    var isExtracted = false

    /// For the sidecar.
    var words: [String] {
        var words: [String] = []
        var rest = described
        let isDescribed = rest.remove("motion photo") != nil
        if let motion {
            // What has no name in a directory of parts is this one.
            rest.remove("other files")
            if !motion.isWhole {
                words.append("a motion video, which is damaged")
            } else if !isExtracted {
                words.append("a motion video of \(size(motion.bytes))")
            }
        } else if isDescribed {
            words.append("a motion video, which is not in the file any more")
        }
        let hasGainMap = rest.remove("gain map") != nil
        if hasGainMap { words.append("an HDR gain map") }
        // A gain map is one of them; so is what else was described.
        let pictures = further - (hasGainMap ? 1 : 0)
        if rest.isEmpty, pictures > 0 {
            words.append("\(pictures) further \(pictures == 1 ? "picture" : "pictures") (MPO)")
        }
        return words + rest.sorted().map { ["depth map", "second picture", "sound"].contains($0) ? "a \($0)" : $0 }
    }

    private func size(_ bytes: UInt64) -> String {
        let kilobytes = max(1, (bytes + 500) / 1000)
        return kilobytes < 1000 ? "\(kilobytes) kB" : "\((kilobytes + 50) / 1000).\((kilobytes + 50) % 1000 / 100) MB"
    }
}
