/// DNG files with values of a sensor whose colours are sRGB's: two rows of red and green, green and blue, in 16 bits.
struct DNGMaker {
    var width: Int
    var height: Int
    /// A JPEG and its size.
    var preview: (bytes: [UInt8], width: Int, height: Int)?
    var orientation = 1
    /// What the sensor sees of grey, in tenths of red, green and blue.
    var neutral = [10, 10, 10]
    /// EXIF's: 1 sRGB, 2 Adobe RGB.
    var colourSpace = 1
    /// Bytes of values that are left out at the end.
    var missing = 0

    private static let white = 16_000

    private typealias Field = (tag: Int, type: Int, count: Int, value: [UInt8])

    /// - Parameter light: linear, 0…1, of a pixel's red, green and blue.
    func make(_ light: (_ x: Int, _ y: Int) -> [Double]) -> [UInt8] {
        var file = Array("II*\0\0\0\0\0".utf8)
        func put(_ data: [UInt8]) -> Int {
            if file.count % 2 == 1 { file.append(0) }
            file += data
            return file.count - data.count
        }
        func directory(_ fields: [Field]) -> Int {
            var table: [UInt8] = []
            for field in fields.sorted(by: { $0.tag < $1.tag }) {
                let padding = [UInt8](repeating: 0, count: max(0, 4 - field.value.count))
                let value = field.value.count <= 4 ? field.value + padding : little(put(field.value), 4)
                table += little(field.tag, 2) + little(field.type, 2) + little(field.count, 4) + value
            }
            return put(little(fields.count, 2) + table + little(0, 4))
        }
        // Before the values, so that a file that ends early has it.
        var children: [Int] = []
        if let preview {
            let place = put(preview.bytes)
            children.append(
                directory([
                    long(254, 1), long(256, preview.width), long(257, preview.height), short(258, [8, 8, 8]),
                    short(259, [7]), short(262, [6]), long(273, place), short(277, [3]), long(279, preview.bytes.count),
                ]))
        }
        let exif = directory([
            (0x829A, 5, 1, little(1, 4) + little(250, 4)), (0x9003, 2, 20, Array("2024:05:06 07:08:09\0".utf8)),
            (0xA434, 2, 10, Array("35mm F1.8\0".utf8)), short(0xA001, [colourSpace]),
        ])
        let place = file.count + file.count % 2 + 2_000
        children.append(
            directory([
                long(254, 0), long(256, width), long(257, height), short(258, [16]), short(259, [1]),
                short(262, [32803]), long(273, place), short(277, [1]), long(278, height),
                long(279, width * height * 2), short(33421, [2, 2]), (33422, 1, 4, [0, 1, 1, 2]),
                long(50717, Self.white),
            ]))
        // From XYZ to sRGB's linear colours, of daylight.
        let matrix = [3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572]
        let fractions = matrix.flatMap { little(Int(($0 * 10_000).rounded()), 4) + little(10_000, 4) }
        let neutral = self.neutral.flatMap { little($0, 4) + little(10, 4) }
        let first = directory([
            long(254, 1), (271, 2, 7, Array("Sluice\0".utf8)), (272, 2, 6, Array("Maker\0".utf8)),
            short(274, [orientation]), (330, 4, children.count, children.flatMap { little($0, 4) }),
            long(0x8769, exif), (50706, 1, 4, [1, 4, 0, 0]), (50708, 2, 13, Array("Sluice Maker\0".utf8)),
            (50721, 10, 9, fractions), (50728, 5, 3, neutral), short(50778, [21]),
        ])
        file += [UInt8](repeating: 0, count: place - file.count)
        file.replaceSubrange(4..<8, with: little(first, 4))
        for y in 0..<height {
            for x in 0..<width {
                let colour = y % 2 == 0 ? x % 2 : x % 2 + 1
                let seen = min(1, light(x, y)[colour]) * Double(self.neutral[colour]) / 10
                file += little(Int((seen * Double(Self.white)).rounded()), 2)
            }
        }
        return Array(file.dropLast(missing))
    }

    private func long(_ tag: Int, _ value: Int) -> Field { (tag, 4, 1, little(value, 4)) }

    private func short(_ tag: Int, _ values: [Int]) -> Field {
        (tag, 3, values.count, values.flatMap { little($0, 2) })
    }

    private func little(_ number: Int, _ width: Int) -> [UInt8] { ColourMaker.little(number, width) }
}
