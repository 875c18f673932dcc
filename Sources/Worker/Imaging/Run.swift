import CVips
import Conditions
import Glibc
import Inference
import Jobs
import Metadata
import Models
import Pictures
import Pipeline
import Planning
import Vips

/// Makes what is made of one picture.
func runPicture(
    _ input: JobInput, progress: (JobProgress) -> Void = { _ in }
) throws(JobError) -> JobOutput {
    if let preview = input.raw?.withoutDeveloping {
        return try runDeveloping(input, orWith: preview, progress: progress)
    }
    if input.restreams {
        if let output = try runRestreamed(input, progress: progress) { return output }
        // What was said already is not said again.
        return try attempt(input) { event in if case .opened = event {} else { progress(event) } }
    }
    return try attempt(input, progress: progress)
}

/// - Returns: nil when the source turned out, on the way, to be nothing that can be restreamed. Nothing is left of it
///   then: no rendition is kept before its picture was read without failure.
private func runRestreamed(
    _ input: JobInput, progress: (JobProgress) -> Void
) throws(JobError) -> JobOutput? {
    var restreamed: RestreamedInput?
    do throws(JobError) {
        return try attempt(input, openedThrough: { restreamed = $0 }, progress: progress)
    } catch {
        if restreamed?.hasFailed == true { return nil }
        throw error
    }
}

/// Takes the embedded picture where LibRaw can do nothing with the sensor's values. Nothing is left of what failed.
private func runDeveloping(
    _ input: JobInput, orWith preview: RAWReading, progress: (JobProgress) -> Void
) throws(JobError) -> JobOutput {
    do throws(JobError) {
        return try attempt(input, progress: progress)
    } catch {
        guard [.unsupportedFormat, .damaged, .truncated, .beyondRepair].contains(error.code), canDevelopRAW else {
            throw error
        }
        var input = input
        input.raw = preview
        var output = try attempt(input, progress: progress)
        output.warnings.insert("raw: not developed, \(preview.words) is used: \(error.message)", at: 0)
        return output
    }
}

private func attempt(
    _ input: JobInput, openedThrough: ((RestreamedInput) -> Void)? = nil, progress: (JobProgress) -> Void
) throws(JobError) -> JobOutput {
    let context = beginJob(
        input.pipeline, overlaps: input.overlaps, companions: input.companions, openFile: input.openFile,
        openModel: input.openModel)
    defer { endJob() }
    let source: Source
    do throws(JobError) {
        source = try Source(
            descriptor: input.descriptor, fileSize: input.fileSize, pipeline: input.pipeline, page: input.page,
            raw: input.raw, context)
    } catch {
        throw input.pipeline.limits.damage == .none ? error.beyondRepair : error
    }
    progress(.opened(source.facts))
    return try withoutActuallyEscaping(progress) { progress throws(JobError) in
        try work(input, source, context, openedThrough: openedThrough, progress: progress)
    }
}

/// Finds out what conditions ask for, and does what they come to.
private func work(
    _ input: JobInput, _ source: Source, _ context: JobContext, openedThrough: ((RestreamedInput) -> Void)?,
    progress: @escaping (JobProgress) -> Void
) throws(JobError) -> JobOutput {
    var facts = source.conditionFacts(name: input.sourceName, readExif: input.readExif)
    var input = input
    var resolved = input.pipeline.resolving(facts)
    // Each settles one condition, for certain.
    while let looking = resolved.lookingPass(facts, isAnimation: source.facts.isAnimation) {
        input.pipeline = looking.pipeline
        _ = try pass(input, source, context, openedThrough: openedThrough, progress: progress) { job throws(JobError) in
            try job.look(measuringNoise: looking.measuresNoise)
        }
        for (passed, own) in looking.places { context.move(from: passed, to: own) }
        let (before, open) = (facts.classifications.count, resolved.openConditions.count)
        context.learn(&facts)
        resolved = resolved.pipeline.resolving(facts)
        guard resolved.openConditions.count < open || facts.classifications.count > before else {
            throw JobError(.stageFailed, resolved.wanted)
        }
    }
    input.pipeline = resolved.known
    let job = try pass(input, source, context, openedThrough: openedThrough, progress: progress) {
        job throws(JobError) in
        job.facts = facts
        try job.make()
        try job.copyOriginals()
    }
    context.learn(&facts)
    // What was not done has found nothing.
    for name in input.pipeline.classifiers where facts.classifications[name] == nil {
        facts.classifications[name] = .found(nil)
    }
    return JobOutput(
        source: source.facts, exif: source.metadata.exif, xmp: source.metadata.xmp?.packet,
        filling: source.metadata.filling, stages: job.stageReports, renditions: job.renditionReports,
        restreamed: context.restreamed != nil && !context.isTolerant, warnings: context.warnings,
        route: input.pipeline.output.folder(facts), naming: input.pipeline.naming(facts), motion: source.metadata.motion
    )
}

