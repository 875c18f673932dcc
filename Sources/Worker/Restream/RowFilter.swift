/// The filters of PNG rows (PNG specification, 9.2), undone.
enum RowFilter {
    /// - Parameters:
    ///   - row: `count` bytes, with `pixelBytes` zeros before them.
    ///   - above: the row above, unfiltered, of the same shape; zeros for the first one.
    /// - Returns: false when there is no such filter.
    static func undo(
        _ filter: UInt8, _ row: UnsafeMutablePointer<UInt8>, above: UnsafeMutablePointer<UInt8>, count: Int,
        pixelBytes: Int
    ) -> Bool {
        switch filter {
        case 0: break
        case 1:
            for index in 0..<count { row[index] &+= row[index &- pixelBytes] }
        case 2:
            for index in 0..<count { row[index] &+= above[index] }
        case 3:
            for index in 0..<count {
                row[index] &+= UInt8((UInt16(row[index &- pixelBytes]) &+ UInt16(above[index])) &>> 1)
            }
        case 4:
            undoPaeth(row, above, count, pixelBytes)
        default: return false
        }
        return true
    }

    private static func undoPaeth(
        _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafeMutablePointer<UInt8>, _ count: Int, _ pixelBytes: Int
    ) {
        for index in 0..<count {
            let left = Int32(row[index &- pixelBytes])
            let up = Int32(above[index])
            let corner = Int32(above[index &- pixelBytes])
            let toLeft = abs(up &- corner)
            let toUp = abs(left &- corner)
            let toCorner = abs(left &+ up &- 2 &* corner)
            var best = toUp <= toCorner ? up : corner
            if toLeft <= min(toUp, toCorner) { best = left }
            row[index] &+= UInt8(truncatingIfNeeded: best)
        }
    }
}
