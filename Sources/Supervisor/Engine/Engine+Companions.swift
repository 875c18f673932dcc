import ImageHeader
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
                && OtherContent.isCompanion(companion.source.path.name, of: job.source.path.name)
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
            $0.other == nil && OtherContent.isCompanion(name, of: $0.source.path.name)
        }
        guard let last = pictures.compactMap(\.finishedAt).max(),
            pictures.allSatisfy({ $0.state == .done && $0.stay == .none }), last > clock() - latestFollower
        else { return }
        let after = context.pipeline.after
        if after == .delete {
            // Later files of its name may be of another picture.
            let isLate = job.queuedAt > last
            let isNear = pictures.contains {
                abs($0.source.mtime / 1_000_000_000 - job.source.mtime / 1_000_000_000) < 86_400
            }
            guard OtherContent.mayBeDeleted(name), !isLate || isNear else { return }
        }
        let stay = try await dispose(job, context, syncing: nil, as: after, on: context.copies)
        guard stay == .none else { return }
        try await journal.setStay(.none, of: job)
        onEvent(.followed(job.source, after, job: job.id))
    }

    /// What a camera's own file counts as whose picture has left the inbox already; nil of everything else.
    func kindOfRaw(_ job: JobRecord, _ context: InboxContext) async throws -> String? {
        guard let kind = OtherContent.kindOfRaw(named: job.source.path.name), follows(context) else { return nil }
        let name = job.source.path.name
        let hasLeft = try await journal.family(inbox: job.source.inbox, path: job.source.path).contains {
            $0.other == nil && $0.state == .done && $0.stay == .none && ($0.finishedAt ?? 0) > clock() - latestFollower
                && OtherContent.isCompanion(name, of: $0.source.path.name)
        }
        return hasLeft ? kind : nil
    }

    private func follows(_ context: InboxContext) -> Bool {
        context.takesSourcesAway && context.pipeline.others == .leave
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
