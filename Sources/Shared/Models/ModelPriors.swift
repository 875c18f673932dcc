import Glibc
import Schema
import Text

extension ModelDescription {
    /// The boxes that a detector starts from, on grids over what it sees: what comes out of it are steps away from these
    /// (SSD and its kin). Without them its boxes are corners, from 0 to 1.
    package struct Priors: Codable, Sendable, Equatable {
        /// Pixels between the centres of each grid.
        package var strides: [Double] = []
        /// Of each grid, the sides in pixels of the boxes at every centre.
        package var sizes: [[Double]] = []
        /// Factors for the offsets of centres and sizes.
        package var variances: [Double] = [0.1, 0.2]

        package init() {}

        /// How many there are on a picture of this size.
        package func count(width: Int, height: Int) -> Int {
            zip(strides, sizes).reduce(0) { sum, grid in
                sum + cells(width, grid.0) * cells(height, grid.0) * grid.1.count
            }
        }

        private func cells(_ side: Int, _ stride: Double) -> Int { Int((Double(side) / stride).rounded(.up)) }

        /// Corners (left, top, right, bottom; parts of the picture) of steps, four a box; nil where there are not as many.
        package func corners(of steps: [Float], width: Int, height: Int) -> [Float]? {
            guard steps.count == count(width: width, height: height) * 4, variances.count == 2 else { return nil }
            var corners: [Float] = []
            corners.reserveCapacity(steps.count)
            func within(_ value: Double) -> Double { min(max(value, 0), 1) }
            for (stride, sides) in zip(strides, sizes) {
                for row in 0..<cells(height, stride) {
                    for column in 0..<cells(width, stride) {
                        for side in sides {
                            let step = (0..<4).map { Double(steps[corners.count + $0]) }
                            let size = (across: within(side / Double(width)), down: within(side / Double(height)))
                            let centre = (
                                x: within((Double(column) + 0.5) * stride / Double(width)),
                                y: within((Double(row) + 0.5) * stride / Double(height))
                            )
                            let x = centre.x + step[0] * variances[0] * size.across
                            let y = centre.y + step[1] * variances[0] * size.down
                            let across = size.across * exp(step[2] * variances[1]) / 2
                            let down = size.down * exp(step[3] * variances[1]) / 2
                            corners += [x - across, y - down, x + across, y + down].map { Float($0) }
                        }
                    }
                }
            }
            return corners
        }
    }
}

extension ModelDescription.Priors {
    static let shape = Shape<Self>.object(
        "a map of strides and sizes", initial: Self(),
        keys: [
            Key(
                "strides", \.strides, .list(of: .number(1...4096), called: "a list of numbers"), required: true,
                "Pixels between the centres of each grid."),
            Key(
                "sizes", \.sizes,
                .list(of: .list(of: .number(1...4096), called: "a list of numbers"), called: "a list of lists"),
                required: true, "Box sizes in pixels, for each grid."),
            Key(
                "variances", \.variances, .list(of: .number(0.0001...100), called: "a list of two numbers"),
                "Factors for the offsets of centres and sizes."),
        ],
        check: { priors, members, reading in
            if members.areSound("strides", "sizes"),
                priors.strides.count != priors.sizes.count || priors.strides.isEmpty
            {
                reading.fault(
                    members.place(of: "sizes"), at: "sizes",
                    "has \(counted(priors.sizes.count, "list")) for \(counted(priors.strides.count, "grid")) (strides)")
            }
            if members.isSound("variances"), priors.variances.count != 2 {
                reading.fault(
                    members.place(of: "variances"), at: "variances", "needs two numbers: for centres and sizes")
            }
        })
}
