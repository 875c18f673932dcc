import Glibc
import Planning

extension SmallPicture {
    /// 64 bits that stay nearly the same when a picture is encoded again, shrunk or made a little brighter: which of its
    /// coarsest waves (of a cosine transform of 32 by 32 means) are stronger than the others. 16 hexadecimal digits; nil
    /// where there is nothing to be seen.
    package func fingerprint() -> String? {
        let side = 32, waves = 9
        guard size.width > 0, size.height > 0 else { return nil }
        let (across, down) = (Self.means(of: size.width, side), Self.means(of: size.height, side))
        var rows = [Double](repeating: 0, count: side * side)
        for y in 0..<size.height {
            var line = [Double](repeating: 0, count: side)
            for x in 0..<size.width {
                let at = (y * size.width + x) * 3
                let (red, green, blue) = (Double(pixels[at]), Double(pixels[at + 1]), Double(pixels[at + 2]))
                let light = 0.299 * red + 0.587 * green + 0.114 * blue
                for (cell, share) in across[x] { line[cell] += share * light }
            }
            for (cell, share) in down[y] {
                for column in 0..<side { rows[cell * side + column] += share * line[column] }
            }
        }
        var cosines = [[Double]](repeating: [], count: waves)
        for wave in 0..<waves {
            let step = Double.pi * Double(wave) / Double(2 * side)
            cosines[wave] = (0..<side).map { cos(step * Double(2 * $0 + 1)) }
        }
        func strength(_ v: Int, _ u: Int) -> Double {
            var sum = 0.0
            for y in 0..<side {
                for x in 0..<side { sum += cosines[v][y] * cosines[u][x] * rows[y * side + x] }
            }
            return sum
        }
        // Without the mean; one more in its place.
        let strengths = (1..<64).map { strength($0 / 8, $0 % 8) } + [strength(8, 0)]
        guard let most = strengths.lazy.map(abs).max(), most > 1 else { return nil }
        let sorted = strengths.sorted()
        let middle = (sorted[31] + sorted[32]) / 2
        var bits: UInt64 = 0
        for strength in strengths { bits = bits << 1 | (strength > middle ? 1 : 0) }
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Of each pixel along an axis: the cells it lies in, and by how much of a cell.
    private static func means(of count: Int, _ cells: Int) -> [[(cell: Int, share: Double)]] {
        let step = Double(cells) / Double(count)
        return (0..<count).map { pixel in
            let (from, to) = (Double(pixel) * step, Double(pixel + 1) * step)
            return (Int(from)...min(cells - 1, Int(to))).compactMap { cell in
                let share = min(to, Double(cell + 1)) - max(from, Double(cell))
                return share > 0 ? (cell, share) : nil
            }
        }
    }
}
