import ImageHeader
import Jobs
import Pipeline

/// A generator that gives the same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

func header(_ width: Int, _ height: Int) -> PictureHeader { header(.jpeg, width, height) }

func header(_ format: PictureFormat, _ width: Int, _ height: Int, bands: Int = 3, depth: Int = 8) -> PictureHeader {
    PictureHeader(format: format, width: width, height: height, bands: bands, depth: depth)
}

func pipeline(_ stages: [Stage] = [], renditions: [Rendition]? = nil) -> Pipeline {
    Pipeline(
        name: "test", stages: stages,
        renditions: renditions ?? [Rendition(name: "out", encoder: .jpeg(JPEG()))])
}
