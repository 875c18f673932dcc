package import Jobs
package import Pipeline

/// The IPTC data that a rendition carries, wrapped as its format wants it; nil when nothing is kept, and for formats
/// other than JPEG and TIFF, which have no place for it.
/// - Parameters:
///   - blob: Photoshop resources, as libvips hands them out of JPEG, or bare datasets (IIM), as they lie in TIFF.
///   - coordinates: decimal degrees that the picture was taken at, where they are known.
package func rewriteIPTC(
    _ blob: [UInt8], policy: MetadataPolicy, for format: PictureFormat, near coordinates: [Double] = []
) -> [UInt8]? {
    guard format == .jpeg || format == .tiff else { return nil }
    var datasets = IPTCDataset.list(in: bareIPTC(blob))
    switch MetadataExtent(of: .iptc, policy: policy) {
    case .nothing: return nil
    case .copyrightOnly:
        guard datasets.contains(where: \.isCopyright) else { return nil }
        // The character set goes along, as the names are written in it.
        datasets.removeAll { !$0.isCopyright && !$0.isCharacterSet }
    case .whole(let cuts):
        let search = CoordinateSearch(near: coordinates)
        datasets.removeAll {
            $0.isPreview || cuts.copyright && $0.isCopyright
                || cuts.gps && (contains(lowercased($0.value), Array("gps".utf8)) || search.finds(in: $0.value))
        }
    }
    guard !datasets.isEmpty else { return nil }
    let bare = datasets.flatMap(\.bytes)
    guard format == .jpeg else { return bare }
    let resource =
        photoshopSignature + Array("8BIM".utf8) + [0x04, 0x04, 0, 0] + ByteOrder.big.bytes(bare.count, width: 4) + bare
        + [UInt8](repeating: 0, count: bare.count % 2)
    return resource.count <= 65_533 ? resource : nil
}

private let photoshopSignature = Array("Photoshop 3.0".utf8) + [0]

/// The datasets out of Photoshop's resource 0x0404; `blob` itself where it is bare already.
private func bareIPTC(_ blob: [UInt8]) -> [UInt8] {
    guard blob.starts(with: photoshopSignature) else { return blob }
    var offset = photoshopSignature.count
    while let kind = ByteOrder.big.uint16(blob, at: offset + 4), offset + 6 < blob.count,
        blob[offset..<offset + 4].elementsEqual("8BIM".utf8)
    {
        // A name with its length before it, padded to an even number of bytes together.
        let nameField = (Int(blob[offset + 6]) + 2) / 2 * 2
        let lengthField = offset + 6 + nameField
        guard let length = ByteOrder.big.uint32(blob, at: lengthField), length <= blob.count - lengthField - 4 else {
            break
        }
        let start = lengthField + 4
        if kind == 0x0404 { return Array(blob[start..<start + length]) }
        offset = start + length + length % 2
    }
    return []
}

/// One dataset of IPTC's Information Interchange Model.
private struct IPTCDataset {
    var record: UInt8
    var number: UInt8
    var value: [UInt8]

    var isCopyright: Bool { record == 2 && (number == 80 || number == 116) }
    var isCharacterSet: Bool { record == 1 && number == 90 }
    /// Pictures of before the edit.
    var isPreview: Bool { record == 2 && (200...202).contains(number) }

    var bytes: [UInt8] { [0x1C, record, number] + ByteOrder.big.bytes(value.count, width: 2) + value }

    /// Up to the first that is damaged; extended datasets, of 32 KiB and more, are left out.
    static func list(in bytes: [UInt8]) -> [IPTCDataset] {
        var datasets: [IPTCDataset] = []
        var offset = 0
        while offset + 5 <= bytes.count, bytes[offset] == 0x1C,
            let length = ByteOrder.big.uint16(bytes, at: offset + 3), length < 0x8000,
            length <= bytes.count - offset - 5
        {
            let start = offset + 5
            datasets.append(
                IPTCDataset(
                    record: bytes[offset + 1], number: bytes[offset + 2], value: Array(bytes[start..<start + length])))
            offset = start + length
        }
        return datasets
    }
}
