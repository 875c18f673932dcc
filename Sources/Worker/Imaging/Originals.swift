import Jobs
import Metadata
import Originals
import Pictures
import Pipeline
import Planning
import Vips

extension Job {
    /// Makes the renditions that are the source's own file: one of a document too.
    func copyOriginals() throws(JobError) {
        guard input.page.map({ $0.number == 1 }) ?? true else { return }
        for original in input.pipeline.originals {
            let isMade = input.page != nil && input.made.contains(.rendition(original.name, page: nil))
            guard !isMade, input.page != nil || isWanted(original.name) else { continue }
            do throws(JobError) {
                try copy(original)
            } catch {
                throw JobError(error.code, error.message, stage: error.stage ?? original.name)
            }
        }
    }

    /// Where nothing else decodes the picture: what is damaged is not to be published.
    func readWhole() throws(JobError) {
        guard input.pipeline.renditions.isEmpty, !input.pipeline.originals.isEmpty else { return }
        _ = try source.open(shrink: 1, size: nil, context).image.maximum()
    }

    /// Takes the source's own file in place of a larger one that shows the same.
    func replaceIfSmaller(
        _ encoded: inout EncodedRendition, _ rendition: Rendition, as name: String
    ) throws(JobError) {
        guard rendition.neverLarger == true, showsTheSame(rendition), try encoded.file.size() > input.fileSize,
            encoded.size.pixels >= source.facts.width * source.facts.height
        else { return }
        var file = try copyOfSource(as: "\(name).original")
        guard try file.size() < encoded.file.size() else { return }
        // The name is the other file's from then on.
        encoded.file.keep()
        try file.rename(to: name)
        encoded.file = file
        encoded.size = PixelSize(width: source.facts.width, height: source.facts.height)
        encoded.isOriginal = true
    }

    /// Whether all that its stages do is what viewers do with the source's own file.
    private func showsTheSame(_ rendition: Rendition) -> Bool {
        guard rendition.encoder.format == source.facts.format, source.facts.format.isTakenApart, input.page == nil,
            !source.facts.isAnimation || rendition.encoder.animates
        else { return false }
        return (input.pipeline.stages + rendition.stages).allSatisfy { stage in
            switch stage {
            case .autorotate, .resize, .classify: true
            case .colour: source.facts.icc == nil && source.loader.colour == nil && source.facts.bands < 5
            case .conditional(let conditional): conditional.isSkipped
            default: false
            }
        }
    }

    private func copy(_ original: Original) throws(JobError) {
        progress(.encoding(rendition: original.name))
        let start = monotonicSeconds()
        let name = (input.stagedOriginal ?? input.stagedName)(original.name)
        var file = try copyOfSource(as: name)
        if original.optimize { file = try smaller(file, as: name) }
        let bytes = try file.size()
        let digest = try input.digest(file.descriptor, bytes)
        file.keep()
        let facts = source.facts
        var report = RenditionReport(
            name: original.name, path: name, format: facts.format.rawValue, width: facts.width, height: facts.height,
            pages: facts.pages, bytes: bytes, sha256: digest, seconds: monotonicSeconds() - start)
        report.original = true
        add(report)
    }

    /// The source's file as the pipeline's metadata has it. Stored turned, it says so: its pixels are not touched.
    private func copyOfSource(as name: String) throws(JobError) -> StagedFile {
        let file = try StagedFile(in: input.stagingDirectory, name: name)
        let policy = input.pipeline.metadata
        let (facts, format) = (source.facts, source.facts.format)
        do {
            if policy.keepsEverything {
                try copyWhole(input.descriptor, to: file.descriptor)
            } else {
                try copyOriginal(input.descriptor, to: file.descriptor, format: format, try kept(policy, facts))
            }
        } catch let error as CopyFailure {
            throw error.asJobError(format)
        } catch let error as JobError {
            throw error
        } catch {
            throw JobError(.encodeFailed, "\(error)")
        }
        return file
    }

    private func kept(_ policy: MetadataPolicy, _ facts: SourceFacts) throws(JobError) -> KeptMetadata {
        let format = facts.format
        var kept = KeptMetadata(keepsProfile: policy.keeps(.icc))
        kept.completesEnd = context.isEndless || input.pipeline.limits.damage == .none
        // What EXIF says of colours goes with it.
        if format == .jpeg, source.loader.colour != nil {
            kept.profile = try source.loader.open().blob("icc-profile-data")
        }
        let orientation = facts.orientation ?? 1
        let xmp = source.metadata.xmp.map { rewriteXMP($0, policy: policy, for: format, orientation: orientation) }
        for warning in xmp?.warnings ?? [] { context.warn(warning) }
        kept.xmp = xmp?.packet
        if format == .jpeg { kept.iptc = source.metadata.iptc(keptBy: policy, for: .jpeg) }
        kept.exif = exifOfCopy(
            source.metadata.exif, policy: policy, width: facts.width, height: facts.height,
            orientation: format == .jxl ? 1 : orientation)
        return kept
    }

    /// The same packed anew, where that is smaller.
    private func smaller(_ file: consuming StagedFile, as name: String) throws(JobError) -> StagedFile {
        var packed = try StagedFile(in: input.stagingDirectory, name: "\(name).packed")
        let isPacked: Bool
        do {
            isPacked = try repack(file.descriptor, to: packed.descriptor, format: source.facts.format)
        } catch {
            throw error.asJobError(source.facts.format)
        }
        guard isPacked, try packed.size() < file.size() else { return file }
        // The name is the other file's from then on.
        file.keep()
        try packed.rename(to: name)
        return packed
    }
}

extension MetadataPolicy {
    fileprivate var keepsEverything: Bool { keep.contains(.all) && drop.isEmpty }
}

extension CopyFailure {
    fileprivate func asJobError(_ format: PictureFormat) -> JobError {
        switch self {
        case .endsEarly: JobError(.truncated, "the file ends before its picture does")
        case .unexpectedLayout(let what): JobError(.damaged, "the file cannot be copied without its metadata: \(what)")
        case .system(let what):
            JobError(.encodeFailed, "the source cannot be copied into staging: \(what)", stage: stagingFault)
        case .unknownFormat:
            JobError(
                .encodeFailed,
                "Metadata cannot be taken out of \(format.rawValue) files without encoding them: keep all of it (metadata: "
                    + "{ keep: all }), or choose another format for this rendition.")
        }
    }
}
