import Glibc
package import ImageHeader
package import Jobs

/// What an open file is, by its first bytes; nil for what Sluice does not read.
package func sniffFormat(_ descriptor: Int32) -> PictureFormat? {
    guard case .picture(let format)? = try? sniff(DescriptorBytes(descriptor)) else { return nil }
    return PictureFormat(format)
}

extension PictureFormat {
    /// The same word in the target that reads headers.
    package init(_ format: ImageHeader.Format) {
        switch format {
        case .jpeg: self = .jpeg
        case .png: self = .png
        case .webp: self = .webp
        case .tiff: self = .tiff
        case .gif: self = .gif
        case .heif: self = .heif
        case .avif: self = .avif
        }
    }
}

/// Up to `count` bytes at `offset`, without moving the descriptor's offset.
package func readBytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &bytes, count, off_t(offset))
    return Array(bytes.prefix(max(0, got)))
}
