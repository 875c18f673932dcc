import CResample
import Glibc
package import Inference
package import Jobs
import Models
package import Pipeline
package import Planning
import Schema
package import Vips

extension OpenModel {
    /// Looks at a small picture.
    package func classification(
        of picture: SmallPicture, view: ModelView, _ classify: Classify
    ) throws(InferenceError) -> Classification {
        // With what its graph says of itself.
        let description = network?.description ?? self.description
        var result = Classification(name: classify.name, model: description.shortName, digest: description.identity)
        let outputs = description.outputs
        var named: [String: NeuralNetwork.Tensor] = [:]
        if let network {
            let asked = outputs.named(embedding: classifier != nil || classify.embedding)
            let wanted = asked.map(network.outputName)
            let count = picture.size.pixels * description.input.channels.count
            let tensors = try network.run(count: count, outputs: wanted) { description.write(picture, to: $0) }
            for (name, tensor) in zip(asked, tensors) { named[name] = tensor }
        }
        func values(_ name: String?) throws(InferenceError) -> [Float]? {
            guard let name, let tensor = named[name] else { return nil }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw .broken("its output '\(name)' contains invalid numbers (NaN or infinity)")
            }
            return tensor.values
        }
        let features = try description.features == .descriptor ? picture.descriptor() : values(outputs.embedding)
        if let classifier, let features {
            result.report(try classifier.scores(of: features).map(Double.init), of: classify)
        } else if let logits = try values(outputs.logits) {
            result.report(softmax(logits), of: classify)
        } else if let probabilities = try values(outputs.probabilities) {
            result.report(probabilities.map(Double.init), of: classify)
        }
        if let decoder = BoxDecoder(description) {
            let parts = decoder.names.compactMap { named[$0] }.map {
                BoxDecoder.Output(shape: $0.shape, values: $0.values)
            }
            result.report(
                try decoder.detections(in: parts, threshold: classify.threshold), of: classify, frame: view.frame)
        }
        if classify.embedding { (result.embedding, result.fingerprint) = (features, picture.fingerprint()) }
        return result
    }
}

extension ModelDescription {
    /// For people: the file that the results are of.
    fileprivate var shortName: String { String(shownName.split(separator: "/").last ?? "") }

    fileprivate var ignoresProfile: Bool { features == .network && input.profile == .ignore }

    /// SHA-256 of that file.
    fileprivate var identity: String { classifier?.digest ?? digest }
}

extension ModelDescription {
    /// The pixels as the network gets them.
    fileprivate func write(_ picture: SmallPicture, to numbers: UnsafeMutableBufferPointer<Float>) {
        let (count, channels) = (picture.size.pixels, input.channels.count)
        picture.pixels.withUnsafeBufferPointer { pixels in
            if input.channels == .grey {
                let (mean, divide) = (Float(input.mean(of: 0)), Float(divide(of: 0)))
                for pixel in 0..<count { numbers[pixel] = (brightness(pixels, pixel) - mean) / divide }
                return
            }
            // What each of the 256 values becomes, channel by channel.
            let known = (0..<channels).flatMap { channel in
                let (mean, divide) = (Float(input.mean(of: channel)), Float(divide(of: channel)))
                return (0..<256).map { (Float($0) - mean) / divide }
            }
            let (first, last) = input.channels == .bgr ? (2, 0) : (0, 2)
            let (step, next) = layout == .nchw ? (1, count) : (channels, 1)
            known.withUnsafeBufferPointer { known in
                for pixel in 0..<count {
                    let place = pixel * step
                    numbers[place] = known[Int(pixels[pixel * 3 + first])]
                    numbers[place + next] = known[256 + Int(pixels[pixel * 3 + 1])]
                    numbers[place + 2 * next] = known[512 + Int(pixels[pixel * 3 + last])]
                }
            }
        }
    }

    private func brightness(_ pixels: UnsafeBufferPointer<UInt8>, _ pixel: Int) -> Float {
        0.299 * Float(pixels[pixel * 3]) + 0.587 * Float(pixels[pixel * 3 + 1]) + 0.114 * Float(pixels[pixel * 3 + 2])
    }
}

extension Picture {
    /// Lets the models of stages look at the picture, once it is read.
    package mutating func watch(_ classify: Classify, at place: String, _ context: JobContext) throws(JobError) {
        guard sluice_can_watch(image.pointer) else {
            throw JobError(.stageFailed, "pixels of this kind cannot be classified", stage: "classify")
        }
        let view = ModelView(
            of: image.size, nominal: nominal, scale: scale, orientation: isTurned ? turn : orientation,
            for: classify.model)
        var part = view.part
        let watched = try Image.make { sluice_watch(image.pointer, &$0, &part, 1, image.hasAlpha) }
        context.classifyOnceRead(.init(classify: classify, place: place, view: view, image: watched))
        // What is in memory is read for this alone; what streams is read by those who come after.
        if isSequential { image = watched }
    }

    /// What has waited for the picture to be shrunk.
    package mutating func watchWaiting(_ context: JobContext) throws(JobError) {
        let waiting = waitingClassify
        waitingClassify = []
        for (classify, place) in waiting { try watch(classify, at: place, context) }
    }
}

/// A picture that a model looks at once it was read.
package struct WatchedPicture {
    package let classify: Classify
    package let place: String
    package let view: ModelView
    package let image: Image
}

extension JobContext {
    /// To be called when all that was made so far was read: looks at what streamed by.
    package func classifyWatched() throws(JobError) {
        let all = takeWatched()
        var gathered: [Image] = []
        // What has not been read yet is read by the last one, through all those before it.
        for watched in all.reversed() {
            gathered.append(
                try Image.make(failing: .damaged) { sluice_watched_part(watched.image.pointer, 0, &$0) })
        }
        for (watched, small) in zip(all, gathered.reversed()) {
            do throws(JobError) {
                let start = monotonicSeconds()
                let picture = try SmallPicture(
                    small, view: watched.view, ignoresProfile: watched.classify.model.ignoresProfile, self)
                let found = try classify(picture, watched)
                remember(found, at: watched.place, seconds: monotonicSeconds() - start)
            } catch {
                throw JobError(error.code, error.message, stage: error.stage ?? "classify")
            }
        }
    }

    private func classify(_ picture: SmallPicture, _ watched: WatchedPicture) throws(JobError) -> Classification {
        let model = try openModel(watched.classify.model)
        do throws(InferenceError) {
            return try model.classification(of: picture, view: watched.view, watched.classify)
        } catch {
            let code: ErrorCode = error == .noMemory ? .memoryLimit : .stageFailed
            throw JobError(code, "The model \(model.description.shownName) cannot be used: \(error)")
        }
    }
}
