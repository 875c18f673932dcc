import FolderContent
import Jobs
import Journal
import LinuxIO
import Pipeline

// What lies beside a picture and belongs to it (`IMG_1.MOV`, `IMG_1.HEIC.xmp`) follows it once it has left the inbox, and not
// before: a picture that fails, or cannot be removed, keeps what is its own. What a crash cuts short, the next start ends.
extension Engine {
    /// The companions of a picture that is done follow it.
    /// - Parameter stay: whether it is in the inbox still.
    func followers(of job: JobRecord, _ context: InboxContext?, _ stay: JobRecord.Stay) async {
        guard let context, follows(context), stay == .none, !journal.counts.others.isEmpty else { return }
        do {
            for companion in try await journal.family(inbox: job.source.inbox, path: job.source.path)
            where companion.stay == .left
                && isCompanion(companion.source.path.name, of: job.source.path.name, context)
            {
                try await followPicture(companion, context)
            }
        } catch {
            // The next start goes on.
            pause(environmentFault(error))
        }
    }

    /// A file that was left follows its pictures, if all of them have gone; else nothing is done.
    func followPicture(_ job: JobRecord, _ context: InboxContext) async throws {
        guard follows(context), job.stay == .left else { return }
        let name = job.source.path.name
        let pictures = try await journal.family(inbox: job.source.inbox, path: job.source.path).filter {
            $0.other == nil && isCompanion(name, of: $0.source.path.name, context)
        }
        guard let last = pictures.compactMap(\.finishedAt).max(),
            pictures.allSatisfy({ $0.state == .done && $0.stay == .none }), last > clock() - latestFollower
        else { return }
        // A newer picture of the name may lie there already, of which nothing is known yet.
        let again = try await disk.run { [directory = context.directory] in
            try pictures.contains { try directory?.stat($0.source.path.bytes) != nil }
        }
        if again { return }
        let after = context.pipeline.after
        if after == .delete {
            // Later files of its name may be of another picture.
            let isLate = job.queuedAt > last
            let isNear = pictures.contains {
                abs($0.source.mtime / 1_000_000_000 - job.source.mtime / 1_000_000_000) < 86_400
            }
            guard OtherContent.mayBeDeleted(name), !isLate || isNear else { return }
        }
        let picture = pictures.max { $0.finishedAt ?? 0 < $1.finishedAt ?? 0 }?.source
        let stay = try await dispose(job, context, syncing: nil, as: after, beside: picture, on: context.copies)
        guard stay == .none else { return }
        try await journal.setStay(.none, of: job)
        onEvent(.followed(job.source, after, job: job.id))
    }

    /// What the other one of raw and picture counts as whose partner has left the inbox already; nil of everything else.
    func kindOfLatePartner(_ job: JobRecord, _ context: InboxContext) async throws -> String? {
        let name = job.source.path.name
        guard OtherContent.mayStandAside(name, context.pipeline.pairs), follows(context) else { return nil }
        let hasLeft = try await journal.family(inbox: job.source.inbox, path: job.source.path).contains {
            $0.other == nil && $0.state == .done && $0.stay == .none && ($0.finishedAt ?? 0) > clock() - latestFollower
                && isCompanion(name, of: $0.source.path.name, context)
        }
        return hasLeft ? OtherContent.kindAside(named: name) : nil
    }

    /// With the companions that have left the inbox before their picture, as `others: copy` and `archive` have it.
    func withThoseThatLeft(
        _ companions: CompanionFiles, _ job: JobRecord, _ context: InboxContext
    ) async throws -> CompanionFiles {
        let goesFirst =
            context.pipeline.others == .archive || context.pipeline.others == .copy && context.takesSourcesAway
        guard goesFirst, companions.files.isEmpty, let archive = places.archive ?? context.archive,
            !journal.counts.others.isEmpty
        else { return companions }
        let names = OtherContent.describers(of: job.source.path.name)
        let left = try await journal.family(inbox: job.source.inbox, path: job.source.path, beside: names).filter {
            $0.other != nil && $0.state == .done && $0.stay == .none && ($0.finishedAt ?? 0) > clock() - latestFollower
                && names.contains($0.source.path.name)
        }.map { (context.placed($0.source.path), $0.source) }
            .sorted { names.firstIndex(of: $0.1.path.name) ?? 0 < names.firstIndex(of: $1.1.path.name) ?? 0 }
        if left.isEmpty { return companions }
        return try await disk.run {
            var companions = companions
            companions.add(left, from: archive)
            return companions
        }
    }

    private func isCompanion(_ name: [UInt8], of picture: [UInt8], _ context: InboxContext) -> Bool {
        OtherContent.isCompanion(name, of: picture, pairs: context.pipeline.pairs)
    }

    /// With `quarantine`, only those stay that stand aside for their partner: they are pictures, and no failures.
    private func follows(_ context: InboxContext) -> Bool {
        context.takesSourcesAway && [.leave, .quarantine].contains(context.pipeline.others)
    }

    /// At start: those whose pictures left while the last run ended.
    func followPicturesOfLastRun() async {
        guard contexts.values.contains(where: follows), !journal.counts.others.isEmpty else { return }
        do {
            var last: Int64 = 0
            while !stopping {
                let left = try await journal.leftOthers(after: last, limit: 256)
                guard let end = left.last else { return }
                for job in left where !stopping {
                    guard let context = contexts[job.source.inbox], context.directory != nil else { continue }
                    try await followPicture(job, context)
                }
                last = end.id
            }
        } catch {
            // The next start goes on.
            pause(environmentFault(error))
        }
    }

    /// Seconds after its picture in which a companion is taken for one: later files of its name may be of another picture.
    private var latestFollower: Double { 86_400 }
}
