import CConvolution
import Testing

/// A convolution with numbers of its own, and what comes of it in the plainest way.
private struct Sample {
    var convolution = sluice_convolution()
    var size = sluice_convolution_pair(), result = sluice_convolution_pair()
    var weights: [Float] = [], planes: [Float] = [], scales: [Float] = [], offsets: [Float] = []
    var least = -Float.infinity, most = Float.infinity

    init(
        _ convolution: sluice_convolution, size: sluice_convolution_pair, cut: sluice_convolution_pair, dice: inout Dice
    ) {
        (self.convolution, self.size) = (convolution, size)
        func room(_ part: KeyPath<sluice_convolution_pair, Int32>) -> Int32 {
            let extent = (convolution.kernel[keyPath: part] - 1) * convolution.dilation[keyPath: part] + 1
            let left = size[keyPath: part] + 2 * convolution.padding[keyPath: part] - extent
            return left < 0 ? 0 : max(1, left / convolution.stride[keyPath: part] + 1 - cut[keyPath: part])
        }
        result = .init(down: room(\.down), across: room(\.across))
        weights = dice.floats(Int(convolution.outputs) * steps)
        planes = dice.floats(Int(convolution.inputs * size.down * size.across))
        scales = dice.floats(Int(convolution.outputs))
        offsets = dice.floats(Int(convolution.outputs))
    }

    /// Numbers that an output pixel is a sum of.
    var steps: Int {
        Int(convolution.inputs / convolution.groups * convolution.kernel.down * convolution.kernel.across)
    }
    var products: Int { Int(convolution.outputs * result.down * result.across) * steps }

    /// With memory that starts as badly as it may, and NaN wherever nothing was written.
    func convolved() -> [Float] {
        var shape = convolution
        let packed = aligned(sluice_convolution_packed(&shape)), scratch = aligned(sluice_convolution_scratch(&shape))
        defer {
            packed.deallocate()
            scratch.deallocate()
        }
        sluice_convolution_pack(&shape, weights, packed.baseAddress)
        var results = [Float](repeating: .nan, count: Int(convolution.outputs * result.down * result.across) + 1)
        scales.withUnsafeBufferPointer { scales in
            offsets.withUnsafeBufferPointer { offsets in
                var finish = sluice_convolution_finish(
                    scales: scales.baseAddress, offsets: offsets.baseAddress, least: least, most: most)
                sluice_convolve(
                    &shape, packed.baseAddress, &finish, planes, size, &results, result, scratch.baseAddress)
            }
        }
        #expect(results.removeLast().isNaN, "it writes behind its end")
        return results
    }

    private func aligned(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 64).bindMemory(
            to: Float.self)
        memory.initialize(repeating: .nan)
        return memory
    }

    func expected() -> [Float] {
        let shape = convolution
        let outputs = Int(shape.outputs / shape.groups), inputs = Int(shape.inputs / shape.groups)
        var results: [Float] = []
        for output in 0..<Int(shape.outputs) {
            for y in 0..<Int(result.down) {
                for x in 0..<Int(result.across) {
                    var sum = 0.0, weight = output * steps
                    for input in 0..<inputs {
                        let plane = (output / outputs * inputs + input) * Int(size.down)
                        for ky in 0..<Int(shape.kernel.down) {
                            let row =
                                y * Int(shape.stride.down) - Int(shape.padding.down) + ky * Int(shape.dilation.down)
                            for kx in 0..<Int(shape.kernel.across) {
                                let column =
                                    x * Int(shape.stride.across) - Int(shape.padding.across)
                                    + kx * Int(shape.dilation.across)
                                if row >= 0, row < size.down, column >= 0, column < size.across {
                                    sum +=
                                        Double(weights[weight])
                                        * Double(planes[(plane + row) * Int(size.across) + column])
                                }
                                weight += 1
                            }
                        }
                    }
                    let value = Float(sum) * scales[output] + offsets[output]
                    results.append(min(max(value, least), most))
                }
            }
        }
        return results
    }

    /// The largest difference, of numbers that are sums of `steps` products below 1.
    var error: Float {
        let pairs = zip(convolved(), expected())
        return pairs.map { abs($0 - $1) }.reduce(0) { $0 >= $1 ? $0 : ($1.isNaN ? .infinity : $1) }
    }
}

