/// Blocks that lie beside each other, and that a scan brings one after another.
struct BlockRun {
    let coefficients: UnsafeMutablePointer<Int16>
    let present: UnsafeMutablePointer<UInt64>
    let count: Int
}

extension CoefficientRow.Plane {
    /// - Precondition: the blocks are within the row, which every caller's loop bounds say.
    @inline(__always)
    func run(row: Int, from block: Int, count: Int) -> BlockRun {
        let index = row &* stride &+ block
        return BlockRun(coefficients: coefficients + index &* 64, present: present + index, count: count)
    }
}
