/// The decoding procedures of T.81, annexes F and G, each for a run of blocks. All of them return false for a code that
/// cannot be; a coefficient is written only within its block, whatever the bits say. That bits were there at all is for
/// the caller to ask afterwards (`BitReader.isSound`).
enum BlockDecoding {
    /// Predictors beyond this are damage; its differences have at most 15 bits.
    static let largestDC = 16383

    /// Sequential: all coefficients of each block.
    static func sequential(
        _ bits: inout BitReader, dc: HuffmanTable, ac: HuffmanTable, predictor: inout Int, _ run: BlockRun
    ) -> Bool {
        for block in 0..<run.count {
            guard decodeDC(&bits, dc, &predictor, shift: 0, run.coefficients + block &* 64) else { return false }
            let coefficients = run.coefficients + block &* 64
            var present: UInt64 = 0
            var index = 1
            while index <= 63 {
                bits.refill()
                let symbol = ac.symbol(&bits)
                if symbol < 0 { return false }
                let size = symbol & 15
                if size == 0 {
                    if symbol != 0xF0 { break }
                    index &+= 16
                    continue
                }
                index &+= symbol &>> 4
                if index > 63 { return false }
                coefficients[index] = Int16(truncatingIfNeeded: bits.takeSigned(size))
                present |= 1 &<< UInt64(truncatingIfNeeded: index)
                index &+= 1
            }
            run.present[block] = present
        }
        return true
    }

    /// Progressive: the upper bits of DC.
    static func firstDC(
        _ bits: inout BitReader, table: HuffmanTable, predictor: inout Int, shift: Int, _ run: BlockRun
    ) -> Bool {
        for block in 0..<run.count {
            guard decodeDC(&bits, table, &predictor, shift: shift, run.coefficients + block &* 64) else { return false }
        }
        return true
    }

    @inline(__always)
    private static func decodeDC(
        _ bits: inout BitReader, _ table: HuffmanTable, _ predictor: inout Int, shift: Int,
        _ coefficients: UnsafeMutablePointer<Int16>
    ) -> Bool {
        bits.refill()
        let size = table.symbol(&bits)
        if size < 0 { return false }
        // The survey has seen to it that no size is over 15.
        if size > 0 { predictor &+= bits.takeSigned(size & 15) }
        if predictor.magnitude > UInt(largestDC &>> shift) { return false }
        coefficients[0] = Int16(truncatingIfNeeded: predictor &<< shift)
        return true
    }

    /// Progressive: one more bit of DC.
    static func refinedDC(_ bits: inout BitReader, shift: Int, _ run: BlockRun) {
        for block in 0..<run.count {
            bits.refill()
            run.coefficients[block &* 64] |= Int16(truncatingIfNeeded: bits.take(1) &<< shift)
        }
    }

    /// Progressive: the upper bits of a band of AC coefficients.
    ///
    /// - Parameter endOfBand: how many blocks to come have nothing in this band; goes on from run to run.
    static func firstAC(
        _ bits: inout BitReader, table: HuffmanTable, band: ClosedRange<Int>, shift: Int, endOfBand: inout Int,
        _ run: BlockRun
    ) -> Bool {
        let (first, last) = (band.lowerBound, band.upperBound)
        var block = 0
        while block < run.count {
            if endOfBand > 0 {
                let skipped = min(endOfBand, run.count &- block)
                endOfBand &-= skipped
                block &+= skipped
                continue
            }
            let coefficients = run.coefficients + block &* 64
            var present = run.present[block]
            var index = first
            while index <= last {
                bits.refill()
                let symbol = table.symbol(&bits)
                if symbol < 0 { return false }
                let (zeros, size) = (symbol &>> 4, symbol & 15)
                if size == 0 {
                    if zeros == 15 {
                        index &+= 16
                        continue
                    }
                    endOfBand = 1 &<< zeros &- 1
                    if zeros > 0 { endOfBand &+= bits.take(zeros) }
                    break
                }
                index &+= zeros
                if index > last || size &+ shift > 15 { return false }
                coefficients[index] = Int16(truncatingIfNeeded: bits.takeSigned(size) &<< shift)
                present |= 1 &<< UInt64(truncatingIfNeeded: index)
                index &+= 1
            }
            run.present[block] = present
            block &+= 1
        }
        return true
    }

    /// Progressive: one more bit of a band of AC coefficients (T.81, figure G.7).
    static func refinedAC(
        _ bits: inout BitReader, table: HuffmanTable, band: ClosedRange<Int>, shift: Int, endOfBand: inout Int,
        _ run: BlockRun
    ) -> Bool {
        let last = band.upperBound
        let mask = UInt64.max &>> UInt64(63 &- last)
        let step = 1 &<< shift
        for block in 0..<run.count {
            let coefficients = run.coefficients + block &* 64
            var present = run.present[block]
            var index = band.lowerBound
            if endOfBand == 0 {
                while index <= last {
                    bits.refill()
                    let symbol = table.symbol(&bits)
                    if symbol < 0 { return false }
                    var zeros = symbol &>> 4
                    var value = 0
                    if symbol & 15 == 0 {
                        if zeros != 15 {
                            endOfBand = 1 &<< zeros
                            if zeros > 0 { endOfBand &+= bits.take(zeros) }
                            break
                        }
                    } else {
                        if symbol & 15 != 1 { return false }
                        value = bits.take(1) == 1 ? step : 0 &- step
                    }
                    // On to the zero behind `zeros` others; what is not zero on the way gets its bit.
                    while true {
                        let known = present & mask & (~0 &<< UInt64(truncatingIfNeeded: index))
                        let next = known == 0 ? last &+ 1 : known.trailingZeroBitCount
                        if zeros < next &- index {
                            index &+= zeros
                            break
                        }
                        zeros &-= next &- index
                        index = next
                        if index > last { break }
                        refine(&bits, coefficients + index, step)
                        index &+= 1
                        if index > last { break }
                    }
                    if value != 0 {
                        if index > last { return false }
                        coefficients[index] = Int16(truncatingIfNeeded: value)
                        present |= 1 &<< UInt64(truncatingIfNeeded: index)
                    }
                    index &+= 1
                }
                run.present[block] = present
            }
            if endOfBand > 0 {
                endOfBand &-= 1
                if index > last { continue }
                var known = present & mask & (~0 &<< UInt64(truncatingIfNeeded: index))
                while known != 0 {
                    refine(&bits, coefficients + known.trailingZeroBitCount, step)
                    known &= known &- 1
                }
            }
        }
        return true
    }

    /// Away from zero by `step` if the next bit says so. Before, the coefficient is a multiple of `2 * step`, as the
    /// survey admits no other order of scans: it cannot pass 16 bits.
    @inline(__always)
    private static func refine(_ bits: inout BitReader, _ coefficient: UnsafeMutablePointer<Int16>, _ step: Int) {
        bits.refill()
        if bits.take(1) == 1 {
            let value = Int(coefficient.pointee)
            coefficient.pointee = Int16(truncatingIfNeeded: value < 0 ? value &- step : value &+ step)
        }
    }
}
