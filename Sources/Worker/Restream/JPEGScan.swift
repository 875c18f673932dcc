/// One scan of a JPEG file: a bit stream of its own, and all that is needed to decode it.
struct JPEGScan {
    struct Member {
        /// Which of the frame's components.
        let component: Int
        /// The tables in force at the scan's start; nil where the scan needs none.
        let dc: HuffmanTable?
        let ac: HuffmanTable?
    }

    enum Kind {
        /// All coefficients in full.
        case sequential
        case firstDC, refinedDC, firstAC, refinedAC
    }

    let kind: Kind
    /// In the scan's order. Several are interleaved.
    let members: [Member]
    /// The band of coefficients in zigzag order, 0…63.
    let first: Int
    let last: Int
    /// Places that coefficients are shifted by ("Al").
    let shift: Int
    /// MCUs between restart markers; 0 without.
    let restartInterval: Int
    /// Where in the file its bits are.
    let bits: Range<UInt64>
}
