/// Files laid out as cameras do, without a sensor's values: little-endian.
struct RAWSample {
    struct Field {
        var tag: UInt32
        var type: UInt32
        var count: UInt32
        var value: [UInt8]

        static func short(_ tag: UInt32, _ value: UInt32) -> Field {
            Field(tag: tag, type: 3, count: 1, value: little(value, bytes: 2))
        }

        static func long(_ tag: UInt32, _ values: UInt32...) -> Field {
            Field(tag: tag, type: 4, count: UInt32(values.count), value: values.flatMap { little($0) })
        }

        static func bytes(_ tag: UInt32, _ value: [UInt8], type: UInt32 = 7) -> Field {
            Field(tag: tag, type: type, count: UInt32(value.count), value: value)
        }
    }

    /// What is written so far, with room for the header.
    var bytes: [UInt8]

    init(mark: [UInt8] = ascii("II*\0")) { bytes = mark + [0, 0, 0, 0] }

    mutating func put(_ data: [UInt8]) -> UInt32 {
        if bytes.count % 2 == 1 { bytes.append(0) }
        bytes += data
        return UInt32(bytes.count - data.count)
    }

    /// Gives the directory's offset. Values are offset by `base` less.
    mutating func put(_ fields: [Field], next: UInt32 = 0, base: UInt32 = 0) -> UInt32 {
        let entries = fields.map { field in
            let value =
                field.value.count <= 4
                ? field.value + [UInt8](repeating: 0, count: 4 - field.value.count) : little(put(field.value) - base)
            return Bytes.join(little(field.tag, bytes: 2), little(field.type, bytes: 2), little(field.count), value)
        }
        return put(Bytes.join(little(UInt32(fields.count), bytes: 2), entries.flatMap { $0 }, little(next)))
    }

    /// With the first directory; all of the file.
    mutating func finish(_ fields: [Field], next: UInt32 = 0) -> [UInt8] {
        let first = put(fields, next: next)
        bytes.replaceSubrange(4..<8, with: little(first))
        return bytes
    }

    static let large = JPEGSample.file(width: 3000, height: 2000)
    static let small = JPEGSample.file(width: 1500, height: 1000)

    /// Sensor's values of 3008 × 2008 pixels, a byte of which is there for a thousand.
    static let values = [UInt8](repeating: 7, count: 32_000)

    /// A thumbnail, the sensor's values, one JPEG or two.
    ///
    /// - Parameter masks: kinds and photometrics of directories with a JPEG that is none of them.
    static func dng(
        previews: [[UInt8]] = [small, large], missing: UInt32 = 0, orientation: UInt32 = 6,
        masks: [(kind: UInt32, photometric: UInt32)] = [], empty: Int = 0
    ) -> [UInt8] {
        var file = RAWSample()
        let data = file.put(values)
        var children = [
            file.put([
                .long(254, 0), .long(256, 3008), .long(257, 2008), .short(259, 7), .short(262, 32803),
                .long(324, data, data + 16_000), .long(325, 16_000, 16_000 + missing),
            ])
        ]
        for mask in masks {
            let picture = JPEGSample.file(width: 2000, height: 1333)
            let place = file.put(picture)
            children.insert(
                file.put([
                    .long(254, mask.kind), .short(259, 7), .short(262, mask.photometric), .long(273, place),
                    .long(279, UInt32(picture.count)),
                ]), at: 0)
        }
        for _ in 0..<empty { children.insert(file.put([.long(254, 1)]), at: 0) }
        for preview in previews {
            let place = file.put(preview)
            children.append(
                file.put([
                    .long(254, 1), .short(259, 7), .short(262, 6), .long(273, place), .long(279, UInt32(preview.count)),
                ]))
        }
        let kin = Field(
            tag: 330, type: 4, count: UInt32(children.count), value: children.flatMap { little($0) })
        return file.finish([
            .long(254, 1), .long(256, 160), .long(257, 120), .short(262, 2), .short(274, orientation), kin,
            .bytes(50706, [1, 4, 0, 0], type: 1),
        ])
    }

    /// Canon's: a JPEG as the first directory's strip, the sensor's values as a lossless one.
    static let cr2: [UInt8] = {
        var file = RAWSample()
        _ = file.put(ascii("CR\u{2}\0\0\0\0\0"))
        let lossless = JPEGSample.file(frame: 0xC3, width: 1504, height: 2008, sampling: [0x11, 0x11]) + values
        let (data, shown) = (file.put(lossless), file.put(large))
        let second = file.put([
            .short(259, 6), .long(273, data), .long(279, UInt32(lossless.count)),
        ])
        return file.finish(
            [
                .long(256, 3000), .long(257, 2000), .short(259, 6), .short(274, 8), .long(273, shown),
                .long(279, UInt32(large.count)),
            ], next: second)
    }()

