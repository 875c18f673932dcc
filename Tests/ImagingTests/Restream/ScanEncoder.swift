/// The encoding procedures of T.81, annexes F and G, as plainly as can be.
struct ScanEncoder {
    private let scan: JPEGMaker.Scan
    private let isProgressive: Bool
    private(set) var bytes: [UInt8] = []
    private var waiting = 0
    private var waitingCount = 0
    private var predictors: [Int]
    private var endOfBand = 0
    private var endOfBandBits: [Int] = []

    init(scan: JPEGMaker.Scan, isProgressive: Bool, components: Int) {
        self.scan = scan
        self.isProgressive = isProgressive
        predictors = [Int](repeating: 0, count: components)
    }

    mutating func encode(_ block: [Int], place: Int) {
        if !isProgressive {
            encodeDC(block[0], place)
            encodeAC(block, 1...63)
        } else if scan.first == 0 {
            if scan.previous == 0 {
                encodeDC(block[0] >> scan.shift, place)
            } else {
                put(block[0] >> scan.shift & 1, 1)
            }
        } else if scan.previous == 0 {
            encodeAC(block.map { $0 < 0 ? -(-$0 >> scan.shift) : $0 >> scan.shift }, scan.first...scan.last)
        } else {
            refineAC(block)
        }
    }

    mutating func restart(_ number: Int) {
        finish()
        bytes += [0xFF, 0xD0 + UInt8(number)]
        for place in predictors.indices { predictors[place] = 0 }
    }

    mutating func finish() {
        putEndOfBand()
        if waitingCount > 0 { put((1 << (8 - waitingCount)) - 1, 8 - waitingCount) }
    }

    private mutating func put(_ bits: Int, _ count: Int) {
        for place in (0..<count).reversed() {
            waiting = waiting << 1 | (bits >> place) & 1
            waitingCount += 1
            if waitingCount == 8 {
                bytes.append(UInt8(waiting))
                if waiting == 0xFF { bytes.append(0) }
                (waiting, waitingCount) = (0, 0)
            }
        }
    }

    private mutating func putAC(_ symbol: Int) {
        let code = Codes.ac(symbol)
        put(code.code, code.length)
    }

    private func size(_ value: Int) -> Int { Int.bitWidth - abs(value).leadingZeroBitCount }

    private mutating func putSigned(_ value: Int) {
        put((value < 0 ? value - 1 : value) & ((1 << size(value)) - 1), size(value))
    }

    private mutating func encodeDC(_ value: Int, _ place: Int) {
        let difference = value - predictors[place]
        predictors[place] = value
        let code = Codes.dc(size(difference))
        put(code.code, code.length)
        putSigned(difference)
    }

    private mutating func encodeAC(_ block: [Int], _ band: ClosedRange<Int>) {
        var zeros = 0
        for index in band {
            if block[index] == 0 {
                zeros += 1
                continue
            }
            putEndOfBand()
            while zeros > 15 {
                putAC(0xF0)
                zeros -= 16
            }
            putAC(zeros << 4 | size(block[index]))
            putSigned(block[index])
            zeros = 0
        }
        if zeros > 0 { endBand([]) }
    }

    private mutating func refineAC(_ block: [Int]) {
        let values = block.map { abs($0) >> scan.shift }
        let lastNew = (scan.first...scan.last).last { values[$0] == 1 } ?? 0
        var zeros = 0
        var corrections: [Int] = []
        for index in scan.first...scan.last {
            if values[index] == 0 {
                zeros += 1
                continue
            }
            while zeros > 15 && index <= lastNew {
                putEndOfBand()
                putAC(0xF0)
                zeros -= 16
                putAll(&corrections)
            }
            if values[index] > 1 {
                corrections.append(values[index] & 1)
                continue
            }
            putEndOfBand()
            putAC(zeros << 4 | 1)
            put(block[index] < 0 ? 0 : 1, 1)
            putAll(&corrections)
            zeros = 0
        }
        if zeros > 0 || !corrections.isEmpty { endBand(corrections) }
    }

    private mutating func putAll(_ bits: inout [Int]) {
        for bit in bits { put(bit, 1) }
        bits = []
    }

    private mutating func endBand(_ corrections: [Int]) {
        endOfBand += 1
        endOfBandBits += corrections
        if endOfBand == 0x7FFF || !isProgressive { putEndOfBand() }
    }

    private mutating func putEndOfBand() {
        guard endOfBand > 0 else { return }
        let bits = size(endOfBand) - 1
        putAC(bits << 4)
        put(endOfBand & ((1 << bits) - 1), bits)
        endOfBand = 0
        for bit in endOfBandBits { put(bit, 1) }
        endOfBandBits = []
    }
}
