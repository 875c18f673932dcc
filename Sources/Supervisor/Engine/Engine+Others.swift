import Glibc
import ImageHeader
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
                if context.takesSourcesAway { stay = .forGood }
            case .copy:
                guard let copy = try await copy(job, context) else { return }
                copied = copy
                stay = try await dispose(job, context, syncing: nil)
            case .archive:
                stay = try await dispose(job, context, syncing: nil, as: .archive)
            }
            try await removeResults(of: job, but: copied?.path)
            try await clearFailure(job, context)
            try await journal.markOther(job, kind: kind, stay: stay, now: clock())
            await clearStaging(job)
            noteSuccess()
            onEvent(.other(job.source, kind: kind, rule, job: job.id))
            if stay == .forGood { try await followPicture(journal.job(job.id), context) }
        } catch {
            // One that is done by now is not queued again: the next start goes on.
            await requeueWithoutBlame(job, environmentFault(error))
        }
    }

    /// Whether nothing is left to do with a file that was no picture.
    /// - Parameter hasCopy: whether a copy was made, and is there.
    func isStillDealtWith(_ latest: JobRecord, _ context: InboxContext, hasCopy: Bool) -> Bool {
        if settings.overwrite { return false }
        switch context.pipeline.others {
        case .leave: return true
        case .copy:
            return (hasCopy || !settings.remakesMissing) && (!context.takesSourcesAway || latest.stay == .forGood)
        // It was there again, and is to go again, but where it could not.
        case .archive: return latest.stay == .forGood
        case .quarantine: return false
        }
    }

    /// Copies it into the outbox, durably, under its own path.
    /// - Returns: nil where the job has ended otherwise.
    private func copy(_ job: JobRecord, _ context: InboxContext) async throws -> OutputName? {
        let candidates = copyPaths(of: job.source.path, in: context)
        guard let name = try await journal.claimCopy(of: job, candidates: candidates) else {
            await fail(job, noNameLeft(candidates.map { [OutputName(path: $0, rendition: nil)] }), countsFailure: false)
            return nil
        }
        let (places, overwrite) = (places, settings.overwrite)
        do {
            let copied = try await context.disk.run { () throws -> OutputName? in
                try places.check()
                guard let held = try heldSource(of: job, in: context) else { return nil }
                let staging = try places.staging.prepare(job.name).directory
                let digest = try copyDurably(held.file, to: staging, name: stagedCopy, replacing: true)
                guard try held.isStill(sha256: digest) else { return nil }
                let isOurs = name.isPublished || overwrite
                try places.publisher.publish(
                    copy: stagedCopy, sha256: digest, at: name.name.path, from: staging, owned: isOurs)
                var copied = name.name
                (copied.bytes, copied.sha256) = (UInt64(max(0, try FileStatus.of(held.file).size)), digest)
                return copied
            }
            guard let copied else {
                await supersede(job)
                return nil
            }
            // Before its source may go.
            try await journal.recordCopy(copied, of: job)
            return copied
        } catch let error as PublishError {
            await fail(job, JobError(.nameTaken, "\(error). It was not touched."), countsFailure: false)
            return nil
        } catch let error as SystemCallError where error.call == readSource {
            await fail(job, JobError(.unreadable, "\(error)"), countsFailure: true)
            return nil
        }
    }

    /// The source's own path, unless that is the name of a picture's sidecar.
    private func copyPaths(of path: RelativePath, in context: InboxContext) -> [RelativePath] {
        let isLikeSidecar =
            path.name.suffix(5).elementsEqual(".json".utf8) && OtherContent.endsAsPicture(path.stem)
        let other = path.stem + Array(".original".utf8) + path.name.dropFirst(path.stem.count)
        return (isLikeSidecar ? [other] : [path.name, other]).compactMap { name in
            path.sibling(name).map(context.placed)
        }
    }

    /// What earlier jobs have made of a picture of its path.
    private func removeResults(of job: JobRecord, but copy: RelativePath?) async throws {
        let stale = try await journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.isStale(for: job) && $0.name.path != copy }
            .sorted { $0.name.rendition == nil && $1.name.rendition != nil }.map(\.name.path)
        guard !stale.isEmpty else { return }
        try await disk.run { [places] in
            try places.check()
            try places.publisher.remove(stale)
        }
    }
}

private let stagedCopy = Array("copy".utf8)
