import CVips
import Conditions
import Glibc
import Jobs
import Pictures
import Pipeline
import Planning
import Stages
import Vips

/// The state of the one job that runs.
final class Job {
    let input: JobInput
    let source: Source
    let context: JobContext
    let plan: Plan
    let progress: (JobProgress) -> Void
    let start = monotonicSeconds()
    /// What is known for the conditions of renditions.
    var facts = ConditionFacts()
    private var applied: [(report: StageReport, place: String)] = []
    private(set) var renditionReports: [RenditionReport] = []
    /// What all renditions are made from, where that is held.
    private var shared: Picture?
    /// By rendition.
    private var shrunk: [Int: Picture] = [:]

    init(input: JobInput, source: Source, context: JobContext, progress: @escaping (JobProgress) -> Void) {
        self.input = input
        self.source = source
        self.context = context
        self.progress = progress
        plan = Plan(for: source.facts, pipeline: input.pipeline)
        context.denoising = plan.denoising
        context.watchesAfterResize = plan.watchesAfterResize
    }

    /// With all that is known of them by now.
    var stageReports: [StageReport] { applied.map { context.completed($0.report, at: $0.place) } }

    func make() throws(JobError) { try plan.animates ? makeAnimation() : makeStills() }

    var wanted: [Rendition] { input.pipeline.renditions.filter(isWanted) }

    private func isWanted(_ rendition: Rendition) -> Bool { isWanted(rendition.name) }
    func isWanted(_ name: String) -> Bool { input.renditions?.contains(name) ?? true }

    func makeStills() throws(JobError) {
        // Where everything was made by earlier attempts, models look all the same: the route may hang on them.
        if wanted.isEmpty, input.pipeline.classifiers.isEmpty { return try readWhole() }
        var base = try source.open(shrink: plan.loadShrink, size: plan.loadSize, context)
        try applyBase(to: &base)
        // However many are wanted this time: a rendition that is made alone, after a crash, is the same to the bit.
        if input.pipeline.renditions.count > 1 {
            try base.applyTurn(context)
            if input.overlaps {
                try base.storeMeanwhile()
            } else {
                try base.store()
                try context.collectFindings()
            }
            shared = base
        }
        if wanted.isEmpty { try lookAlone(&base) }
        try decideLate(base)
        do throws(JobError) {
            var finished: (picture: Picture, of: Rendition)?
            for (index, rendition) in input.pipeline.renditions.enumerated()
            where isWanted(rendition) && rendition.when?.holds(facts) ?? true {
                if let finished, rendition.isSamePixels(as: finished.of) {
                    repeatReports(of: finished.of.name, for: rendition.name)
                    try write([finished.picture], rendition)
                    continue
                }
                finished = nil
                let servesOthers = plan.parents.contains(index)
                var picture = try servesOthers ? shrunk(to: index, from: base) : nearest(to: index, from: base)
                try apply(rendition.stages, to: &picture, rendition: rendition.name)
                if rendition.group != nil {
                    try picture.store()
                    finished = (picture, rendition)
                }
                try write([picture], rendition)
            }
        } catch {
            // Of a source that cannot be read no rendition is at fault.
            throw base.isWholeWhenStored ? error : JobError(error.code, error.message)
        }
    }

    /// Has models look where nothing is to be made: one may wait for the resize of the only rendition.
    func lookAlone(_ picture: inout Picture) throws(JobError) {
        if !picture.waitingClassify.isEmpty, let only = input.pipeline.renditions.first {
            try apply(only.stages, to: &picture, rendition: only.name, reporting: false)
        }
        try context.collectFindings()
    }

    /// Which renditions are made may hang on what models say of the picture that they share, and where they are cut.
    private func decideLate(_ base: Picture) throws(JobError) {
        let open = wanted.compactMap(\.when)
        let needsBoxes = shared != nil && wanted.flatMap(\.stages).contains { $0.boxes != nil }
        guard !open.isEmpty || needsBoxes else { return }
        try base.waitUntilStored()
        try context.collectFindings()
        context.learn(&facts)
        guard open.allSatisfy({ $0.holds(facts) != nil }) else {
            throw JobError(.stageFailed, "it is unclear which renditions to make")
        }
    }

    /// What a rendition is made from.
    private func nearest(to index: Int, from base: Picture) throws(JobError) -> Picture {
        guard let parent = plan.parents[index] else { return base }
        return try shrunk(to: parent, from: base)
    }

