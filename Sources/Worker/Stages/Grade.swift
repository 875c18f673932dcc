import CGrade
import CVips
import Grading
import Jobs
import Pictures
import Vips

/// Steps that are done to each pixel by itself, in their order. Steps of stages that follow each other are done at once.
final class Grade {
    private let steps: OpaquePointer?
    private(set) var isEmpty = true

    init() { steps = sluice_grade_new() }

    deinit { sluice_grade_free(steps) }

    /// Light times a gain for each channel, by the curves of the picture's own profile, or else by sRGB's.
    func multiplyLight(of picture: Picture, by gains: [Double]) {
        guard gains != [1, 1, 1] else { return }
        isEmpty = false
        let entries = 4096
        let isGrey = picture.image.isGrey
        guard let light = picture.profile?.light(isGrey: isGrey, entries: entries) else {
            return sluice_grade_light(steps, gains, nil, 0, 0)
        }
        sluice_grade_light(steps, gains, light, Int32(entries), isGrey ? 1 : 3)
    }

    /// Of the whole scale, which is 0…1.
    func stretch(from black: Double = 0, to white: Double = 1, gamma: Double = 1) {
        guard (black, white, gamma) != (0, 1, 1) else { return }
        isEmpty = false
        sluice_grade_levels(steps, black, white, gamma)
    }

    func contrast(slope: Double) {
        guard slope != 1 else { return }
        isEmpty = false
        sluice_grade_contrast(steps, slope)
    }

    /// By rows.
    func mix(_ factors: [Double]) {
        isEmpty = false
        sluice_grade_matrix(steps, factors)
    }

    func lookUp(_ table: CubeTable, amount: Double) throws(JobError) {
        isEmpty = false
        let size = Int32(table.size)
        let result =
            switch table.dimensions {
            case .one: sluice_grade_table(steps, table.values, size, table.low, table.high, amount)
            case .three: sluice_grade_cube(steps, table.values, size, table.low, table.high, amount)
            }
        guard result == 0 else { throw JobError(.memoryLimit, "no memory for a lookup table of \(table.size) entries") }
    }

    fileprivate func apply(to image: Image) throws(JobError) -> Image {
        try Image.make { sluice_grade_image(image.pointer, &$0, steps, image.hasAlpha) }
    }
}

extension Picture {
    /// Pixels as they lie, in the picture's own profile; alpha is left alone.
    mutating func apply(_ grade: Grade) throws(JobError) {
        guard !grade.isEmpty else { return }
        replace(with: try grade.apply(to: image))
    }
}