/// The same numbers every time.
private struct Dice {
    var state: UInt64

    mutating func roll(_ range: ClosedRange<Int>) -> Int32 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int32(range.lowerBound + Int(state >> 33) % range.count)
    }

    mutating func pair(_ range: ClosedRange<Int>) -> sluice_convolution_pair {
        .init(down: roll(range), across: roll(range))
    }

    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(roll(-1000...1000)) / 1000 } }
}

@Suite struct ConvolutionTests {
    @Test func `Convolutions of every shape are the sums of their products`() {
        var dice = Dice(state: 7), done = 0
        while done < 150 {
            let groups: Int32 = dice.roll(0...2) == 0 ? dice.roll(2...4) : 1
            let square = dice.roll(0...2)
            let shape = sluice_convolution(
                inputs: groups * dice.roll(1...(square == 0 ? 130 : 40)), outputs: groups * dice.roll(1...40),
                groups: groups,
                kernel: square == 0 ? .init(down: 1, across: 1) : dice.pair(1...5), stride: dice.pair(1...3),
                dilation: dice.pair(1...2), padding: dice.pair(0...3))
            done += check(shape, size: dice.pair(1...70), cut: dice.pair(0...1), dice: &dice)
        }
    }

    @Test func `Convolutions plane by plane are the sums of their products`() {
        var dice = Dice(state: 11), done = 0
        while done < 150 {
            let planes = dice.roll(2...20)
            let shape = sluice_convolution(
                inputs: planes, outputs: planes * dice.roll(1...2), groups: planes,
                kernel: dice.roll(0...1) == 0 ? .init(down: 3, across: 3) : dice.pair(1...6), stride: dice.pair(1...3),
                dilation: dice.pair(1...2), padding: dice.pair(0...3))
            done += check(shape, size: dice.pair(1...70), cut: dice.pair(0...1), dice: &dice)
        }
    }

    @Test func `A picture wider than the parts that planes are done in is convolved whole`() {
        var dice = Dice(state: 13)
        for stride: Int32 in 1...2 {
            for (inputs, outputs, groups) in [(2, 2, 2), (2, 3, 1)] as [(Int32, Int32, Int32)] {
                let shape = sluice_convolution(
                    inputs: inputs, outputs: outputs, groups: groups, kernel: .init(down: 3, across: 3),
                    stride: .init(down: stride, across: stride), dilation: .init(down: 1, across: 1),
                    padding: .init(down: 1, across: 1))
                #expect(
                    check(shape, size: .init(down: 140, across: 1100), cut: .init(), dice: &dice, most: 10_000_000) == 1
                )
            }
        }
    }

    @Test func `The working memory stays below a mebibyte for kernels as networks have them`() {
        for kernel: Int32 in [1, 3, 7, 11, 31] {
            for (inputs, groups) in [(3, 1), (2048, 1), (960, 960)] as [(Int32, Int32)] {
                var shape = sluice_convolution(
                    inputs: inputs, outputs: 960, groups: groups, kernel: .init(down: kernel, across: kernel),
                    stride: .init(down: 2, across: 2), dilation: .init(down: 1, across: 1), padding: .init())
                #expect(sluice_convolution_scratch(&shape) * 4 < 1 << 20)
            }
        }
    }

    /// 1 when it was one that can be computed, and quickly.
    private func check(
        _ shape: sluice_convolution, size: sluice_convolution_pair, cut: sluice_convolution_pair, dice: inout Dice,
        most: Int = 60_000
    ) -> Int {
        var sample = Sample(shape, size: size, cut: cut, dice: &dice)
        guard 1...most ~= sample.products else { return 0 }
        if dice.roll(0...1) == 0 { (sample.least, sample.most) = (0, 6) }
        #expect(sample.error < 2e-6 * Float(sample.steps + 4), "\(shape), \(size), \(sample.result)")
        return 1
    }
}
