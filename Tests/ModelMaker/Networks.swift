// Networks that tests know the results of.
extension ModelMaker {
    /// One convolution over `channels` planes, each by itself: `picture` to `clean`.
    package static func convolution(_ kernel: [Float], size: Int, channels: Int = 1) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, channels, nil, nil])
        maker.weights(
            "kernel", [channels, 1, size, size], Array(repeating: kernel, count: channels).flatMap(\.self))
        maker.node(
            "Conv", ["picture", "kernel"], "clean",
            [
                "pads": .integers(Array(repeating: size / 2, count: 4)), "kernel_shape": .integers([size, size]),
                "group": .integer(channels),
            ])
        maker.output("clean", [1, channels, nil, nil])
        return maker.file
    }

    /// Two planes, the picture and a map of sigma, summed with these factors: `picture` and `sigma` to `clean`.
    package static func takingMap(_ factors: (picture: Float, sigma: Float)) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil])
        maker.input("sigma", [1, 1, nil, nil])
        maker.weights("factors", [1, 2, 1, 1], [factors.picture, factors.sigma])
        maker.node("Concat", ["picture", "sigma"], "both", ["axis": .integer(1)])
        maker.node("Conv", ["both", "factors"], "clean", ["kernel_shape": .integers([1, 1])])
        maker.output("clean", [1, 1, nil, nil])
        return maker.file
    }

    /// The picture and one number, summed.
    package static func takingNumber() -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil])
        maker.input("sigma", [1, 1, 1, 1])
        maker.node("Add", ["picture", "sigma"], "clean")
        maker.output("clean", [1, 1, nil, nil])
        return maker.file
    }

    /// Three planes, each a sum of all three: `factors` row by row.
    package static func mixing(_ factors: [Float]) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 3, nil, nil])
        maker.weights("factors", [3, 3, 1, 1], factors)
        maker.node("Conv", ["picture", "factors"], "clean", ["kernel_shape": .integers([1, 1])])
        maker.output("clean", [1, 3, nil, nil])
        return maker.file
    }

    /// `layers` convolutions of 3 x 3 over `width` planes, with weights that keep values as they are: as much memory and
    /// time as a network of that size.
    package static func deep(layers: Int, width: Int, listed: Bool = false) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil])
        var (last, planes) = ("picture", 1)
        for layer in 0..<layers {
            let result = layer == layers - 1 ? "clean" : "layer\(layer)"
            let made = layer == layers - 1 ? 1 : width
            var weights = [Float](repeating: 0, count: made * planes * 9)
            for plane in 0..<made { weights[(plane * planes + plane % planes) * 9 + 4] = 1 }
            maker.weights("weights\(layer)", [made, planes, 3, 3], weights, listed: listed)
            maker.node(
                "Conv", [last, "weights\(layer)"], result,
                ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])])
            (last, planes) = (result, made)
        }
        maker.output("clean", [1, 1, nil, nil])
        return maker.file
    }

    /// All in half precision: the picture times 1.5.
    package static func halfPrecision() -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil], .half)
        maker.halfWeights("factor", [1], [0x3E00])
        maker.node("Mul", ["picture", "factor"], "clean")
        maker.output("clean", [1, 1, nil, nil], .half)
        return maker.file
    }

    /// Pixels of 8 bits as they are, whose type becomes another one: `picture` to `embedding`.
    package static func casting(
        from type: NumberType, to result: NumberType, shape: [Int?] = [1, 4, 4, 3]
    ) -> [UInt8] {
        var maker = ModelMaker(opset: 13)
        maker.input("picture", shape, type)
        maker.node("Cast", ["picture"], "cast", ["to": .integer(result.rawValue)])
        maker.node("Flatten", ["cast"], "embedding", ["axis": .integer(1)])
        maker.output("embedding", [1, nil], result)
        return maker.file
    }

    /// One factor for every pixel, in a file beside it.
    package static func weightsElsewhere(file: String = "net.onnx.data") -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil])
        maker.weightsElsewhere("kernel", [1, 1, 1, 1], file: file)
        maker.node("Conv", ["picture", "kernel"], "clean", ["kernel_shape": .integers([1, 1])])
        maker.output("clean", [1, 1, nil, nil])
        return maker.file
    }

    /// A layer that no engine knows.
    package static func unknownLayer() -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 1, nil, nil])
        maker.node("Frobnicate", ["picture"], "clean")
        maker.output("clean", [1, 1, nil, nil])
        return maker.file
    }

    /// The mean of each plane, times `labels` factors: `picture` of `size` pixels to `logits` and `embedding`.
    package static func classifier(labels: Int, size: Int = 8) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 3, size, size])
        maker.node("GlobalAveragePool", ["picture"], "means")
        maker.node("Flatten", ["means"], "embedding", ["axis": .integer(1)])
        maker.weights("factors", [labels, 3], (0..<labels * 3).map { Float($0) })
        maker.weights("offsets", [labels], Array(repeating: 0, count: labels))
        maker.node("Gemm", ["embedding", "factors", "offsets"], "logits", ["transB": .integer(1)])
        maker.output("logits", [1, labels])
        maker.output("embedding", [1, 3])
        return maker.file
    }

    /// The mean of each of three planes: `picture` to `embedding`; and sums of the three by `factors`, row by row, a row
    /// for each label: to `logits`.
    package static func weighing(_ factors: [Float], size: Int) -> [UInt8] {
        let labels = factors.count / 3
        var maker = ModelMaker()
        maker.input("picture", [1, 3, size, size])
        maker.node("GlobalAveragePool", ["picture"], "means")
        maker.node("Flatten", ["means"], "embedding", ["axis": .integer(1)])
        maker.weights("factors", [labels, 3], factors)
        maker.weights("offsets", [labels], Array(repeating: 0, count: labels))
        maker.node("Gemm", ["embedding", "factors", "offsets"], "logits", ["transB": .integer(1)])
        maker.output("logits", [1, labels])
        maker.output("embedding", [1, 3])
        return maker.file
    }

    /// Boxes, the same in every picture: `boxes` (left, top, right, bottom of each) and `scores`, of the background and of a
    /// find.
    package static func finding(_ corners: [Float], size: Int) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 3, size, size])
        maker.node("GlobalAveragePool", ["picture"], "means")
        maker.node("Flatten", ["means"], "numbers", ["axis": .integer(1)])
        for (name, values) in [("boxes", corners), ("scores", (0..<corners.count / 4).flatMap { _ in [0.1, 0.9] })] {
            maker.weights("\(name) factors", [values.count, 3], Array(repeating: 0, count: values.count * 3))
            maker.weights("\(name) offsets", [values.count], values)
            maker.node(
                "Gemm", ["numbers", "\(name) factors", "\(name) offsets"], name, ["transB": .integer(1)])
            maker.output(name, [1, values.count])
        }
        return maker.file
    }

    /// One row of numbers, the same in every picture: `rows` of 1 x 1 x as many.
    package static func row(_ numbers: [Float], size: Int) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 3, size, size])
        maker.node("GlobalAveragePool", ["picture"], "means")
        maker.node("Flatten", ["means"], "flat", ["axis": .integer(1)])
        maker.weights("factors", [numbers.count, 3], Array(repeating: 0, count: numbers.count * 3))
        maker.weights("offsets", [numbers.count], numbers)
        maker.node("Gemm", ["flat", "factors", "offsets"], "row", ["transB": .integer(1)])
        maker.node("Unsqueeze", ["row"], "rows", ["axes": .integers([0])])
        maker.output("rows", [1, 1, numbers.count])
        return maker.file
    }

    /// The picture itself, plane by plane, as `embedding`: what a model sees.
    package static func seeing(width: Int, height: Int) -> [UInt8] {
        var maker = ModelMaker()
        maker.input("picture", [1, 3, height, width])
        maker.node("Flatten", ["picture"], "embedding", ["axis": .integer(1)])
        maker.output("embedding", [1, 3 * width * height])
        return maker.file
    }
}
