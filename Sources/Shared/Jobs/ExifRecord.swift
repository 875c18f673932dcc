/// What a source's EXIF block says, typed. Everything is optional; units are those of the field names.
package struct ExifRecord: Codable, Sendable, Equatable {
    package struct GPS: Codable, Sendable, Equatable {
        /// Decimal degrees, north and east positive.
        package var latitude: Double
        package var longitude: Double
        /// Metres above sea level.
        package var altitude: Double?

        package init(latitude: Double, longitude: Double, altitude: Double? = nil) {
            self.latitude = latitude
            self.longitude = longitude
            self.altitude = altitude
        }
    }
    /// What tells when a picture was taken, the best first.
    package enum TakenFrom: String, Codable, Sendable, CaseIterable {
        case dateTimeOriginal, dateTimeDigitized
        /// `exif:DateTimeOriginal`, `photoshop:DateCreated` or `xmp:CreateDate`.
        case xmp
        /// The same, or Takeout's `photoTakenTime`, of a file beside the picture.
        case companion
        /// DateTime, which is that of the last change: of the copy, if the picture was edited.
        case modifyDate
    }
    /// DateTimeOriginal (else DateTimeDigitized, else XMP's date, else a companion's, else DateTime) as
    /// `YYYY-MM-DDThh:mm:ss`, with the offset appended (`+02:00`) where one is known.
    package var taken: String?
    /// Where `taken` is from; nil without it.
    package var takenFrom: TakenFrom?
    package var make: String?
    package var model: String?
    package var lens: String?
    /// Seconds.
    package var exposure: Double?
    package var fNumber: Double?
    package var iso: Int?
    /// Millimetres, as the lens says (not 35 mm equivalent).
    package var focalLength: Double?
    /// 1…8 as stored in the file, before any turning.
    package var orientation: Int?
    package var gps: GPS?
    package var copyright: String?
    package var artist: String?
    /// ImageDescription.
    package var description: String?

    package init() {}

    package var isEmpty: Bool { self == ExifRecord() }
}
