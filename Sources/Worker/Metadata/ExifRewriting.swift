package import Pipeline

/// The EXIF block that a rendition carries, as a TIFF structure; nil when nothing of the source's is kept.
///
/// A block that is kept whole is laid out anew from EXIF's own tags: no thumbnail (it shows the picture before it was
/// turned and cut), no private directories, the orientation as the pixels lie now (1: they have been turned), the
/// dimensions those of the rendition. Without GPS it also loses the maker note, which may hold positions, and every value with "GPS" in it.
/// - Parameters:
///   - block: the source's, with or without what opens it in JPEG.
///   - width: of the rendition, in pixels; without it the dimensions are left out.
///   - orientation: of the rendition's pixels, 1…8.
package func rewriteExif(
    _ block: [UInt8], policy: MetadataPolicy, width: Int? = nil, height: Int? = nil, orientation: Int = 1
) -> [UInt8]? {
    let extent = MetadataExtent(of: .exif, policy: policy)
    if case .nothing = extent { return nil }
    // Reading from memory does not throw.
    guard var kept = try? ExifDirectories(in: PictureBytes(withoutExifSignature(block))) else { return nil }
    switch extent {
    case .nothing: return nil
    case .copyrightOnly:
        kept.primary.removeAll { !isCopyright($0) }
        kept.exif = []
        kept.gps = []
        return kept.serialised()
    case .whole(let cuts):
        if cuts.copyright { kept.primary.removeAll(where: isCopyright) }
        if cuts.gps { kept.removeGPS() }
        guard !kept.isEmpty else { return nil }
        kept.setOrientation(orientation)
        kept.setDimensions(width: width, height: height)
        if let block = kept.serialised() { return block }
        // Too large for JPEG's segment: the maker note is what makes blocks large.
        kept.exif.removeAll { $0.value.count > 4096 }
        kept.primary.removeAll { $0.value.count > 4096 }
        return kept.serialised()
    }
}

/// The EXIF block of a copy whose pixels stay as they are stored: as `rewriteExif` has it, and with the orientation whatever
/// else goes; nil where nothing is left to say.
/// - Parameters:
///   - width: of the pixels, as stored.
///   - orientation: 1…8.
package func exifOfCopy(
    _ block: [UInt8]?, policy: MetadataPolicy, width: Int, height: Int, orientation: Int
) -> [UInt8]? {
    let kept = block.flatMap {
        rewriteExif($0, policy: policy, width: width, height: height, orientation: orientation)
    }
    guard orientation > 1 else { return kept }
    // Reading from memory does not throw.
    var directories = kept.flatMap { try? ExifDirectories(in: PictureBytes($0)) } ?? ExifDirectories(order: .big)
    directories.primary.removeAll { $0.tag == ExifTagNumber.orientation }
    directories.primary.append(
        ExifDirectories.Entry(
            tag: ExifTagNumber.orientation, type: 3, count: 1,
            value: directories.order.bytes(orientation, width: 2)))
    return directories.serialised()
}

private func isCopyright(_ entry: ExifDirectories.Entry) -> Bool {
    entry.tag == ExifTagNumber.copyright || entry.tag == ExifTagNumber.artist
}

/// Decimal degrees of the place in an EXIF block, without their signs: latitude, longitude; none where it has none.
package func exifCoordinates(_ block: [UInt8]) -> [Double] {
    // Reading from memory does not throw.
    (try? ExifDirectories(in: PictureBytes(withoutExifSignature(block))))?.coordinates ?? []
}

extension ExifDirectories {
    fileprivate var coordinates: [Double] {
        gps.filter { ($0.tag == 2 || $0.tag == 4) && $0.type == 5 }.map { entry in
            (0..<min(3, entry.count)).reversed().reduce(0) { degrees, part in
                let over = order.uint32(entry.value, at: part * 8) ?? 0
                let under = order.uint32(entry.value, at: part * 8 + 4) ?? 0
                return (under > 0 ? Double(over) / Double(under) : 0) + degrees / 60
            }
        }
    }

    fileprivate mutating func removeGPS() {
        let search = CoordinateSearch(near: coordinates)
        func namesGPS(_ entry: Entry) -> Bool {
            // Without NULs, "GPS" of the XP… tags' UTF-16 is found too.
            let text = entry.value.filter { $0 != 0 }
            // Bytes, characters, undefined: numbers of other types are no text.
            return contains(lowercased(text), Array("gps".utf8))
                || [1, 2, 7].contains(entry.type) && search.finds(in: text)
        }
        gps = []
        exif.removeAll { $0.tag == ExifTagNumber.makerNote || namesGPS($0) }
        primary.removeAll(where: namesGPS)
    }

    fileprivate mutating func setOrientation(_ orientation: Int) {
        guard let index = primary.firstIndex(where: { $0.tag == ExifTagNumber.orientation }) else { return }
        primary[index] = Entry(
            tag: ExifTagNumber.orientation, type: 3, count: 1, value: order.bytes(orientation, width: 2))
    }

    fileprivate mutating func setDimensions(width: Int?, height: Int?) {
        exif.removeAll { [ExifTagNumber.pixelXDimension, ExifTagNumber.pixelYDimension].contains($0.tag) }
        guard let width, let height, !exif.isEmpty else { return }
        for (tag, length) in [(ExifTagNumber.pixelXDimension, width), (ExifTagNumber.pixelYDimension, height)] {
            exif.append(Entry(tag: tag, type: 4, count: 1, value: order.bytes(length, width: 4)))
        }
    }
}
