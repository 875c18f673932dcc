import CLinux
import Glibc
import Imaging
import Jobs
import LinuxIO
import Metadata
import Pictures
import Pipeline
import Vips
import WorkerProtocol

/// Serves requests one at a time, each with its own state.
struct Worker {
    private let requests: Int32
    private let answers: Int32
    /// The pipeline of the last job, which the next one usually shares.
    private var pipeline: (digest: String, pipeline: Pipeline)?
    private let models: ModelStore
    private let trainer: Trainer

    init(requests: Int32, answers: Int32, models: ModelStore, trainer: Trainer) {
        self.models = models
        self.trainer = trainer
        self.requests = requests
        self.answers = answers
    }

    func greet(_ greeting: WorkerGreeting) throws { try send(.ready(greeting)) }

    /// Until standard input closes.
    mutating func serve() throws {
        while let (request, descriptors) = try receive() {
            limitCPU(seconds: timeLimit(of: request))
            switch request {
            case .job(let job):
                injectFaultIfRequested(job)
                try send(run(job, descriptors))
            case .inspect(let inspection): try send(.inspected(inspect(inspection, descriptors)))
            case .examine(let request): try send(.examined(models.examine(request, descriptors)))
            case .train(let request):
                let result = trainer.train(request, descriptors) { done, count in
                    // The supervisor is gone: standard input will show the same in a moment.
                    try? send(.training(done: done, of: count))
                }
                try send(.trained(result))
            }
            trimMemory()
        }
    }

    /// Freed memory goes back to the kernel, unless so little is held that the supervisor counts on it anyway: the next
    /// small job would only have to fetch the same pages again.
    private func trimMemory() {
        if CostMeter.heldMemory() ?? .max > Self.mostKept { sluice_trim_malloc() }
        if CostMeter.heldMemory() ?? .max > Self.mostKept + models.mostKept, models.removeAll() { sluice_trim_malloc() }
    }

    /// Bytes; below what the supervisor takes a warm worker to hold (`MemoryCap.warmWorker`).
    private static let mostKept: UInt64 = 8 << 20

    /// Seconds; none without a pipeline, which is an error that comes at once.
    private func timeLimit(of request: WorkerRequest) -> Double {
        switch request {
        case .job(let job): (job.pipeline ?? pipeline?.pipeline)?.limits.time ?? 0
        case .inspect(let inspection): inspection.pipeline.limits.time
        case .examine: ModelStore.timeLimit
        case .train: TrainRequest.timeLimit
        }
    }

    private func receive() throws -> (WorkerRequest, [Descriptor])? {
        guard let header = try Wire.receive(Frame.headerLength, from: requests) else { return nil }
        guard let body = try Wire.receive(try Frame.bodyLength(header.bytes), from: requests) else {
            throw FrameError.cutOff
        }
        return (try Frame.decode(WorkerRequest.self, body: body.bytes), header.descriptors)
    }

    private func send(_ reply: WorkerReply) throws {
        try Wire.write(Frame.encode(reply, longest: Frame.longestReply), to: answers, subject: "supervisor")
    }

    // MARK: A job

    private mutating func run(_ request: JobRequest, _ descriptors: [Descriptor]) -> WorkerReply {
        let meter = CostMeter()
        if let pipeline = request.pipeline { self.pipeline = (request.pipelineDigest, pipeline) }
        do throws(JobError) {
            guard descriptors.count >= 2, let pipeline, pipeline.digest == request.pipelineDigest else {
                throw JobError(.workerProtocol, "A job arrived without its pipeline or descriptors.")
            }
            let files = PassedFiles(request.files, Array(descriptors.dropFirst(2)))
            let companions = PassedCompanions(request.companions, files.rest)
            models.keepOnly(pipeline.pipeline.models)
            let memory = GrantedMemory(request.grant, staging: descriptors[1], models: models.kept)
            do throws(JobError) {
                let reply = try run(
                    request, pipeline.pipeline, source: descriptors[0], staging: descriptors[1], files, companions,
                    memory,
                    meter)
                if let shortage = memory.shortage { throw shortage }
                // What lies in the job's file goes with it.
                if memory.spilled > 0 { models.removeAll() }
                return reply
            } catch {
                if memory.spilled > 0 || memory.shortage != nil { models.removeAll() }
                // Any other error was a consequence of refused memory.
                throw memory.shortage ?? error
            }
        } catch {
            let isEnvironment = error.stage == stagingFault
            return .failed(
                JobFailure(
                    job: request.job, error: error.asSentence, isEnvironment: isEnvironment, cost: cost(meter)))
        }
    }

