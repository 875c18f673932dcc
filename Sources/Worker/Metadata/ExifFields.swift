import CExif
import Glibc
import Jobs

/// The typed view of what libexif parsed.
struct ExifFields {
    private let data: UnsafeMutablePointer<ExifData>
    private let order: ByteOrder

    init(data: UnsafeMutablePointer<ExifData>) {
        self.data = data
        order = exif_data_get_byte_order(data) == EXIF_BYTE_ORDER_INTEL ? .little : .big
    }

    func record() -> ExifRecord {
        var record = ExifRecord()
        let primary = data.pointee.ifd.0
        let exif = data.pointee.ifd.2
        record.make = text(0x010F, in: primary)
        record.model = text(0x0110, in: primary)
        record.orientation = integer(0x0112, in: primary).flatMap { (1...8).contains($0) ? $0 : nil }
        record.artist = text(0x013B, in: primary)
        record.copyright = text(0x8298, in: primary)
        record.description = text(0x010E, in: primary)
        record.lens = text(0xA434, in: exif)
        record.exposure = number(0x829A, in: exif).flatMap { $0 >= 0 ? $0 : nil }
        record.fNumber = positive(0x829D, in: exif)
        record.focalLength = positive(0x920A, in: exif)
        record.iso = iso(in: exif)
        // DateTimeOriginal, DateTimeDigitized, DateTime: each with the offset tag of its own.
        let moments: [(ExifRecord.TakenFrom, String?)] = [
            (.dateTimeOriginal, moment(0x9003, offset: 0x9011, in: exif, offsets: exif)),
            (.dateTimeDigitized, moment(0x9004, offset: 0x9012, in: exif, offsets: exif)),
            (.modifyDate, moment(0x0132, offset: 0x9010, in: primary, offsets: exif)),
        ]
        if let (from, taken) = moments.first(where: { $0.1 != nil }) {
            (record.taken, record.takenFrom) = (taken, from)
        }
        record.gps = position(in: data.pointee.ifd.3)
        return record
    }

    // MARK: Values

    private typealias Directory = UnsafeMutablePointer<ExifContent>?

    /// An entry's type and raw bytes. By number, as libexif knows some tags by no name.
    private func entry(_ tag: UInt32, in directory: Directory) -> (format: ExifFormat, bytes: [UInt8])? {
        guard let directory, let entry = exif_content_get_entry(directory, ExifTag(rawValue: tag)),
            let start = entry.pointee.data, entry.pointee.size > 0
        else { return nil }
        let bytes = Array(UnsafeBufferPointer(start: start, count: Int(entry.pointee.size)))
        return (entry.pointee.format, bytes)
    }

    /// Bytes of a text that are reported. A block of 64 KiB may be one text, and control characters take six bytes of
    /// JSON each: no sidecar should be that long, and no worker could say it.
    private static let mostText = 3400

    /// Up to the first NUL, without spaces at the end; UTF-8, else taken as Latin-1. What is cut ends in an ellipsis.
    private func text(_ tag: UInt32, in directory: Directory) -> String? {
        guard let (format, bytes) = entry(tag, in: directory),
            [EXIF_FORMAT_ASCII, EXIF_FORMAT_BYTE, EXIF_FORMAT_UNDEFINED].contains(format)
        else { return nil }
        var characters = bytes.prefix { $0 != 0 }
        while let last = characters.last, last == 0x20 || (0x09...0x0D).contains(last) { characters.removeLast() }
        guard !characters.isEmpty else { return nil }
        let text =
            String(validating: characters, as: UTF8.self)
            ?? String(String.UnicodeScalarView(characters.map { Unicode.Scalar($0) }))
        return text.utf8.count > Self.mostText ? text.shortened(to: Self.mostText) : text
    }