    /// Olympus' preview among the camera's notes.
    static let orf: [UInt8] = {
        var file = RAWSample(mark: ascii("IIRO"))
        let data = file.put(values)
        // The notes begin with a mark and a directory, whose offsets are the notes' own.
        let notes = file.put(ascii("OLYMPUS\0II\u{3}\0"))
        let directory = little(1, bytes: 2) + little(0x2020, bytes: 2) + little(13, bytes: 2) + little(1) + little(30)
        file.bytes += directory + little(0)
        let settings =
            little(2, bytes: 2) + little(0x101, bytes: 2) + little(4, bytes: 2) + little(1) + little(60)
            + little(0x102, bytes: 2) + little(4, bytes: 2) + little(1) + little(UInt32(large.count)) + little(0)
        file.bytes += settings + large
        let length = UInt32(file.bytes.count) - notes
        let exif = file.put([Field(tag: 0x927C, type: 7, count: length, value: little(notes))])
        return file.finish([
            .long(256, 3040), .long(257, 2030), .short(259, 1), .short(262, 32803), .long(273, data),
            .long(279, UInt32(values.count)), .short(274, 3), .long(0x8769, exif),
        ])
    }()

    /// Panasonic's: a JPEG as the value of a field, sizes under numbers of its own.
    static let rw2: [UInt8] = {
        var file = RAWSample(mark: ascii("IIU\0"))
        let data = file.put(values)
        return file.finish([
            .short(2, 200), .short(3, 150), .bytes(0x2E, large), .short(274, 1), .long(273, 0xFFFF_FFFF),
            .long(279, 20_000_000), .long(0x118, data),
        ])
    }()

    /// Phase One's own directory behind the header.
    static let iiq: [UInt8] = {
        var file = RAWSample()
        file.bytes += ascii("IIIITwaR") + little(12)
        file.bytes += little(2) + little(0)
        file.bytes += little(0x108) + little(1) + little(4) + little(8000)
        file.bytes += little(0x109) + little(1) + little(4) + little(6000)
        return file.finish([.long(256, 160), .long(257, 120)])
    }()

    static let raf: [UInt8] = {
        var file = ascii("FUJIFILMCCD-RAW 0201") + [UInt8](repeating: 0, count: 64)
        file += big(160) + big(UInt32(large.count)) + big(120) + big(12) + big(20_000) + big(32_000)
        file += [UInt8](repeating: 0, count: 120 - file.count)
        file += big(1) + big(0x100, bytes: 2) + big(4, bytes: 2) + big(2010, bytes: 2) + big(3010, bytes: 2)
        file += [UInt8](repeating: 0, count: 160 - file.count)
        file += large
        return file + [UInt8](repeating: 9, count: 52_000 - file.count)
    }()

    static let mrw: [UInt8] = {
        let sizes = big(2020, bytes: 2) + big(3020, bytes: 2) + big(2000, bytes: 2) + big(3000, bytes: 2)
        let prd = ascii("\0PRD") + big(24) + [UInt8](repeating: 0, count: 8) + sizes + [UInt8](repeating: 0, count: 8)
        let ttw = ascii("\0TTW") + big(8) + ascii("MM\0*\0\0\0\u{8}")
        return ascii("\0MRM") + big(UInt32(prd.count + ttw.count)) + prd + ttw
    }()

    static let cr3: [UInt8] = {
        func track(_ width: UInt32, _ height: UInt32, length: UInt32, at start: UInt32) -> [UInt8] {
            let entry =
                big(36) + ascii("CRAW") + [UInt8](repeating: 0, count: 24) + big(width, bytes: 2)
                + big(height, bytes: 2)
            let table =
                HEIFSample.full("stsd", big(1) + entry) + HEIFSample.full("stsz", big(0) + big(1) + big(length))
                + HEIFSample.full("co64", big(1) + big(0) + big(start))
            return HEIFSample.box(
                "trak", HEIFSample.box("mdia", HEIFSample.box("minf", HEIFSample.box("stbl", table))))
        }
        func file(_ start: UInt32) -> [UInt8] {
            let picture = TIFFSample.file([[(274, 3, 6)]])
            let canon =
                [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48]
                + HEIFSample.box("CMT1", picture) + HEIFSample.box("CMT2", TIFFSample.file([[(0x8827, 3, 400)]]))
            let tracks =
                track(3000, 2000, length: UInt32(large.count), at: start)
                + track(3030, 2025, length: 32_000, at: start + UInt32(large.count))
            let shown =
                [0xEA, 0xF4, 0x2B, 0x5E] + [UInt8](repeating: 0, count: 20)
                + HEIFSample.box("PRVW", [UInt8](repeating: 0, count: 12) + big(UInt32(small.count)) + small)
            return HEIFSample.box("ftyp", ascii("crx ") + big(1) + ascii("crx isom"))
                + HEIFSample.box("moov", HEIFSample.box("uuid", canon) + tracks) + HEIFSample.box("uuid", shown)
        }
        let head = file(0)
        return file(UInt32(head.count + 8)) + HEIFSample.box("mdat", large + values)
    }()
}
