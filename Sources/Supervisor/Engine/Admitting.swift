package import Admission
import ByteReading
import FolderContent
import ImageHeader
package import Jobs
package import LinuxIO
import Outbox
package import Pipeline
import Text

/// Decides from the header whether a source may become a job, and how it is done. Shared with `explain`.
package func admit(
    _ file: Descriptor, size: Int64, pipeline: Pipeline, cap: MemoryCap
) -> Result<MemoryPlan, JobError> {
    if UInt64(max(0, size)) > pipeline.limits.bytes {
        return .failure(
            JobError(
                .tooManyBytes,
                "The file has \(size) bytes; pipeline '\(pipeline.name)' allows \(pipeline.limits.bytes) (limits.bytes)."
            ))
    }
    let header: PictureHeader
    do {
        header = try readHeader(DescriptorBytes(file.number), for: pipeline)
    } catch {
        return .failure(jobError(error))
    }
    let format = header.format
    guard pipeline.accept.contains(format) else {
        return .failure(
            JobError(
                .formatNotAccepted,
                "The content is \(header.format.rawValue); pipeline '\(pipeline.name)' accepts "
                    + pipeline.accept.map(\.rawValue).sorted().joined(separator: ", ") + "."))
    }
    let reading: RAWReading?
    do {
        reading = try rawReading(of: header, pipeline)
    } catch {
        return .failure(error)
    }
    if let refusal = refusal(ofPagesOf: header, pipeline) { return .failure(refusal) }
    let size = header.read(as: reading) ?? header
    // Pages of a document are pictures of their own.
    let frames = size.pictures.isEmpty ? UInt64(min(size.minimumPages, pipeline.limits.frames ?? .max)) : 1
    let (pixels, overflow) = size.pixels.multipliedReportingOverflow(by: frames)
    if overflow || pixels > pipeline.limits.pixels {
        return .failure(
            JobError(
                .tooManyPixels,
                "The picture has \(size.width) × \(size.height) pixels; limits.pixels of pipeline "
                    + "'\(pipeline.name)' is \(pipeline.limits.pixels)."))
    }
    do {
        return .success(try MemoryPlan(header: header, pipeline: pipeline, raw: reading, cap: cap))
    } catch {
        return .failure(tooLarge(error, for: cap))
    }
}

/// The refusal of what no plan has room for, with what would do.
func tooLarge(_ shortfall: MemoryPlan.Shortfall, for cap: MemoryCap) -> JobError {
    var words =
        "The job would need about \(mebibytes(shortfall.whole)) of memory; under a cap of \(mebibytes(cap.total)) a job gets "
        + "\(mebibytes(cap.budget))"
    if let spill = shortfall.spill, cap.spill > 0 {
        words +=
            ", and would need about \(mebibytes(spill)) of spill space, where the limit is "
            + mebibytes(cap.spill)
    } else if cap.spill == 0 {
        words += ", and nothing may be spilled"
    }
    var needs: [String] = []
    if let memory = shortfall.memory { needs.append("memory.cap \(mebibytes(cap.needed(for: memory)))") }
    if let spill = shortfall.spill { needs.append("spill.limit \(mebibytes(roundedUp(spill)))") }
    words += ". It needs \(needs.joined(separator: " and "))"
    if shortfall.memory != shortfall.whole {
        words += ", or memory.cap \(mebibytes(cap.needed(for: shortfall.whole))) for all of it"
    }
    return JobError(.tooLargeForCap, words + ".")
}

/// To whole MiB, so that the figure in a message is enough.
private func roundedUp(_ bytes: UInt64) -> UInt64 {
    let (sum, overflow) = bytes.addingReportingOverflow((1 << 20) - 1)
    return overflow ? .max : (sum >> 20) << 20
}

/// What a file counts as that is the other one of raw and picture, or no picture where the pipeline does not take such for
/// failures. Nil: it is meant to be a picture. Blocks.
package func otherKind(
    _ file: Descriptor, _ path: RelativePath, in inbox: Directory, pipeline: Pipeline
) -> String? {
    if hasPartner(path, in: inbox, pipeline.pairs) { return OtherContent.kindAside(named: path.name) }
    if pipeline.others == .quarantine { return nil }
    // Under a picture's name it is meant to be one: its header is read once only.
    if OtherContent.endsAsPicture(path.name) { return nil }
    do {
        _ = try readHeader(DescriptorBytes(file.number))
        return OtherContent.kindOfPicture(named: path.name)
    } catch {
        return OtherContent.kind(of: error, name: path.name)
    }
}

/// Whether the one of raw and picture that is processed lies beside the other one.
private func hasPartner(_ path: RelativePath, in inbox: Directory, _ rule: PairsRule) -> Bool {
    let names = OtherContent.partners(of: path.name, rule)
    // Opened once: there are dozens of names.
    guard !names.isEmpty, let folder = try? inbox.folder(of: path) else { return false }
    return names.contains { (try? folder.stat($0))??.isRegular == true }
}

private func jobError(_ error: HeaderError) -> JobError {
    switch error {
    case .empty: JobError(.emptyFile, "The file is empty.")
    case .unsupported(let name): JobError(.unsupportedFormat, "The content is \(name), whatever the file name says.")
    case .unknown: JobError(.unsupportedFormat, "Unrecognised file format.")
    case .truncated: JobError(.truncated, "The file ends inside its header: \(error).")
    case .malformed: JobError(.damaged, "The header is damaged: \(error).")
    case .unreadable: JobError(.unreadable, "\(error)")
    }
}
