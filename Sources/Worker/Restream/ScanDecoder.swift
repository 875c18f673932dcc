/// Decodes one scan, a row of MCUs at a time.
final class ScanDecoder {
    private let scan: JPEGScan
    private let frame: JPEGFrame
    private let buffer: UnsafeMutableRawBufferPointer
    private var bits: BitReader
    /// By place in the scan.
    private var predictors: [Int]
    private var endOfBand = 0
    /// MCUs until the next restart marker, and its number.
    private var untilRestart: Int
    private var restartNumber = 0

    /// - Parameter bufferSize: bytes of the file to hold, at least 16.
    init(_ scan: JPEGScan, _ frame: JPEGFrame, _ file: SourceFile, bufferSize: Int) {
        self.scan = scan
        self.frame = frame
        buffer = .allocate(byteCount: bufferSize, alignment: 16)
        bits = BitReader(file, range: scan.bits, buffer: buffer)
        predictors = scan.members.map { _ in 0 }
        untilRestart = scan.restartInterval
    }

    deinit { buffer.deallocate() }

    /// Decodes what the scan has of a row of MCUs.
    ///
    /// - Parameter index: the rows follow each other from 0 on.
    func decode(row index: Int, into row: CoefficientRow) throws(RestreamError) {
        // A copy of its own is what the loops can keep in registers.
        var bits = bits
        defer { self.bits = bits }
        let isWhole: Bool
        if scan.members.count == 1 {
            isWhole = decodeAlone(&bits, index, row.planes[scan.members[0].component])
        } else {
            isWhole = decodeInterleaved(&bits, row)
        }
        guard isWhole, bits.isSound else { throw .damaged("a scan's bits, in row \(index) of MCUs") }
    }

    /// Behind the last row.
    func finish() throws(RestreamError) {
        guard bits.isAtEnd() else { throw .damaged("bytes behind a scan's last block") }
    }

    /// One component: an MCU is a block, and no block lies outside of the component.
    private func decodeAlone(_ bits: inout BitReader, _ index: Int, _ plane: CoefficientRow.Plane) -> Bool {
        let component = frame.components[scan.members[0].component]
        for row in 0..<min(plane.rows, component.blocksHigh - index * plane.rows) {
            var block = 0
            while block < component.blocksWide {
                var count = component.blocksWide - block
                if scan.restartInterval > 0 {
                    guard restartIfDue(&bits) else { return false }
                    count = min(count, untilRestart)
                    untilRestart -= count
                }
                guard decode(&bits, 0, plane.run(row: row, from: block, count: count)) else { return false }
                block += count
            }
        }
        return true
    }

    private func decodeInterleaved(_ bits: inout BitReader, _ row: CoefficientRow) -> Bool {
        for mcu in 0..<frame.mcusWide {
            if scan.restartInterval > 0 {
                guard restartIfDue(&bits) else { return false }
                untilRestart -= 1
            }
            for place in scan.members.indices {
                let index = scan.members[place].component
                let across = frame.components[index].across
                for down in 0..<frame.components[index].down {
                    let run = row.planes[index].run(row: down, from: mcu &* across, count: across)
                    guard decode(&bits, place, run) else { return false }
                }
            }
        }
        return true
    }

    /// - Parameter place: which of the scan's components.
    @inline(__always)
    private func decode(_ bits: inout BitReader, _ place: Int, _ run: BlockRun) -> Bool {
        let member = scan.members[place]
        switch scan.kind {
        case .sequential:
            guard let dc = member.dc, let ac = member.ac else { return false }
            return BlockDecoding.sequential(&bits, dc: dc, ac: ac, predictor: &predictors[place], run)
        case .firstDC:
            guard let dc = member.dc else { return false }
            return BlockDecoding.firstDC(&bits, table: dc, predictor: &predictors[place], shift: scan.shift, run)
        case .refinedDC:
            BlockDecoding.refinedDC(&bits, shift: scan.shift, run)
            return true
        case .firstAC:
            guard let ac = member.ac else { return false }
            return BlockDecoding.firstAC(
                &bits, table: ac, band: scan.first...scan.last, shift: scan.shift, endOfBand: &endOfBand, run)
        case .refinedAC:
            guard let ac = member.ac else { return false }
            return BlockDecoding.refinedAC(
                &bits, table: ac, band: scan.first...scan.last, shift: scan.shift, endOfBand: &endOfBand, run)
        }
    }

    private func restartIfDue(_ bits: inout BitReader) -> Bool {
        if untilRestart > 0 { return true }
        // What was made up must not be forgotten: isSound counts from the restart on.
        guard bits.isSound, bits.passRestart(restartNumber) else { return false }
        restartNumber = (restartNumber + 1) & 7
        untilRestart = scan.restartInterval
        endOfBand = 0
        for place in predictors.indices { predictors[place] = 0 }
        return true
    }
}
