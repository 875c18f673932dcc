import CVips
import CZlib
import Glibc
import Testing

@testable import Vips

/// Files whose colours are told in other ways than by a profile.
enum ColourMaker {
    /// With chunks right behind the header chunk of a PNG.
    static func png(_ file: [UInt8], chunks: [(name: String, data: [UInt8])]) -> [UInt8] {
        let whole = chunks.flatMap { chunk in
            let checked = Array(chunk.name.utf8) + chunk.data
            let checksum = UInt32(truncatingIfNeeded: crc32(0, checked, UInt32(checked.count)))
            return big(UInt32(chunk.data.count)) + checked + big(checksum)
        }
        return Array(file[..<33]) + whole + Array(file[33...])
    }

    static func big(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    /// gAMA's data for an exponent that makes light of values.
    static func gamma(_ exponent: Double) -> [UInt8] { big(UInt32((100_000 / exponent).rounded())) }

    /// With an EXIF block right behind a JPEG's first marker.
    static func jpeg(_ file: [UInt8], exif: [UInt8]) -> [UInt8] {
        let payload = Array("Exif\0\0".utf8) + exif
        let length = payload.count + 2
        return [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + payload + Array(file[2...])
    }

    /// EXIF with a ColorSpace, and with an interoperability index where there is one; little-endian.
    static func exif(colourSpace: Int, index: String? = nil) -> [UInt8] {
        func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
            little(tag, 2) + little(type, 2) + little(count, 4) + value + [UInt8](repeating: 0, count: 4 - value.count)
        }
        let exifPlace = 8 + 2 + 12 + 4
        let inner = index == nil ? 1 : 2
        let indexPlace = exifPlace + 2 + 12 * inner + 4
        var block = Array("II".utf8) + little(42, 2) + little(8, 4)
        block += little(1, 2) + entry(0x8769, 4, 1, little(exifPlace, 4)) + little(0, 4)
        block += little(inner, 2) + entry(0xA001, 3, 1, little(colourSpace, 2))
        guard let index else { return block + little(0, 4) }
        block += entry(0xA005, 4, 1, little(indexPlace, 4)) + little(0, 4)
        return block + little(1, 2) + entry(1, 2, 4, Array(index.utf8) + [0]) + little(0, 4)
    }

    static func little(_ number: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}

/// The same picture in other numbers: each sample of 8 bits becomes one of 16, by what `value` makes of light in red, green
/// and blue, from 0 to 1.
func recoded(_ image: Image, _ value: ([Double]) -> [Double]) throws -> Image {
    let values = try samples(image)
    var known: [UInt32: [UInt16]] = [:]
    var numbers: [UInt16] = []
    numbers.reserveCapacity(values.count)
    for start in stride(from: 0, to: values.count, by: 3) {
        let key = UInt32(values[start]) << 16 | UInt32(values[start + 1]) << 8 | UInt32(values[start + 2])
        if known[key] == nil {
            let light = (0..<3).map { lightOfSRGB(Double(values[start + $0]) / 255) }
            known[key] = value(light).map { UInt16((min(max($0, 0), 1) * 65535).rounded()) }
        }
        numbers += known[key] ?? []
    }
    let memory = numbers.withUnsafeBytes {
        vips_image_new_from_memory_copy(
            $0.baseAddress, $0.count, Int32(image.width), Int32(image.height), 3, VIPS_FORMAT_USHORT)
    }
    return try Image(taking: try #require(memory)).interpreted(as: VIPS_INTERPRETATION_RGB16)
}

func lightOfSRGB(_ value: Double) -> Double {
    value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
}

/// Mean luminance, where white is 1.
func luminance(_ image: Image) throws -> Double {
    let values = try samples(image)
    let weights = [0.2126, 0.7152, 0.0722]
    let table = (0...255).map { lightOfSRGB(Double($0) / 255) }
    var sum = 0.0
    for (index, value) in values.enumerated() { sum += table[Int(value)] * weights[index % 3] }
    return sum / Double(values.count / 3)
}
