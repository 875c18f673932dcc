/// What stands around the scan in the JPEG that is handed out.
enum JPEGHeaderWriter {
    static func tables(ofComponent index: Int) -> (dc: BaselineTable, ac: BaselineTable) {
        index == 0 ? (.luminanceDC, .luminanceAC) : (.chrominanceDC, .chrominanceAC)
    }

    static let start: [UInt8] = [0xFF, 0xD8]
    static let end: [UInt8] = [0xFF, 0xD9]

    /// From the quantisation tables to the scan's header; each component has the table of its own number.
    static func header(of survey: JPEGSurvey) -> [UInt8] {
        let frame = survey.frame
        var bytes: [UInt8] = []
        var isWide = false
        for (index, table) in survey.quantisation.enumerated() {
            if table.allSatisfy({ $0 < 256 }) {
                bytes += segment(0xDB, [UInt8(index)] + table.map { UInt8(truncatingIfNeeded: $0) })
            } else {
                isWide = true
                bytes += segment(0xDB, [0x10 | UInt8(index)] + table.flatMap { $0.bigEndianBytes })
            }
        }
        // Baseline has 8-bit tables only; "extended sequential" is the same otherwise.
        var header: [UInt8] = [8]
        header += UInt16(frame.height).bigEndianBytes
        header += UInt16(frame.width).bigEndianBytes
        header.append(UInt8(frame.components.count))
        var scan = [UInt8(frame.components.count)]
        for (index, component) in frame.components.enumerated() {
            header += [component.identifier, UInt8(component.across << 4 | component.down), UInt8(index)]
            scan += [component.identifier, index == 0 ? 0x00 : 0x11]
        }
        scan += [0, 63, 0]
        bytes += segment(isWide ? 0xC1 : 0xC0, header)
        for (slot, index) in [0, 1].enumerated() where index < frame.components.count {
            let tables = tables(ofComponent: index)
            bytes += segment(0xC4, [UInt8(slot)] + tables.dc.counts + tables.dc.symbols)
            bytes += segment(0xC4, [0x10 | UInt8(slot)] + tables.ac.counts + tables.ac.symbols)
        }
        bytes += segment(0xDA, scan)
        return bytes
    }

    private static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker] + UInt16(payload.count + 2).bigEndianBytes + payload
    }
}

extension UInt16 {
    var bigEndianBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 255)] }
}