    private func run(
        _ request: JobRequest, _ pipeline: Pipeline, source: Descriptor, staging: Descriptor, _ named: PassedFiles,
        _ companions: PassedCompanions, _ memory: borrowing GrantedMemory, _ meter: CostMeter
    ) throws(JobError) -> WorkerReply {
        let content = SourceDigest(of: source, bytes: request.sourceSize)
        defer { content.abandon() }
        if let known = request.knownDigest, try known == content.value().digest { return .unchanged(job: request.job) }
        let files = Dictionary(request.renditions.map { ($0.rendition, $0.file) }) { first, _ in first }
        let staged = StagedRenditions(
            directory: Directory(holding: staging, path: "staging"), source: content,
            pipelineDigest: request.pipelineDigest + companions.digest)
        let taken: [StagedRendition]
        do {
            taken = try request.stagingIsEmpty ? [] : staged.takeOver(request.renditions)
        } catch {
            throw JobError(.encodeFailed, "staging cannot be used: \(error)", stage: stagingFault)
        }
        let names = request.renditions.map(\.rendition)
        var input = JobInput(
            descriptor: source.number, fileSize: request.sourceSize, pipeline: pipeline,
            renditions: names.filter { name in !taken.contains { $0.report.result == .rendition(name, page: nil) } },
            stagingDirectory: staging.number,
            stagedName: { files[$0] ?? $0 }, sourceName: request.sourceName,
            digest: { descriptor, _ throws(JobError) in try digestOfStaged(descriptor) },
            openFile: { path throws(JobError) in try named.open(path) },
            openModel: { model throws(JobError) in try models.open(model, named) })
        input.made = Set(taken.map(\.report.result))
        input.restreams = request.restreams
        input.raw = request.raw
        input.readExif = { readExif($0).record }
        input.overlaps = request.overlaps
        input.companions = companions.records
        let toMake = names.count - taken.count
        var made = 0
        let output = try Imaging.run(input) { progress in
            guard case .staged(let report, let stages) = progress else { return }
            made += 1
            // The last one is reported in a moment: what a death in between costs is to make it again.
            if made < toMake || report.page != nil, memory.isSufficient { staged.record(report, stages: stages) }
            injectFaultIfRequested(request, afterRenditions: made)
        }
        let (renditions, stages) = merge(
            taken, renditions: output.renditions, stages: output.stages, order: names)
        let reading = output.exif.map { readExif($0) } ?? ExifReading()
        let told = ToldExif(
            reading.record, output.filling, xmp: output.xmp, pipeline.sidecar.told, pipeline.metadata)
        let (digest, bytes) = try content.value()
        var report = JobReport(
            job: request.job, sha256: digest, bytes: bytes, facts: output.source,
            exif: told.record, stages: stages, renditions: renditions,
            warnings: told.hiding(in: companions.warnings + output.warnings + reading.warnings),
            cost: cost(meter, spilled: memory.spilled))
        report.route = output.route
        report.naming = output.naming
        if let motion = output.motion {
            report.motion = try copyMotion(motion, of: source, into: Directory(holding: staging, path: "staging"))
        }
        report.filled = told.filled
        return .finished(report)
    }

    private func cost(_ meter: CostMeter, spilled: UInt64 = 0) -> JobCost {
        var cost = meter.read(spilled: spilled)
        if spilled == 0 { cost.peakMemory = max(cost.peakMemory, models.peakMemory) }
        return cost
    }

    // MARK: An inspection

    private func inspect(_ request: InspectRequest, _ descriptors: [Descriptor]) -> WorkerProtocol.Inspection {
        var result = WorkerProtocol.Inspection(
            facts: nil, exif: nil, warnings: [], plan: [], renditions: [], refusal: nil)
        do throws(JobError) {
            guard let source = descriptors.first else {
                throw JobError(.workerProtocol, "An inspection arrived without its descriptor.")
            }
            let memory = GrantedMemory(request.grant, staging: nil)
            let companions = PassedCompanions(request.companions, descriptors.dropFirst())
            let found: Imaging.Inspection
            do throws(JobError) {
                found = try Imaging.inspect(
                    descriptor: source.number, fileSize: request.sourceSize, pipeline: request.pipeline,
                    restreams: request.restreams, raw: request.raw, sourceName: request.sourceName,
                    companions: companions.records,
                    readExif: { readExif($0).record })
            } catch {
                throw memory.shortage ?? error
            }
            var reading = found.exif.map { readExif($0) } ?? ExifReading()
            found.filling?.apply(to: &reading.record)
            if let packet = found.xmp { reading.record.takeDate(ofXMP: packet) }
            result.facts = found.source
            result.exif = reading.record.isEmpty ? nil : reading.record
            result.filled = found.filling?.sources
            result.told =
                ToldExif(
                    found.exif.map { readExif($0).record } ?? ExifRecord(), found.filling, xmp: found.xmp,
                    request.pipeline.sidecar.told, request.pipeline.metadata
                ).record
            result.warnings = companions.warnings + found.warnings + reading.warnings
            result.plan = found.plan
            result.renditions = found.renditions
        } catch {
            result.refusal = error.asSentence
        }
        return result
    }
}

extension JobError {
    /// Libraries speak in fragments; people read sentences.
    fileprivate var asSentence: JobError {
        guard let last = message.last else { return self }
        let end = last.isPunctuation ? "" : "."
        return JobError(code, message.prefix(1).uppercased() + message.dropFirst() + end, stage: stage)
    }
}

private func digestOfStaged(_ descriptor: Int32) throws(JobError) -> String {
    do {
        return try sha256(of: Descriptor(owning: dup(descriptor))).digest
    } catch {
        throw JobError(.encodeFailed, "The rendition cannot be read back: \(error)")
    }
}
