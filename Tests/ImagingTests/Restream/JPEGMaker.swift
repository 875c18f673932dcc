/// Makes JPEG files of any scans over random coefficients: no encoder at hand writes them all.
struct JPEGMaker {
    struct Component {
        var identifier: UInt8
        var across: Int
        var down: Int
    }

    struct Scan {
        var components: [Int]
        var first = 0
        var last = 63
        var previous = 0
        var shift = 0
    }

    var width: Int
    var height: Int
    var components: [Component]
    var scans: [Scan]
    var isProgressive = true
    var restartInterval = 0
    /// Adobe's colour transform, 0…2; nil leaves the segment out.
    var adobeTransform: UInt8?
    /// Written before the frame.
    var extraSegments: [UInt8] = []
    var isWideQuantised = false
    var seed = 1
    /// Whether all colours are such as RGB holds.
    var isMild = false

    private var widest: Int { components.map(\.across).max() ?? 1 }
    private var tallest: Int { components.map(\.down).max() ?? 1 }
    var mcusWide: Int { (width + 8 * widest - 1) / (8 * widest) }
    var mcusHigh: Int { (height + 8 * tallest - 1) / (8 * tallest) }

    func make() -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8]
        if let adobeTransform {
            bytes += segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobeTransform])
        }
        bytes += extraSegments
        for slot in 0..<2 {
            let table = (0..<64).map { 1 + ($0 * (slot + 1)) / 8 }
            if isWideQuantised {
                bytes += segment(
                    0xDB, [0x10 | UInt8(slot)] + table.flatMap { [UInt8($0 / 4 > 12 ? 1 : 0), UInt8($0)] })
            } else {
                bytes += segment(0xDB, [UInt8(slot)] + table.map { UInt8($0) })
            }
        }
        var frame: [UInt8] = [8, UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)]
        frame.append(UInt8(components.count))
        for (index, component) in components.enumerated() {
            frame += [component.identifier, UInt8(component.across << 4 | component.down), index == 0 ? 0 : 1]
        }
        bytes += segment(isProgressive ? 0xC2 : 0xC1, frame)
        bytes += segment(0xC4, [0x00] + Codes.dcCounts + Codes.dcSymbols)
        bytes += segment(0xC4, [0x10] + Codes.acCounts + Codes.acSymbols)
        if restartInterval > 0 { bytes += segment(0xDD, [0, UInt8(restartInterval)]) }
        let blocks = makeBlocks()
        for scan in scans {
            var header = [UInt8(scan.components.count)]
            for index in scan.components { header += [components[index].identifier, 0] }
            header += [UInt8(scan.first), UInt8(scan.last), UInt8(scan.previous << 4 | scan.shift)]
            bytes += segment(0xDA, header)
            var encoder = ScanEncoder(scan: scan, isProgressive: isProgressive, components: scan.components.count)
            encode(scan, blocks, &encoder)
            bytes += encoder.bytes
        }
        return bytes + [0xFF, 0xD9]
    }

    private func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 255)] + payload
    }

    /// By component: blocks in rows of whole MCUs, coefficients in zigzag order. Empty stretches, so that there are long
    /// runs of blocks without anything; a few coefficients of every size.
    private func makeBlocks() -> [[[Int]]] {
        var random = Seeded(seed)
        return components.map { component in
            var blocks: [[Int]] = []
            var isQuiet = false
            for _ in 0..<mcusWide * component.across * mcusHigh * component.down {
                if Int.random(in: 0..<8, using: &random) == 0 { isQuiet.toggle() }
                var block = [Int](repeating: 0, count: 64)
                block[0] = Int.random(in: isMild ? -100...100 : -500...500, using: &random)
                if !isQuiet {
                    for _ in 0..<Int.random(in: 0...24, using: &random) {
                        let size = Int.random(in: 0...(isMild ? 1 : 6), using: &random)
                        block[Int.random(in: 1...63, using: &random)] = Int.random(
                            in: -(1 << size)...1 << size, using: &random)
                    }
                }
                blocks.append(block)
            }
            return blocks
        }
    }

    private func encode(_ scan: Scan, _ blocks: [[[Int]]], _ encoder: inout ScanEncoder) {
        var count = 0
        func startMCU() {
            if restartInterval > 0 && count > 0 && count % restartInterval == 0 {
                encoder.restart((count / restartInterval - 1) % 8)
            }
            count += 1
        }
        if scan.components.count == 1 {
            let index = scan.components[0]
            let component = components[index]
            // A component on its own has its own blocks only.
            let alone = components.count == 1
            let wide =
                (width * (alone ? 1 : component.across) + 8 * (alone ? 1 : widest) - 1) / (8 * (alone ? 1 : widest))
            let high =
                (height * (alone ? 1 : component.down) + 8 * (alone ? 1 : tallest) - 1) / (8 * (alone ? 1 : tallest))
            for row in 0..<high {
                for column in 0..<wide {
                    startMCU()
                    encoder.encode(blocks[index][row * mcusWide * component.across + column], place: 0)
                }
            }
        } else {
            for mcuRow in 0..<mcusHigh {
                for mcu in 0..<mcusWide {
                    startMCU()
                    for (place, index) in scan.components.enumerated() {
                        let component = components[index]
                        for down in 0..<component.down {
                            for across in 0..<component.across {
                                let row = mcuRow * component.down + down
                                let column = mcu * component.across + across
                                encoder.encode(
                                    blocks[index][row * mcusWide * component.across + column], place: place)
                            }
                        }
                    }
                }
            }
        }
        encoder.finish()
    }
}

/// Codes for every symbol: half of them short, half longer than what a decoder looks up at once.
enum Codes {
    static let dcCounts: [UInt8] = [0, 0, 0, 0, 16] + [UInt8](repeating: 0, count: 11)
    static let dcSymbols = (0...15).map { UInt8($0) }
    static let acCounts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 0]
    static let acSymbols = (0...255).map { UInt8(($0 * 37) & 255) }

    static func dc(_ symbol: Int) -> (code: Int, length: Int) { (symbol, 5) }

    static func ac(_ symbol: Int) -> (code: Int, length: Int) {
        let index = acSymbols.firstIndex(of: UInt8(symbol)) ?? 0
        return index < 128 ? (index, 8) : (128 << 4 + index - 128, 12)
    }
}
