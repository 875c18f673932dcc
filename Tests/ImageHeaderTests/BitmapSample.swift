/// BMP files: the headers that there are, and what follows them.
struct BMPSample {
    var size: UInt32 = 40
    var width: Int32 = 6
    var height: Int32 = 4
    var bits: UInt32 = 24
    var compression: UInt32 = 0
    /// Of colours that are told; of none, all that there can be.
    var listed: UInt32 = 0
    /// Red, green, blue.
    var colours: [[UInt8]] = []
    var masks: [UInt32] = []
    /// Of colours; `MBED` and `LINK` say where a profile is.
    var space: UInt32 = 0x7352_4742
    var profile: [UInt8] = []
    /// Where the lines begin; as it is, where nil.
    var told: UInt32?
    var pixels = [UInt8](repeating: 1, count: 80)

    static let hostile = [
        BMPSample(), BMPSample(size: 12, bits: 4, colours: [[UInt8]](repeating: [1, 2, 3], count: 16)),
        BMPSample(bits: 16, compression: 3, masks: [0xF800, 0x07E0, 0x1F]),
        BMPSample(bits: 8, compression: 1, listed: 2, colours: [[0, 0, 0], [9, 9, 9]]),
        BMPSample(
            size: 124, bits: 32, compression: 3, masks: [0xFF00, 0xFF_0000, 0xFF, 0], space: 0x4D42_4544, profile: [1]),
    ]

    var bytes: [UInt8] {
        var header = little(size)
        if size == 12 {
            header += little(UInt32(bitPattern: width), bytes: 2) + little(UInt32(bitPattern: height), bytes: 2)
            header += little(1, bytes: 2) + little(bits, bytes: 2)
        } else {
            header += little(UInt32(bitPattern: width)) + little(UInt32(bitPattern: height)) + little(1, bytes: 2)
            header += little(bits, bytes: 2) + little(compression) + little(0) + little(2835) + little(2835)
            header += little(listed) + little(0)
        }
        header += masks.flatMap { little($0) }
        if size == 124 {
            let place = UInt32(124 + pixels.count)
            header += [UInt8](repeating: 0, count: max(0, 56 - header.count)) + little(space)
            header += [UInt8](repeating: 0, count: 112 - header.count) + little(place) + little(UInt32(profile.count))
        }
        header = Array(header.prefix(Int(size)) + (masks.isEmpty || size > 40 ? [] : header.dropFirst(Int(size))))
        header += [UInt8](repeating: 0, count: max(0, Int(size) - header.count))
        header += colours.flatMap { [$0[2], $0[1], $0[0]] + (size == 12 ? [] : [0]) }
        let offset = told ?? UInt32(14 + header.count)
        return ascii("BM") + little(0) + little(0) + little(offset) + header + pixels + profile
    }
}

enum PNMSample {
    static let colours = ascii("P6\n# one\n2 # two\n 1 255\n") + [1, 2, 3, 4, 5, 6]
    static let pam =
        ascii("P7\n# c\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n")
        + [1, 2, 3, 4, 5, 6, 7, 8]
    static let all = [
        colours, pam, ascii("P1\n3 2\n1 0 1\n010\n"), ascii("P4 9 2\n") + [1, 2, 3, 4],
        ascii("P5 2 2 1023\n") + [0, 1, 2, 3, 3, 0, 1, 2], ascii("P3 1 1 7\n1 2 3\n"), colours + colours + pam,
    ]
}
