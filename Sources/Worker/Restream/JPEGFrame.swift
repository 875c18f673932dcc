/// How a JPEG picture is made of components and blocks (ITU-T T.81, annex A).
struct JPEGFrame {
    struct Component {
        let identifier: UInt8
        /// Blocks of a whole MCU, across and down: 1…4.
        let across: Int
        let down: Int
        /// The slot of its quantisation table, 0…3.
        let quantisation: Int
        /// Blocks that cover the component itself. Whole MCUs may need more.
        var blocksWide = 0
        var blocksHigh = 0
    }

    let isProgressive: Bool
    /// Pixels, 1…65,535.
    let width: Int
    let height: Int
    /// 1…4.
    let components: [Component]
    let mcusWide: Int
    let mcusHigh: Int

    /// - Parameter marker: SOF0, SOF1 or SOF2.
    /// - Parameter segment: behind the length field.
    init(marker: UInt8, segment: [UInt8]) throws(RestreamError) {
        guard segment.count >= 6, segment[0] == 8 else { throw .unsuitable("not 8 bits a sample") }
        isProgressive = marker == 0xC2
        let (width, height) = (Int(segment[3]) << 8 | Int(segment[4]), Int(segment[1]) << 8 | Int(segment[2]))
        let count = Int(segment[5])
        guard width > 0, height > 0, (1...4).contains(count), segment.count == 6 + 3 * count else {
            throw .unsuitable("a frame of \(width)x\(height), \(count) components")
        }
        var components: [Component] = []
        for index in 0..<count {
            let (identifier, factors, table) = (segment[6 + 3 * index], segment[7 + 3 * index], segment[8 + 3 * index])
            let (across, down) = (Int(factors >> 4), Int(factors & 15))
            guard (1...4).contains(across), (1...4).contains(down), table <= 3,
                !components.contains(where: { $0.identifier == identifier })
            else { throw .unsuitable("component \(identifier)") }
            // A component on its own is never interleaved, whatever its factors say: its MCU is one block.
            components.append(
                Component(
                    identifier: identifier, across: count == 1 ? 1 : across, down: count == 1 ? 1 : down,
                    quantisation: Int(table)))
        }
        // All components go into one scan, whose MCU has this bound (B.2.3).
        guard components.reduce(0, { $0 + $1.across * $1.down }) <= 10 else {
            throw .unsuitable("more than 10 blocks in an MCU")
        }
        let widest = components.reduce(1) { max($0, $1.across) }
        let tallest = components.reduce(1) { max($0, $1.down) }
        for index in components.indices {
            components[index].blocksWide = (width * components[index].across).dividedUp(by: 8 * widest)
            components[index].blocksHigh = (height * components[index].down).dividedUp(by: 8 * tallest)
        }
        self.width = width
        self.height = height
        self.components = components
        mcusWide = width.dividedUp(by: 8 * widest)
        mcusHigh = height.dividedUp(by: 8 * tallest)
    }
}

extension Int {
    /// Of positive numbers.
    func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
