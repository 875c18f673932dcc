import FolderContent
import Glibc
import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline
import Text

// Files that are no pictures. Each ends as a job that is done, with what it is, in the journal.
extension Engine {
    /// Ends a queued job.
    func dealWithOther(_ job: JobRecord, _ kind: String) async {
        guard let context = context(of: job) else { return await supersede(job) }
        let rule = context.pipeline.others
        do {
            var copied: OutputName?
            var stay = JobRecord.Stay.none
            switch rule {
            case .leave, .quarantine:
                stay = .left
            case .copy:
                guard let copy = try await copy(job, context) else { return }
                copied = copy
                stay = try await dispose(job, context, syncing: nil, on: context.copies)
            case .archive:
                stay = try await dispose(job, context, syncing: nil, as: .archive, on: context.copies)
            }
            try await removeStaleResults(of: job)
            try await clearFailure(job, context)
            try await journal.markOther(job, kind: kind, copied: copied?.sha256, stay: stay, now: clock())
            await clearStaging(job)
            if rule != .leave { noteSuccess() }
            onEvent(.other(job.source, kind: kind, rule, job: job.id))
            if stay == .left { try await followPicture(journal.job(job.id), context) }
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // A newer job of the same path has come meanwhile.
            await clearStaging(job)
        } catch {
            // One that is done by now is not queued again: the next start goes on.
            await requeueWithoutBlame(job, environmentFault(error))
        }
    }

    /// Whether nothing is left to do with a file that was no picture.
    /// - Parameter hasCopy: whether a copy was made, and is there.
    func isStillDealtWith(_ latest: JobRecord, _ context: InboxContext, hasCopy: Bool) -> Bool {
        // `pairs` says by now that it is a picture to be processed.
        if settings.overwrite || !context.mayBeOther(latest.source.path) { return false }
        switch context.pipeline.others {
        case .leave: return true
        case .copy:
            return latest.sha256 != nil && (hasCopy || !settings.remakesMissing)
                && (!context.takesSourcesAway || latest.stay == .forGood)
        // It was there again, and is to go again, but where it could not.
        case .archive: return latest.stay == .forGood
        case .quarantine: return OtherContent.mayStandAside(latest.source.path.name, context.pipeline.pairs)
        }
    }

    /// Copies it into the outbox, durably, under its own path, or near it where that is taken.
    /// - Returns: nil where the job has ended otherwise.
    private func copy(_ job: JobRecord, _ context: InboxContext) async throws -> OutputName? {
        let (places, stop) = (places, copyStop)
        do {
            let staged = try await context.copies.run { () throws -> (digest: String, bytes: UInt64)? in
                try places.checkStaging()
                guard let held = try heldSource(of: job, in: context) else { return nil }
                let staging = try places.staging.prepare(job.name).directory
                // What an interrupted attempt has left of it goes.
                let digest = try copyDurably(
                    held.file, to: staging, name: stagedCopy, temporary: stagedDraft, replacing: true
                ) { stop.isRaised }
                // Another file may have its name by now.
                guard try held.isStill(sha256: digest), try context.disposal()?.isStillThere(job.source) == true else {
                    return nil
                }
                return (digest, UInt64(max(0, try FileStatus.of(held.file).size)))
            }
            guard let staged else {
                await supersede(job)
                return nil
            }
            shortages.end(job.id)
            let isSidecar = try await context.disk.run { isNamedAsSidecar(job.source.path, in: context) }
            return try await publish(
                job, context,
                copyPaths(of: job.source.path, in: context, isSidecar: isSidecar).map {
                    OutputName(copy: $0, bytes: staged.bytes, sha256: staged.digest)
                })
        } catch is CancellationError {
            // The next start goes on: it is queued still.
            await clearStaging(job)
            return nil
        } catch let error as SystemCallError where [ENOSPC, EDQUOT].contains(error.errno) && !settings.stopsOnFault {
            guard shortages.isOver(job.id, now: clock()) else { throw error }
            await clearStaging(job)
            await fail(
                job,
                JobError(
                    .tooManyBytes,
                    "The outbox has had no room for a copy of this file (\(job.source.size) bytes) for ten minutes: \(error)."
                ), countsFailure: false)
        } catch let error as SystemCallError where error.call == readSource {
            await fail(job, JobError(.unreadable, "\(error)"), countsFailure: false)
        } catch let error as SystemCallError where error.errno == EFBIG {
            await fail(
                job, JobError(.tooManyBytes, "The outbox takes no file of this size: \(error)."), countsFailure: false)
        } catch let error as SystemCallError where [ENAMETOOLONG, EINVAL, EILSEQ].contains(error.errno) {
            await fail(
                job, JobError(.nameTooLong, "The outbox takes no file of this name: \(error)."), countsFailure: false)
        }
        return nil
    }

    /// Publishes the staged copy under the first of these names that can be had.
    private func publish(_ job: JobRecord, _ context: InboxContext, _ names: [OutputName]) async throws -> OutputName? {
        // Where originals leave the inbox, an earlier copy may be the only one there is.
        let replacing = !context.takesSourcesAway || settings.overwrite
        var names = names
        while let claimed = try await journal.claimCopy(of: job, names, replacing: replacing) {
            let before = claimed.before
            let isOurs = settings.overwrite || before?.isPublished == true
            do {
                try await context.copies.run { [places, copy = claimed.copy] in
                    try places.check()
                    try places.publisher.publish(
                        copy: stagedCopy, bytes: copy.bytes ?? 0, digest: copy.sha256 ?? "", at: copy.path,
                        from: places.staging.open(job.name), owned: isOurs,
                        earlier: [before?.name.sha256].compactMap(\.self))
                }
                // Before its source may go.
                try await journal.recordCopy(claimed.copy, of: job)
                return claimed.copy
            } catch PublishError.occupied(_) {
                names.removeAll { $0.path == claimed.copy.path }
            }
        }
        let error = names.isEmpty ? noNames : noNameLeft(names.prefix(1).map { [$0] })
        await fail(job, error, countsFailure: false)
        return nil
    }

    /// The source's own path, unless that is the name of a picture's sidecar; then what is near it.
    private func copyPaths(of path: RelativePath, in context: InboxContext, isSidecar: Bool) -> [RelativePath] {
        func name(_ mark: String) -> [UInt8] { path.stem + Array(mark.utf8) + path.name.dropFirst(path.stem.count) }
        let numbered = (2...99).map { name(".original~\($0)") }
        let names = (isSidecar ? [] : [path.name]) + [name(".original")] + numbered
        return names.filter { $0.count <= OutputNames.longestName }
            .compactMap { path.sibling($0).map(context.placed) }
    }
}

/// Whether a picture's sidecar has that name: of one that is called like a picture, there or not, or that is there without
/// any ending. Blocks.
private func isNamedAsSidecar(_ path: RelativePath, in context: InboxContext) -> Bool {
    guard path.name.suffix(5).elementsEqual(".json".utf8) else { return false }
    if OtherContent.endsAsPicture(path.stem) { return true }
    guard OtherContent.isNameOfPicture(path.stem), let picture = path.sibling(path.stem) else { return false }
    return (try? context.directory?.stat(picture.bytes))??.isRegular == true
}

private let stagedCopy = Array("copy".utf8)
private let stagedDraft = Array("copy.draft".utf8)
