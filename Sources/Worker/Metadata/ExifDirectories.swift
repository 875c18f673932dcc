/// The directories of an EXIF block that Sluice reads and writes: the picture's (IFD0), EXIF's and GPS'.
///
/// Thumbnail (IFD1), interoperability and private directories are not held, so what is written from here never
/// carries a picture of before the edit. Everything is bounds-checked: the blocks come from strangers.
struct ExifDirectories {
    struct Entry {
        var tag: UInt16
        /// TIFF's type code, 1…13.
        var type: UInt16
        var count: Int
        /// In the byte order of the block.
        var value: [UInt8]
    }
    var order: ByteOrder
    var primary: [Entry] = []
    var exif: [Entry] = []
    var gps: [Entry] = []
    /// Directories and entries that were left out as they lie outside the file or make no sense.
    var damageCount = 0

    init(order: ByteOrder) { self.order = order }

    var isEmpty: Bool { primary.isEmpty && exif.isEmpty && gps.isEmpty }
}

/// The tags that are met by number.
enum ExifTagNumber {
    static let orientation: UInt16 = 0x0112
    static let dateTime: UInt16 = 0x0132
    static let artist: UInt16 = 0x013B
    static let copyright: UInt16 = 0x8298
    static let exifDirectory: UInt16 = 0x8769
    static let gpsDirectory: UInt16 = 0x8825
    static let exifVersion: UInt16 = 0x9000
    static let makerNote: UInt16 = 0x927C
    static let pixelXDimension: UInt16 = 0xA002
    static let pixelYDimension: UInt16 = 0xA003

    /// What EXIF defines for IFD0 that is about the photograph; not where a TIFF's pixels lie, nor the private tags that
    /// hide whole blocks (XMP 0x02BC, IPTC 0x83BB, Photoshop 0x8649, DNG).
    static func belongsToPrimary(_ tag: UInt16) -> Bool {
        switch tag {
        case 0x010E, 0x010F, 0x0110, 0x0112, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749,
            0x8298, 0x9C9B...0x9C9F:
            true
        default: false
        }
    }

    /// What EXIF defines for its own directory, without pointers to others.
    static func belongsToExif(_ tag: UInt16) -> Bool {
        switch tag {
        case 0x829A, 0x829D, 0x8822, 0x8824, 0x8827...0x8835, 0x9000...0x9FFF, 0xA000...0xA004, 0xA006...0xA5FF: true
        default: false
        }
    }

    static func belongsToGPS(_ tag: UInt16) -> Bool { tag <= 0x1F }
}