    private func number(_ tag: UInt32, in directory: Directory, at index: Int = 0) -> Double? {
        guard let (format, bytes) = entry(tag, in: directory) else { return nil }
        func unsigned(_ width: Int, _ position: Int) -> Double? {
            order.unsigned(bytes, at: position, width: width).map { Double($0) }
        }
        func signed(_ position: Int) -> Double? {
            order.unsigned(bytes, at: position, width: 4).map { Double(Int32(truncatingIfNeeded: $0)) }
        }
        switch format {
        case EXIF_FORMAT_BYTE: return unsigned(1, index)
        case EXIF_FORMAT_SHORT: return unsigned(2, 2 * index)
        case EXIF_FORMAT_LONG: return unsigned(4, 4 * index)
        case EXIF_FORMAT_SLONG: return signed(4 * index)
        case EXIF_FORMAT_RATIONAL, EXIF_FORMAT_SRATIONAL:
            let read = format == EXIF_FORMAT_RATIONAL ? { unsigned(4, $0) } : signed
            guard let numerator = read(8 * index), let denominator = read(8 * index + 4), denominator != 0 else {
                return nil
            }
            return numerator / denominator
        default: return nil
        }
    }

    private func positive(_ tag: UInt32, in directory: Directory) -> Double? {
        number(tag, in: directory).flatMap { $0 > 0 ? $0 : nil }
    }

    private func integer(_ tag: UInt32, in directory: Directory) -> Int? {
        number(tag, in: directory).flatMap { Int(exactly: $0.rounded()) }
    }

    /// PhotographicSensitivity; where that is full (65535), what EXIF 2.3 has for larger values.
    private func iso(in exif: Directory) -> Int? {
        let iso = integer(0x8827, in: exif).flatMap { $0 > 0 ? $0 : nil }
        guard iso == 65_535 else { return iso }
        return [UInt32(0x8833), 0x8832, 0x8831].lazy.compactMap { integer($0, in: exif) }.first { $0 > 65_535 } ?? iso
    }

    // MARK: Time

    /// `YYYY:MM:DD hh:mm:ss` as `YYYY-MM-DDThh:mm:ss±hh:mm`; nil for what is no date, as blanks and zeros.
    private func moment(_ tag: UInt32, offset: UInt32, in directory: Directory, offsets: Directory) -> String? {
        guard let value = text(tag, in: directory).map({ Array($0.utf8) }), value.count >= 19 else { return nil }
        func field(_ start: Int, _ count: Int) -> Int? {
            value[start..<start + count].reduce(Optional(0)) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        guard let year = field(0, 4), let month = field(5, 2), let day = field(8, 2), let hour = field(11, 2),
            let minute = field(14, 2), let second = field(17, 2), year > 0, (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let padding = String(repeating: "0", count: 4 - "\(year)".count)
        let zone = text(offset, in: offsets).flatMap(Self.zone) ?? ""
        return "\(padding)\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second))\(zone)"
    }

    /// An offset tag's value, when it is one: `+02:00`, or `Z`.
    private static func zone(_ text: String) -> String? {
        if text == "Z" { return text }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == 0x2B || bytes[0] == 0x2D, bytes[3] == 0x3A,
            [1, 2, 4, 5].allSatisfy({ (0x30...0x39).contains(bytes[$0]) })
        else { return nil }
        return text
    }

    // MARK: Position

    private func position(in gps: Directory) -> ExifRecord.GPS? {
        guard let latitude = degrees(0x0002, in: gps), let longitude = degrees(0x0004, in: gps), latitude <= 90,
            longitude <= 180
        else { return nil }
        let south = text(0x0001, in: gps)?.uppercased().hasPrefix("S") ?? false
        let west = text(0x0003, in: gps)?.uppercased().hasPrefix("W") ?? false
        let below = entry(0x0005, in: gps)?.bytes.first == 1
        let altitude = number(0x0006, in: gps)
        return ExifRecord.GPS(
            latitude: south ? -latitude : latitude, longitude: west ? -longitude : longitude,
            altitude: altitude.map { below ? -$0 : $0 })
    }

    /// Degrees, minutes and seconds; minutes and seconds may be missing or 0/0.
    private func degrees(_ tag: UInt32, in gps: Directory) -> Double? {
        guard let degrees = number(tag, in: gps), degrees >= 0 else { return nil }
        let minutes = number(tag, in: gps, at: 1) ?? 0
        let seconds = number(tag, in: gps, at: 2) ?? 0
        return degrees + minutes / 60 + seconds / 3600
    }
}
