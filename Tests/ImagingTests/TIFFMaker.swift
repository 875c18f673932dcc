/// TIFF files of one strip, little-endian, with whatever tags.
struct TIFFMaker {
    enum Value {
        case shorts([Int])
        case longs([Int])
        /// Of 10,000.
        case fractions([Double])
        case bytes([UInt8])
    }
    var width: Int
    var height: Int
    var bits = 8
    var photometric = 2
    var samples = 3
    var more: [Int: Value] = [:]

    /// With pixels as they lie in the file.
    func make(_ pixels: [UInt8]) -> [UInt8] {
        var tags = more
        tags[256] = .longs([width])
        tags[257] = .longs([height])
        tags[258] = .shorts(Array(repeating: bits, count: samples))
        tags[259] = tags[259] ?? .shorts([1])
        tags[262] = .shorts([photometric])
        tags[277] = .shorts([samples])
        tags[278] = .longs([height])
        let isPlanar = if case .shorts([2])? = tags[284] { true } else { false }
        let strips = isPlanar ? samples : 1
        let directory = 8 + pixels.count + pixels.count % 2
        tags[273] = .longs((0..<strips).map { 8 + $0 * pixels.count / strips })
        tags[279] = .longs(Array(repeating: pixels.count / strips, count: strips))
        var entries: [UInt8] = []
        var behind: [UInt8] = []
        let place = directory + 2 + 12 * tags.count + 4
        for (tag, value) in tags.sorted(by: { $0.key < $1.key }) {
            let (type, count, data) = encoded(value)
            entries += little(tag, 2) + little(type, 2) + little(count, 4)
            if data.count <= 4 {
                entries += data + [UInt8](repeating: 0, count: 4 - data.count)
            } else {
                entries += little(place + behind.count, 4)
                behind += data + (data.count % 2 == 1 ? [0] : [])
            }
        }
        return Array("II".utf8) + little(42, 2) + little(directory, 4) + pixels
            + [UInt8](repeating: 0, count: pixels.count % 2) + little(tags.count, 2) + entries + little(0, 4) + behind
    }

    private func encoded(_ value: Value) -> (type: Int, count: Int, data: [UInt8]) {
        switch value {
        case .shorts(let numbers): (3, numbers.count, numbers.flatMap { little($0, 2) })
        case .longs(let numbers): (4, numbers.count, numbers.flatMap { little($0, 4) })
        case .bytes(let bytes): (7, bytes.count, bytes)
        case .fractions(let numbers):
            (5, numbers.count, numbers.flatMap { little(Int(($0 * 10_000).rounded()), 4) + little(10_000, 4) })
        }
    }

    private func little(_ number: Int, _ width: Int) -> [UInt8] { ColourMaker.little(number, width) }
}
