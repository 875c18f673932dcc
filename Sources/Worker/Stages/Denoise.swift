import CDenoise
import CNoise
import CResample
import CVips
import Glibc
import Inference
package import Jobs
import Models
package import Pictures
package import Pipeline
package import Planning
import Text
import Vips

extension Denoise: PictureStage {
    /// Sizes are the same wherever it is done. Whether a shrink may come first is `DenoisePlacement`'s to say.
    package func plan(_ picture: inout PlannedPicture) {}

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        if case .byResize? = context.denoising[context.place] {
            picture.waitingDenoise.append((self, context.place))
        } else {
            try picture.denoise(self, at: context.place, context)
        }
        // Findings are reported by place: they may come later, during another stage.
        return [:]
    }
}

/// Noise below this is invisible; on the 8-bit scale.
private let leastSigma = 0.5

extension Picture {
    /// What has waited for the picture to be shrunk.
    package mutating func denoiseWaiting(_ context: JobContext) throws(JobError) {
        let waiting = waitingDenoise
        waitingDenoise = []
        for (denoise, place) in waiting {
            do throws(JobError) {
                try self.denoise(denoise, at: place, context)
            } catch {
                // It is another stage that is at work.
                throw JobError(error.code, error.message, stage: error.stage ?? "denoise")
            }
        }
    }

    /// Denoises the pixels as they lie, in the picture's own profile; CMYK becomes sRGB. Alpha is left alone.
    package mutating func denoise(_ how: Denoise, at place: String, _ context: JobContext) throws(JobError) {
        context.report(how.reportedMethod, as: "method", at: place)
        switch context.denoising[place] {
        case .byResize?, .onBase?: context.report("after the shrink to \(image.size.words)", as: "place", at: place)
        case .asWritten?, nil: break
        }
        switch how.method {
        case .auto, .dct, .model: try denoiseByNoise(how, at: place, context)
        case .median, .gaussian:
            guard how.strength > 0 else { return context.report("strength 0", as: "skipped", at: place) }
            if let sigma = how.sigma { context.report(shortDecimals(sigma, most: 2), as: "sigma", at: place) }
            try requireRGB(context)
            image = try image.filteringColours { colours throws(JobError) in try how.filter(colours) }
        }
    }

    private mutating func denoiseByNoise(_ how: Denoise, at place: String, _ context: JobContext) throws(JobError) {
        guard how.strength > 0 || how.chroma > 0 && !image.isGrey else {
            return context.report("strength 0", as: "skipped", at: place)
        }
        // Of what is skipped nothing changes, not even its colour space.
        var colours = self
        try colours.requireRGB(context)
        guard sluice_can_denoise(colours.image.pointer) else {
            throw JobError(.stageFailed, "pixels of this kind cannot be denoised")
        }
        let noise: sluice_noise
        if let sigma = how.sigma {
            let left = sigma * noiseLeftByShrinking
            context.report(shortDecimals(sigma, most: 2), as: "sigma", at: place)
            if left != sigma { context.report(shortDecimals(left, most: 2), as: "sigmaShrunk", at: place) }
            guard left >= leastSigma || left == sigma else { return context.report("clean", as: "skipped", at: place) }
            noise = whiteNoise(left, in: colours.image)
        } else {
            noise = try colours.noise(at: place, context)
            let isClean = noise.is_clean || Double(noise.sigma) < leastSigma
            if !isClean { context.retractSkipped(at: place) }
            context.report(shortDecimals(Double(noise.sigma), most: 2), as: "sigma", at: place)
            if isClean { return context.report("clean", as: "skipped", at: place) }
        }
        if let model = how.model {
            context.report(model.digest, as: "model", at: place)
            let sigma = Double(noise.sigma) * how.strength
            guard let network = try context.openModel(model).network else {
                throw JobError(.stageFailed, "The model \(model.file) does not denoise.")
            }
            let denoised = try colours.image.filteringColours { colours throws(JobError) in
                let denoised = try colours.denoised(by: network, sigma: sigma)
                context.reportOnceRead(denoised, at: place, sigma: nil)
                return denoised
            }
            colours.image = denoised
        } else {
            let denoised = try colours.image.denoised(how, noise, threads: context.threads)
            context.reportOnceRead(denoised, at: place, sigma: Double(noise.sigma))
            colours.image = denoised
        }
        self = colours
    }