    /// The shared picture in the size of a rendition, for that one and all that are made from it; it still stands for
    /// the size that sizes are computed from.
    private func shrunk(to index: Int, from base: Picture) throws(JobError) -> Picture {
        if let known = shrunk[index] { return known }
        guard case .resize(let resize)? = input.pipeline.renditions[index].stages.first else { return base }
        var picture = try nearest(to: index, from: base)
        let geometry = ResizeGeometry(
            of: base.upright, resize, likeShrinkOnLoad: base.roundsLikeShrinkOnLoad)
        try picture.scale(to: geometry.scaled, total: geometry.uniformScale)
        try picture.store()
        shrunk[index] = picture
        return picture
    }

    /// The pipeline's own stages, after the shrink that serves all renditions.
    func applyBase(to picture: inout Picture, reporting: Bool = true) throws(JobError) {
        if let size = plan.baseSize { try picture.scale(to: size, total: plan.baseScale) }
        try apply(input.pipeline.stages, to: &picture, rendition: nil, reporting: reporting)
    }

    func apply(
        _ stages: [Stage], to picture: inout Picture, rendition: String?, reporting: Bool = true
    ) throws(JobError) {
        for (index, stage) in stages.enumerated() {
            context.place = stagePlace(rendition, index)
            if reporting && context.isNew(context.place) { progress(.stage(stage.name, rendition: rendition)) }
            let start = monotonicSeconds()
            do throws(JobError) {
                let details = try stage.operation.apply(to: &picture, context: context)
                guard reporting else { continue }
                let report = StageReport(
                    name: stage.name, rendition: rendition, seconds: monotonicSeconds() - start, details: details)
                applied.append((report, stagePlace(rendition, index)))
            } catch {
                throw error.at(stage.name)
            }
        }
    }

    func add(_ report: RenditionReport) {
        renditionReports.append(report)
        progress(
            .staged(report, stages: stageReports.filter { $0.rendition == nil || $0.rendition == report.name }))
    }

    /// What stages have done for one rendition, for another that is the same pixels.
    private func repeatReports(of name: String, for other: String) {
        for (report, place) in applied where report.rendition == name {
            var report = report
            (report.rendition, report.seconds) = (other, 0)
            applied.append((report, place))
        }
    }

    /// Writes one rendition: a still, or frames that are in memory.
    func write(_ frames: [Picture], _ rendition: Rendition, loop: Loop? = nil) throws(JobError) {
        progress(.encoding(rendition: rendition.name))
        if source.facts.isAnimation && !rendition.encoder.animates {
            context.warn(
                "pages-ignored: \(source.facts.pages) frames, \(rendition.encoder.formatName) gets the first")
        }
        let start = monotonicSeconds()
        do throws(JobError) {
            let limits = rendition.encoder.operation.limits
            var ready: [Image] = []
            var metadata = source.metadata
            for frame in frames {
                var picture = frame
                metadata.orientation = picture.keptOrientation(in: rendition.encoder, input.pipeline.metadata, context)
                try picture.applyTurn(context)
                try picture.conform(to: limits, context)
                ready.append(picture.image)
            }
            guard let first = ready.first else { return }
            guard max(first.width, first.height) <= limits.longestSide else {
                throw JobError(
                    .encodeFailed,
                    "\(first.size.words) is more than \(rendition.encoder.formatName) holds: "
                        + "\(limits.longestSide) pixels on a side")
            }
            let image = try ready.count > 1 ? loop?.join(ready) ?? first : first
            let name = input.stagedName(rendition.name)
            let finished = FinishedPicture(image: image, first: first, metadata: metadata)
            var encoded = try encode(finished, rendition, as: name)
            try replaceIfSmaller(&encoded, rendition, as: name)
            // It may have needed less than all of it.
            try shared?.waitUntilStored()
            try context.collectFindings()
            let bytes = try encoded.file.size()
            let digest = try input.digest(encoded.file.descriptor, bytes)
            encoded.file.keep()
            var report = RenditionReport(
                name: rendition.name, path: name, format: rendition.encoder.formatName, width: encoded.size.width,
                height: encoded.size.height, pages: ready.count, bytes: bytes, sha256: digest,
                seconds: monotonicSeconds() - start)
            report.page = input.page?.number
            report.sizing = encoded.sizing
            report.original = encoded.isOriginal ? true : nil
            add(report)
        } catch {
            throw error.at(rendition.name)
        }
    }
}

extension JobError {
    /// Names the stage or rendition at work, unless one is named.
    fileprivate func at(_ stage: String) -> JobError {
        JobError(code, message, stage: self.stage ?? stage)
    }
}
