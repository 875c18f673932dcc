package import Jobs

/// Date, place and description that a picture's own metadata lacks, from its companions.
package struct ExifFilling: Sendable, Equatable {
    package private(set) var taken: String?
    package private(set) var gps: ExifRecord.GPS?
    package private(set) var description: String?
    /// Which companion each is from.
    package private(set) var sources = Filled()

    /// - Parameters:
    ///   - record: what the picture says itself; the date of its last change is none to keep.
    ///   - companions: the best first.
    /// - Returns: nil where nothing is filled.
    package init?(lackedBy record: ExifRecord, from companions: [CompanionRecord]) {
        for companion in companions {
            if record.taken == nil || record.takenFrom == .modifyDate, taken == nil, let found = companion.taken {
                (taken, sources.taken) = (found, companion.name)
            }
            if record.gps == nil, gps == nil, let found = companion.gps {
                (gps, sources.gps) = (found, companion.name)
            }
            if record.description == nil, description == nil, let found = companion.description {
                (description, sources.description) = (found, companion.name)
            }
        }
        if sources.isEmpty { return nil }
    }

    /// The record of a block that has these, with where they are from, and as exact as they were told.
    package func apply(to record: inout ExifRecord) {
        if let taken { (record.taken, record.takenFrom) = (taken, .companion) }
        if let gps { record.gps = gps }
        if let description { record.description = description }
    }

    /// Puts them into an EXIF block, so that all that holds for what a camera wrote holds for them.
    /// - Returns: nil where the block has no room for them.
    package func filled(_ block: [UInt8]?) -> [UInt8]? {
        // Reading from memory does not throw.
        let known = block.flatMap { try? ExifDirectories(in: PictureBytes(withoutExifSignature($0))) }
        var directories = known ?? ExifDirectories(order: .big)
        put(into: &directories)
        if let filled = directories.serialised() { return filled }
        directories.exif.removeAll { $0.tag == ExifTagNumber.makerNote }
        return directories.serialised()
    }

    private func put(into directories: inout ExifDirectories) {
        func text(_ tag: UInt16, _ text: String) -> ExifDirectories.Entry {
            let bytes = Array(text.utf8) + [0]
            return .init(tag: tag, type: 2, count: bytes.count, value: bytes)
        }
        if let taken, taken.utf8.count >= 19 {
            let (moment, zone) = (String(taken.prefix(19)), String(taken.dropFirst(19)))
            directories.exif.removeAll { $0.tag == Tag.dateTimeOriginal || $0.tag == Tag.offsetTimeOriginal }
            directories.exif.append(
                text(Tag.dateTimeOriginal, moment.replacing("-", with: ":").replacing("T", with: " ")))
            if !zone.isEmpty { directories.exif.append(text(Tag.offsetTimeOriginal, zone == "Z" ? "+00:00" : zone)) }
        }
        if let description {
            directories.primary.removeAll { $0.tag == Tag.imageDescription }
            directories.primary.append(text(Tag.imageDescription, description))
        }
        if let gps {
            let order = directories.order
            func rationals(_ tag: UInt16, _ values: [(Int, Int)]) -> ExifDirectories.Entry {
                let bytes = values.flatMap { order.bytes($0.0, width: 4) + order.bytes($0.1, width: 4) }
                return .init(tag: tag, type: 5, count: values.count, value: bytes)
            }
            func degrees(_ value: Double) -> [(Int, Int)] {
                // Ten-thousandths of a second: three millimetres.
                let parts = Int((abs(value) * 36_000_000).rounded())
                return [(parts / 36_000_000, 1), (parts / 600_000 % 60, 1), (parts % 600_000, 10_000)]
            }
            directories.gps = [
                .init(tag: 0, type: 1, count: 4, value: [2, 3, 0, 0]),
                text(1, gps.latitude < 0 ? "S" : "N"), rationals(2, degrees(gps.latitude)),
                text(3, gps.longitude < 0 ? "W" : "E"), rationals(4, degrees(gps.longitude)),
            ]
            if let altitude = gps.altitude, abs(altitude) < 1_000_000 {
                directories.gps += [
                    .init(tag: 5, type: 1, count: 1, value: [altitude < 0 ? 1 : 0]),
                    rationals(6, [(Int((abs(altitude) * 1000).rounded()), 1000)]),
                ]
            }
        }
    }

    private enum Tag {
        static let imageDescription: UInt16 = 0x010E
        static let dateTimeOriginal: UInt16 = 0x9003
        static let offsetTimeOriginal: UInt16 = 0x9011
    }
}

extension ExifRecord {
    /// Without where the picture was taken, in words too.
    package mutating func removePlace() {
        let search = CoordinateSearch(near: [gps?.latitude, gps?.longitude].compactMap(\.self))
        for text in [\ExifRecord.description, \.artist, \.copyright] {
            if let words = self[keyPath: text], search.finds(in: words) || namesGPS(words) { self[keyPath: text] = nil }
        }
        gps = nil
    }

    private func namesGPS(_ text: String) -> Bool { contains(lowercased(text.utf8), Array("gps".utf8)) }
}
