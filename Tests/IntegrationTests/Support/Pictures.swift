import LinuxIO

/// Small pictures, made by code; equal arguments give equal bytes.
enum Pictures {
    /// An 8-bit RGB PNG: a gradient whose colours depend on `seed`, with some noise.
    static func png(width: Int, height: Int, seed: UInt8 = 0) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(height * (1 + width * 3))
        var noise = UInt32(seed) &* 2_654_435_761 &+ 1
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width {
                noise = noise &* 1_664_525 &+ 1_013_904_223
                rows.append(UInt8(truncatingIfNeeded: x &* 255 / width) &+ seed &* 31)
                rows.append(UInt8(truncatingIfNeeded: y &* 255 / height) &+ UInt8(noise >> 28))
                rows.append(seed &* 17 &+ UInt8(noise >> 29))
            }
        }
        return pngFile(width: UInt32(width), height: UInt32(height), data: stored(rows))
    }

    /// An 8-bit RGB PNG: a soft gradient, with white noise of a standard deviation of 15 in each band.
    static func noisyPNG(width: Int, height: Int) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(height * (1 + width * 3))
        var state = UInt64(1)
        /// From 0 to 1.
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / Double(1 << 24)
        }
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width {
                for band in 0..<3 {
                    // Twelve of them have a variance of one.
                    let noise = (0..<12).reduce(-6.0) { sum, _ in sum + random() }
                    rows.append(UInt8(100 + x * 30 / width + y * 30 / height + band * 10 + Int((15 * noise).rounded())))
                }
            }
        }
        return pngFile(width: UInt32(width), height: UInt32(height), data: stored(rows))
    }

    /// An 8-bit RGB PNG, pixel by pixel.
    static func drawnPNG(width: Int, height: Int, _ colour: (Int, Int) -> [UInt8]) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(height * (1 + width * 3))
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width { rows += colour(x, y) }
        }
        return pngFile(width: UInt32(width), height: UInt32(height), data: stored(rows))
    }

    /// A PNG whose header promises a picture of this size, with hardly any data.
    static func pngHeader(width: UInt32, height: UInt32, isInterlaced: Bool = false) -> [UInt8] {
        pngFile(width: width, height: height, isInterlaced: isInterlaced, data: stored([0, 0, 0, 0]))
    }

    /// Of `depth` bits; `colour` as in IHDR. `data` is a whole zlib stream.
    static func pngFile(
        width: UInt32, height: UInt32, depth: UInt8 = 8, colour: UInt8 = 2, isInterlaced: Bool = false, data: [UInt8]
    ) -> [UInt8] {
        let header = bigEndian(width) + bigEndian(height) + [depth, colour, 0, 0, isInterlaced ? 1 : 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", header) + chunk("IDAT", data) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    /// zlib with stored blocks only.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 65535, bytes.count)
            let length = UInt16(end - start)
            result.append(end == bytes.count ? 1 : 0)
            for value in [length, ~length] { result += [UInt8(value & 0xFF), UInt8(value >> 8)] }
            result += bytes[start..<end]
            start = end
        } while start < bytes.count
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a &+ UInt32(byte)) % 65521
            b = (b &+ a) % 65521
        }
        return result + bigEndian(b << 16 | a)
    }

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        let table = crcTable
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
        return ~value
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

extension Scratch {
    /// Writes a small PNG.
    func writePicture(_ path: String, width: Int = 60, height: Int = 40, seed: UInt8 = 0) throws {
        try write(Pictures.png(width: width, height: height, seed: seed), to: path)
    }

    /// Writes a picture in the format of the path's ending, through the vips command: `.jpg`, `.webp`, `.gif`, `.tif`;
    /// options as vips takes them (`a.jpg[Q=80,interlace]`).
    func convertPicture(to target: String, width: Int = 60, height: Int = 40, seed: UInt8 = 0) async throws {
        guard let vips = Tool.vips.path else { throw SystemCallError("exec", "vips", errno: 2) }
        let name = "convert-\(uniqueRandomHex(4)).png"
        try writePicture(name, width: width, height: height, seed: seed)
        if let slash = target.lastIndex(of: "/") { try makeDirectory(String(target[..<slash])) }
        let result = try await runProgram(vips, ["copy", "\(path)/\(name)", "\(path)/\(target)"])
        try remove(name)
        guard result.exitCode == 0 else { throw SystemCallError("vips copy", result.errors, errno: 5) }
    }
}
