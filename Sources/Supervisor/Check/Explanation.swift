package import Admission
import ByteReading
import Engine
import Glibc
import ImageHeader
package import Jobs
import LinuxIO
import Naming
import Outbox
package import Pipeline
import WorkerPool
import WorkerProtocol

/// What `sluice explain` reports about a file.
package struct Explanation: Encodable, Sendable {
    package var file: String
    package var bytes: Int64
    /// By content.
    package var content: String
    package var header: [String: String]
    package var facts: SourceFacts?
    package var exif: ExifRecord?
    /// What of `exif` is from files beside the picture.
    package var filled: Filled?
    /// What of `exif` the sidecar would tell.
    package var sidecarExif: ExifRecord?
    /// Above the worker itself, without the safety margin.
    package var estimate: [EstimateTerm]
    /// Bytes of the whole worker with everything in memory, with the safety margin.
    package var estimateTotal: UInt64?
    /// Of that, the worker itself, with the engine for models where the pipeline needs it.
    package var estimateWorker: UInt64?
    /// Bytes.
    package var budget: UInt64
    package var spillLimit: UInt64
    package var memoryPlan: ExplainedPlan?
    /// What would do where the plan is a refusal. Bytes.
    package var capNeeded: UInt64?
    package var spillLimitNeeded: UInt64?
    package var plan: [String]
    package var renditions: [PlannedRendition]
    package var warnings: [String]
    package var refusal: JobError?

    package struct EstimateTerm: Encodable, Sendable {
        package var name: String
        package var bytes: UInt64
        package var kind: Estimate.Kind
        package var phase: Estimate.Phase
    }

    /// How the job would be done under this cap. Bytes.
    package struct ExplainedPlan: Encodable, Sendable {
        package var way: MemoryPlan.Way
        package var why: String
        package var restreams: Bool
        package var estimate: UInt64
        package var reserved: UInt64
        package var spill: UInt64
        package var spillsFrom: UInt64?
    }

    /// Looks at the header, then has a worker look at the rest.
    /// - Throws: `OneShotError.noInput`-like errors where the file cannot be opened; `WorkerMissing`.
    package static func of(path: String, pipeline: Pipeline, cap: MemoryCap) async throws -> Explanation {
        let number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemCallError("open", path) }
        let file = Descriptor(owning: number)
        let status = try FileStatus.of(file)
        var explanation = Explanation(
            file: path, bytes: status.size, content: "", header: [:], estimate: [], budget: cap.budget,
            spillLimit: cap.spill, plan: [], renditions: [], warnings: [])
        guard status.isRegular else {
            explanation.content = "not a regular file"
            explanation.refusal = JobError(.notARegularFile, "Only regular files are accepted.")
            return explanation
        }
        let source = DescriptorBytes(number)
        do {
            let header = try readHeader(source, for: pipeline)
            explanation.content = header.format.rawValue
            explanation.header = describe(header, pipeline)
            // A refusal is told with all others.
            let reading = try? rawReading(of: header, pipeline)
            explanation.planMemory(header.read(as: reading) ?? header, pipeline, cap)
        } catch {
            explanation.content = "\(error)"
        }
        let plan: MemoryPlan
        switch admit(file, size: status.size, pipeline: pipeline, cap: cap) {
        case .success(let admitted): plan = admitted
        case .failure(let error):
            explanation.refusal = error
            return explanation
        }
        let pool = WorkerPool(.init(executable: try findWorkerExecutable(), size: 1))
        let companions = CompanionFiles(beside: path)
        var request = InspectRequest(
            sourceName: path, sourceSize: UInt64(max(0, status.size)), pipeline: pipeline,
            restreams: plan.restreams, raw: plan.raw, grant: MemoryGrant(memory: cap.budget))
        request.companions = companions.files
        let outcome = await pool.inspect(
            request, source: number, companions: companions.descriptors.map(\.number), timeLimit: pipeline.limits.time)
        withExtendedLifetime(companions) {}
        await pool.shutDown()
        explanation.take(outcome)
        explanation.nameRenditions(status, pipeline)
        return explanation
    }

    private mutating func take(_ outcome: WorkerOutcome) {
        switch outcome {
        case .replied(.inspected(let inspection), _):
            facts = inspection.facts
            exif = inspection.exif
            filled = inspection.filled
            sidecarExif = inspection.told
            plan = inspection.plan
            renditions = inspection.renditions
            warnings = inspection.warnings
            refusal = inspection.refusal
        case .replied:
            refusal = JobError(.workerProtocol, "The worker sent the wrong kind of reply.")
        case .died(let death, _):
            refusal = death.jobError ?? JobError(.workerCrashed, death.message)
        }
    }

    /// Names as they will be, where no other source has them: what models say and the number are known later.
    private mutating func nameRenditions(_ status: FileStatus, _ pipeline: Pipeline) {
        guard let name = file.split(separator: "/").last, let source = RelativePath(String(name)) else { return }
        let facts = NamingFacts(taken: exif?.taken, make: exif?.make, model: exif?.model)
        let values = NameValues(
            facts: facts, changed: Moment(secondsSince1970: status.mtime / 1_000_000_000), withoutLabels: true)
        let results = renditions.map { ResultName.rendition($0.name, page: $0.page) }
        guard
            let names = try? OutputNames.candidates(
                for: source, pipeline: pipeline, folder: nil, made: results, values: values
            ).first, names.renditions.count == renditions.count
        else { return }
        for (index, entry) in names.renditions.enumerated() { renditions[index].file = entry.path.text }
    }

    private mutating func planMemory(_ header: PictureHeader, _ pipeline: Pipeline, _ cap: MemoryCap) {
        let whole = Estimate(header: header, pipeline: pipeline)
        estimateTotal = whole.total
        estimateWorker = whole.worker
        var shown = whole
        do {
            let plan = try MemoryPlan(header: header, pipeline: pipeline, cap: cap)
            if plan.restreams { shown = Estimate(header: header, pipeline: pipeline, restreaming: true) }
            memoryPlan = ExplainedPlan(
                way: plan.way, why: reason(for: plan, whole: whole, cap: cap), restreams: plan.restreams,
                estimate: plan.estimate, reserved: plan.reservation, spill: plan.spill, spillsFrom: plan.spillsFrom)
        } catch {
            capNeeded = cap.needed(for: error.memory ?? error.whole)
            spillLimitNeeded = error.spill
        }
        estimate = shown.terms.map { .init(name: $0.name, bytes: $0.bytes, kind: $0.kind, phase: $0.phase) }
    }

    private static func describe(_ header: PictureHeader, _ pipeline: Pipeline) -> [String: String] {
        var lines = [
            "size": "\(header.width) × \(header.height)", "bands": "\(header.bands)", "depth": "\(header.depth) bits",
        ]
        if let pages = header.pages, pages > 1 { lines["pages"] = "\(pages)" }
        if let pages = documentPages(header, pipeline) { lines["pages"] = "\(pages), each is made" }
        if header.isProgressive { lines["progressive"] = "yes: all coefficients are held in memory" }
        if header.isInterlaced { lines["interlaced"] = "yes: the whole picture is held in memory" }
        if header.isAnimated { lines["animated"] = "yes" }
        if header.hasAlpha { lines["alpha"] = "yes" }
        if header.isLossless { lines["lossless"] = "yes" }
        if let tiff = header.tiff {
            lines["layout"] =
                tiff.tileWidth.map { "tiles of \($0) × \(tiff.tileHeight ?? 0)" }
                ?? "strips of \(tiff.rowsPerStrip ?? header.height) lines"
        }
        return lines
    }

    /// For people.
    package var text: String {
        var lines = ["\(file): \(content), \(bytes) bytes"]
        for (key, value) in header.sorted(by: { $0.key < $1.key }) { lines.append("  \(key): \(value)") }
        if let facts {
            if let icc = facts.icc { lines.append("  colour profile: \(icc)") }
            if let orientation = facts.orientation { lines.append("  orientation: \(orientation)") }
        }
        if let exif {
            lines += ["EXIF"] + exif.lines.map { "  \($0)" }
            let told = sidecarExif?.lines.compactMap { $0.split(separator: ":").first } ?? []
            lines.append("  the sidecar tells \(told.isEmpty ? "none of it" : told.joined(separator: ", "))")
        }
        lines += memoryLines
        if !plan.isEmpty { lines += ["plan"] + plan.map { "  \($0)" } }
        if !renditions.isEmpty {
            lines.append("renditions")
            for size in renditions {
                let dimensions = size.width > 0 ? "\(size.width) × \(size.height)" : "size depends on the content"
                let page = size.page.map { "page \($0), " } ?? ""
                let file = size.file.map { ", \($0)" } ?? ""
                lines.append("  \(page)\(size.name): \(size.format), \(dimensions)\(file)")
            }
        }
        for (what, name) in [("taken", filled?.taken), ("GPS", filled?.gps), ("description", filled?.description)] {
            if let name { lines.append("\(what) from the companion \(name)") }
        }
        for warning in warnings { lines.append("warning: \(warning)") }
        if let refusal {
            lines.append("REFUSED: \(refusal.code.rawValue): \(refusal.message)")
            lines.append("  \(refusal.code.advice)")
        }
        return lines.joined(separator: "\n")
    }
}

extension ExifRecord {
    fileprivate var lines: [String] {
        var lines: [String] = []
        func add(_ name: String, _ value: (some Any)?) { if let value { lines.append("\(name): \(value)") } }
        add("taken", taken)
        add("make", make)
        add("model", model)
        add("lens", lens)
        add("exposure", exposure.map { $0 < 1 && $0 > 0 ? "1/\(Int((1 / $0).rounded())) s" : "\($0) s" })
        add("aperture", fNumber.map { "f/\($0)" })
        add("ISO", iso)
        add("focal length", focalLength.map { "\($0) mm" })
        add("GPS", gps.map { "\($0.latitude), \($0.longitude)" })
        add("description", description)
        add("artist", artist)
        add("copyright", copyright)
        return lines
    }
}
