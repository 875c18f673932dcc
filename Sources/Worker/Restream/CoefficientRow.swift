/// The quantised coefficients of one row of MCUs, all components.
///
/// A block is 64 coefficients in zigzag order, and a word whose bits 1…63 say which of the AC coefficients are not
/// zero. Most are zero: reading word by word skips them.
final class CoefficientRow {
    struct Plane {
        /// Blocks across and down, whole MCUs; a block row is `stride` blocks.
        let stride: Int
        let rows: Int
        let coefficients: UnsafeMutablePointer<Int16>
        let present: UnsafeMutablePointer<UInt64>

        var blocks: Int { stride * rows }
    }

    let planes: [Plane]

    init(_ frame: JPEGFrame) {
        planes = frame.components.map { component in
            let stride = frame.mcusWide * component.across
            let blocks = stride * component.down
            return Plane(
                stride: stride, rows: component.down, coefficients: .allocate(capacity: blocks * 64),
                present: .allocate(capacity: blocks))
        }
        clear()
    }

    deinit {
        for plane in planes {
            plane.coefficients.deallocate()
            plane.present.deallocate()
        }
    }

    func clear() {
        for plane in planes {
            plane.coefficients.initialize(repeating: 0, count: plane.blocks * 64)
            plane.present.initialize(repeating: 0, count: plane.blocks)
        }
    }
}
