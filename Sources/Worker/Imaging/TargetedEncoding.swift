import CSimilarity
import Glibc
import Jobs
import Pictures
import Pipeline
import Planning
import Vips

extension Job {
    /// Makes files of one picture until one keeps to the target: as large as it may be, or as small.
    func encode(
        _ finished: FinishedPicture, _ encoder: Rendition.Encoder, keepingTo target: EncodingTarget, as name: String
    ) throws(JobError) -> EncodedRendition {
        var finished = finished
        try finished.store()
        var attempts = TargetedFiles(job: self, picture: finished, encoder: encoder, name: name)
        if let ssim = target.ssim { try attempts.reach(ssim, from: target.least) }
        if let most = target.maxBytes {
            try attempts.fit(most, from: target.least)
            if target.shrink { try attempts.shrink(to: most, from: target.least) }
        }
        return try attempts.finish(target)
    }
}

/// The files that are tried for one rendition. The best is kept meanwhile.
private struct TargetedFiles: ~Copyable {
    /// So many are made at one size; the search mostly takes two.
    private static let mostTries = 8
    /// So many sizes are tried, each a little smaller than reckoned.
    private static let mostSizes = 5
    private static let shortestSide = 16
    /// A similarity is kept to so much.
    private static let nearness = 0.001
    /// Of the time that an attempt may take.
    private static let shareOfTime = 0.8

    let job: Job
    /// As it was before it was made smaller.
    let whole: FinishedPicture
    var picture: FinishedPicture
    let encoder: Rendition.Encoder
    let name: String

    private var best: StagedFile?
    private var quality: Int?
    private var bytes: UInt64 = 0
    private var ssim: Double?
    private var tries = 0
    private var isOutOfTime = false
    private var longest = 0.0
    /// By quality, of the size at work.
    private var sizes: [Int: UInt64] = [:]
    private let start = monotonicSeconds()

    init(job: Job, picture: FinishedPicture, encoder: Rendition.Encoder, name: String) {
        self.job = job
        whole = picture
        self.picture = picture
        self.encoder = encoder
        self.name = name
    }

    /// The smallest file that looks like the picture.
    mutating func reach(_ similarity: Double, from least: Int) throws(JobError) {
        guard let most = encoder.quality else { return }
        func measure(_ ssim: Double) -> Double { -log(max(1 - ssim, 1e-6)) }
        var search = QualitySearch(
            goal: measure(similarity - Self.nearness), side: .above, range: least...most,
            curve: encoder.similarityCurve,
            enough: measure(min(similarity + Self.nearness, 0.99999)) - measure(similarity - Self.nearness))
        try sample(&search) { part, file throws(JobError) in
            measure(try self.similarity(of: file, to: part.first))
        }
        while let quality = search.next, mayTry(search.tried.count) {
            let file = try makeFile(quality)
            let ssim = try self.similarity(of: file, to: picture.first)
            search.learn(quality, measure(ssim))
            if search.answer == quality || (search.answer == nil && self.ssim ?? 0 < ssim) {
                try take(file, quality, ssim)
            }
        }
    }

    /// The largest file of so many bytes; where there is none, the smallest.
    mutating func fit(_ most: UInt64, from least: Int) throws(JobError) {
        if best != nil, bytes <= most { return }
        guard let highest = quality ?? encoder.quality else {
            if best == nil { try take(try makeFile(nil), nil, nil) }
            return
        }
        let pixels = Double(picture.image.size.pixels)
        func measure(_ bytes: UInt64) -> Double { log(Double(max(bytes, 1)) / pixels) }
        var search = QualitySearch(
            goal: measure(most), side: .below, range: min(least, highest)...highest, curve: encoder.sizeCurve,
            enough: 0.05)
        for (quality, bytes) in sizes { search.learn(quality, measure(bytes)) }
        let before = search.tried.count
        if before == 0 {
            let profile = picture.image.blob("icc-profile-data")?.count ?? 0
            try sample(&search) { part, file throws(JobError) in
                let bytes = Double(try file.size()) - encoder.headerBytes
                let whole = bytes * pixels / Double(part.image.size.pixels) + encoder.headerBytes + Double(profile)
                return measure(UInt64(max(1, whole)))
            }
        }
        while let quality = search.next, mayTry(search.tried.count - before) {
            let file = try makeFile(quality)
            let bytes = try file.size()
            search.learn(quality, measure(bytes))
            let isBetter = search.answer == quality || (search.answer == nil && (best == nil || bytes < self.bytes))
            if isBetter { try take(file, quality, nil) }
        }
        if search.answer == nil, let lowest = search.tried.keys.min(), lowest > search.range.lowerBound {
            // Time has run out before the lowest was reached.
            try take(try makeFile(search.range.lowerBound), search.range.lowerBound, nil)
        }
    }

    /// Smaller pictures, until a file of one fits.
    mutating func shrink(to most: UInt64, from least: Int) throws(JobError) {
        for _ in 0..<Self.mostSizes where bytes > most && !picture.isAnimation && !isOutOfTime {
            let scale = min((Double(most) / Double(bytes)).squareRoot() * 0.97, 0.97)
            let size = picture.image.size.scaled(horizontal: scale, vertical: scale)
            guard min(size.width, size.height) >= Self.shortestSide else { return }
            picture = try whole.scaled(to: size)
            best = nil
            (quality, sizes) = (nil, [:])
            try fit(most, from: least)
        }
    }