    /// What is in this very picture. A picture that can be read once is gone then, and the job begins again with what
    /// was found.
    private func noise(at place: String, _ context: JobContext) throws(JobError) -> sluice_noise {
        if let known = context.noises[place] { return known }
        let start = monotonicSeconds()
        var found = sluice_noise()
        guard sluice_measure_noise(image.pointer, image.hasAlpha, &found) == 0 else {
            throw takeVipsError(or: .damaged)
        }
        context.remember(found, at: place, seconds: monotonicSeconds() - start)
        if isSequential { throw context.beginAgain() }
        return found
    }

    private func whiteNoise(_ sigma: Double, in image: Image) -> sluice_noise {
        var noise = sluice_noise()
        sluice_noise_white(&noise, image.isGrey ? 1 : 3, Float(sigma))
        return noise
    }

    /// What part is left of white noise in the picture that this one stands for: what the decoder has shrunk was resampled
    /// then.
    private var noiseLeftByShrinking: Double {
        let loaded = nominal.scaled(horizontal: loadScale, vertical: loadScale)
        return loadNoise * sluice_resampled_noise(Int32(loaded.width), Int32(image.width))
            * sluice_resampled_noise(Int32(loaded.height), Int32(image.height))
    }
}

/// Lines that are kept for stages that read them again.
private let keptLines = 64

extension Denoise {
    fileprivate var reportedMethod: String { method == .auto ? Method.dct.rawValue : method.rawValue }

    /// Median of 3 x 3 pixels, or of 5 x 5 where more is asked for; or a blur of 0.8 pixels and more.
    fileprivate func filter(_ image: Image) throws(JobError) -> Image {
        guard method == .median else { return try image.blurred(sigma: 0.8 * strength).cast(to: image.format) }
        let side = strength * (sigma ?? 20) > 20 ? 5 : 3
        // libvips needs as many pixels each way.
        return try min(image.width, image.height) < side ? image : image.median(side: side)
    }
}

extension Denoise.Quality {
    fileprivate var parameter: sluice_denoise_quality {
        switch self {
        case .fast: SLUICE_DENOISE_FAST
        case .good: SLUICE_DENOISE_GOOD
        case .best: SLUICE_DENOISE_BEST
        }
    }
}

extension Image {
    fileprivate func denoised(_ how: Denoise, _ noise: sluice_noise, threads: Int) throws(JobError) -> Image {
        var parameters = sluice_denoising()
        parameters.noise = noise
        (parameters.strength, parameters.chroma) = (Float(how.strength), Float(how.chroma))
        parameters.detail = Float(how.detail)
        parameters.quality = how.quality.parameter
        parameters.threads = Int32(threads)
        parameters.has_alpha = hasAlpha
        parameters.kept_lines = Int32(keptLines)
        return try Image.make { sluice_denoise(pointer, &$0, &parameters) }
    }

    fileprivate func median(side: Int) throws(JobError) -> Image {
        try Image.make { sluice_median(pointer, &$0, Int32(side)) }
    }

    /// Does `filter` to the colours, and leaves alpha as it is.
    fileprivate func filteringColours(_ filter: (Image) throws(JobError) -> Image) throws(JobError) -> Image {
        guard hasAlpha else { return try filter(self) }
        let filtered = try filter(try extractedBands(first: 0, count: bands - 1))
        return try filtered.joined(with: try extractedBands(first: bands - 1, count: 1)).interpreted(as: interpretation)
    }
}