/// Goes over the source from its beginning, and again where that turns out to be necessary.
private func pass(
    _ input: JobInput, _ source: Source, _ context: JobContext, openedThrough: ((RestreamedInput) -> Void)?,
    progress: @escaping (JobProgress) -> Void, _ body: (Job) throws(JobError) -> Void
) throws(JobError) -> Job {
    while let look = input.pipeline.tonesLook({ context.tones(at: $0) }) {
        var looking = input
        looking.pipeline = look.pipeline
        _ = try pass(looking, source, context, openedThrough: openedThrough, progress: progress) {
            job throws(JobError) in try job.look(look)
        }
    }
    while true {
        // It is read once.
        context.restreamed = nil
        let source = context.isEndless ? source.tolerant : source
        if context.isTolerant, let restreamer = source.tolerantRestreamer() {
            context.restreamed = RestreamedInput(restreamer)
        } else if let openedThrough, let restreamer = source.restreamer() {
            let restreamed = RestreamedInput(restreamer)
            context.restreamed = restreamed
            openedThrough(restreamed)
        }
        let job = Job(input: input, source: source, context: context, progress: progress)
        do throws(JobError) {
            try body(job)
        } catch {
            if context.takeBeginAgain() || source.canGoOn(after: error, context) { continue }
            throw source.explained(error)
        }
        source.warnOfMissing(context)
        // What Sluice's own loader says is told as it is.
        for warning in LogCapture.take() {
            context.warn(warning.hasPrefix("incomplete: ") ? warning : "libvips: \(warning)")
        }
        return job
    }
}

extension Source {
    /// Whether a source that ends early is worth another pass: where nothing but its end marker is missing, or where an
    /// interlaced PNG's pixels can be made up for by their neighbours. Nothing was kept of what was made.
    fileprivate func canGoOn(after error: JobError, _ context: JobContext) -> Bool {
        guard [.truncated, .damaged].contains(error.code), !context.isEndless, !context.isTolerant,
            // What fails while it is restreamed is decoded as it is first.
            context.restreamed == nil
        else { return false }
        if loader.damage == .none {
            context.isTolerant = tolerantRestreamer() != nil
            return context.isTolerant
        }
        guard facts.format == .jpeg, error.code == .truncated, case .whole = Completeness(of: self) else {
            return false
        }
        context.isEndless = true
        context.warn(noEndMarker)
        return true
    }
}

/// Reads the header of one picture and says what `runPicture` would do.
func inspectPicture(
    descriptor: Int32, fileSize: UInt64, pipeline: Pipeline, page: DocumentPage?, restreams: Bool, raw: RAWReading?,
    sourceName: String, companions: [CompanionRecord], readExif: ([UInt8]) -> ExifRecord?
) throws(JobError) -> Inspection {
    let context = beginJob(pipeline, companions: companions, openFile: nil, openModel: nil)
    defer { endJob() }
    let source = try Source(
        descriptor: descriptor, fileSize: fileSize, pipeline: pipeline, page: page, raw: raw, context)
    let facts = source.conditionFacts(name: sourceName, readExif: readExif)
    let conditions = pipeline.conditionWords(facts)
    let pipeline = pipeline.resolving(facts).known
    let plan = Plan(for: source.facts, pipeline: pipeline)
    let renditions = zip(pipeline.renditions, plan.outputs).map { rendition, size in
        var planned = PlannedRendition(
            name: rendition.name, format: rendition.encoder.formatName, width: size.width, height: size.height)
        planned.page = page?.number
        return planned
    }
    let originals = page.map { $0.number > 1 } == true ? [] : pipeline.originals
    let copies = originals.map {
        PlannedRendition(
            name: $0.name, format: source.facts.format.rawValue, width: source.facts.width,
            height: source.facts.height)
    }
    for warning in LogCapture.take() { context.warn("libvips: \(warning)") }
    let how = restreams && source.canBeRestreamed ? ["read all scans in parallel"] : []
    return Inspection(
        source: source.facts, exif: source.metadata.exif, xmp: source.metadata.xmp?.packet,
        filling: source.metadata.filling, renditions: renditions + copies,
        plan: conditions + (source.facts.raw.map { ["RAW: \($0.words)"] } ?? []) + how + pipeline.boxesWords
            + pipeline.tonesWords + plan.words
            + (source.metadata.motion.map { ["copy the motion video (\($0.format), \($0.bytes) bytes)"] } ?? []),
        warnings: context.warnings)
}

private func beginJob(
    _ pipeline: Pipeline, overlaps: Bool = false, companions: [CompanionRecord] = [],
    openFile: ((String) throws(JobError) -> Int32)?,
    openModel: ((ModelDescription) throws(JobError) -> OpenModel)?
) -> JobContext {
    vips_error_clear()
    _ = LogCapture.take()
    return JobContext(
        pipeline: pipeline, overlaps: overlaps, companions: companions, openFile: openFile ?? openReadOnly,
        openModel: openModel ?? refuseModel)
}

private func endJob() {
    vips_error_clear()
    _ = LogCapture.take()
}

private func refuseModel(_ model: ModelDescription) throws(JobError) -> OpenModel {
    throw JobError(.stageFailed, "The model \(model.file) cannot be used: no engine available.")
}

private func openReadOnly(_ path: String) throws(JobError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw JobError(.stageFailed, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    return descriptor
}