    consuming func finish(_ target: EncodingTarget) throws(JobError) -> EncodedRendition {
        if best == nil { try take(try makeFile(encoder.quality), encoder.quality, nil) }
        let (size, sizing) = (
            picture.first.size, RenditionReport.Sizing(quality: quality, tries: tries, ssim: ssim)
        )
        warn(target)
        guard var file = best.take() else { throw JobError(.encodeFailed, "no file was made") }
        try file.rename(to: name)
        return EncodedRendition(file: file, size: size, sizing: sizing)
    }

    private func warn(_ target: EncodingTarget) {
        let format = encoder.formatName
        if let most = target.maxBytes, bytes > most {
            let reason =
                isOutOfTime
                ? "limits.time leaves no time for further tries"
                : quality.map { "quality \($0) is the lowest to try" } ?? "\(format) has no quality here"
            job.context.warn("max-bytes: a \(format) rendition has \(bytes) bytes, not \(most): \(reason)")
        }
        if let least = target.ssim, let ssim, ssim < least - Self.nearness, let quality {
            job.context.warn(
                "quality: a \(format) rendition keeps an ssim of \(rounded(ssim)), not \(rounded(least)), at quality "
                    + "\(quality)")
        }
        if picture.first.size != whole.first.size {
            job.context.warn(
                "shrunk-to-fit: a \(format) rendition is \(picture.first.size.words), not \(whole.first.size.words), because of "
                    + "max-bytes")
        }
    }

    private func rounded(_ ssim: Double) -> Double { (ssim * 10_000).rounded() / 10_000 }

    /// Whether there are tries and time left for another one.
    private mutating func mayTry(_ count: Int) -> Bool {
        if count == 0 { return true }
        let left = job.input.pipeline.limits.time * Self.shareOfTime - (monotonicSeconds() - job.start)
        if longest * 1.5 > left { isOutOfTime = true }
        return count < Self.mostTries && !isOutOfTime
    }

    private mutating func makeFile(_ quality: Int?) throws(JobError) -> StagedFile {
        let start = monotonicSeconds()
        tries += 1
        var encoder = encoder
        encoder.quality = quality
        let file = try job.makeFile(of: picture, encoder, as: "\(name).\(tries)")
        if let quality { sizes[quality] = try file.size() }
        longest = max(longest, monotonicSeconds() - start)
        return file
    }

    private mutating func take(_ file: consuming StagedFile, _ quality: Int?, _ ssim: Double?) throws(JobError) {
        bytes = try file.size()
        best = consume file
        (self.quality, self.ssim) = (quality, ssim)
    }

    /// Measures strips from all over the picture, twice, so that the first whole file is near its goal already: an eighth of an
    /// encode each.
    private func sample(
        _ search: inout QualitySearch,
        _ measure: (FinishedPicture, borrowing StagedFile) throws(JobError) -> Double
    ) throws(JobError) {
        guard search.range.count > 1, let part = try strips() else { return }
        for number in 1...2 {
            guard let quality = search.next, quality != search.sample?.quality else { return }
            var encoder = encoder
            encoder.quality = quality
            let file = try StagedFile(in: job.input.stagingDirectory, name: "\(name).sample\(number)")
            try file.write(part.image, by: encoder.operation)
            search.sample = (quality, try measure(part, file))
        }
    }

    /// Nil of pictures so small that they are quickly encoded whole.
    private func strips() throws(JobError) -> FinishedPicture? {
        let (count, image) = (12, picture.image)
        let height = max(16, image.height / 8 / count / 16 * 16)
        guard !picture.isAnimation, image.height >= 4 * count * height, image.width >= 256 else { return nil }
        var strips: [Image] = []
        for number in 0..<count {
            let top = (image.height - height) * number / (count - 1)
            strips.append(
                try image.extracted(PixelRectangle(left: 0, top: top, width: image.width, height: height)))
        }
        var part = picture
        let stacked = try Image.stacked(strips)
        part.image = try stacked.removingFields(stacked.fieldNames.filter { $0.hasSuffix("-data") })
        try part.store()
        part.first = part.image
        return part
    }

    /// Of what the file says, decoded, to what it was made of.
    private func similarity(of file: borrowing StagedFile, to picture: Image) throws(JobError) -> Double {
        let decoded = try Loader(descriptor: file.descriptor, format: encoder.format, damage: .none).open()
        var result = 0.0
        let (original, copy) = (try picture.comparable(), try decoded.comparable())
        guard sluice_similarity(original.pointer, copy.pointer, &result) == 0 else {
            throw takeVipsError(or: .encodeFailed)
        }
        return result
    }
}

extension Image {
    /// Colours under a transparent part are nobody's to see.
    fileprivate func comparable() throws(JobError) -> Image {
        guard hasAlpha else { return self }
        let grey = fullScale / 2
        return try flattened(background: isGrey ? [grey] : [grey, grey, grey])
    }
}
