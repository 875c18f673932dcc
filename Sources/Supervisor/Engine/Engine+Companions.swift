import ImageHeader
import Jobs
import Journal
import LinuxIO
import Pipeline

// What lies beside a picture and belongs to it (`IMG_1.MOV`, `IMG_1.HEIC.xmp`) goes where the picture goes. The companions
// go first: until they have, the picture's job is open in the journal, and a start after a crash goes on with it.
extension Engine {
    /// Takes the companions of a picture out of the inbox that is about to leave it.
    func disposeCompanions(of job: JobRecord, _ context: InboxContext, as after: Disposal) async throws {
        guard context.pipeline.others == .leave, after != .keep, job.other == nil, !journal.counts.others.isEmpty else {
            return
        }
        for companion in try await journal.family(inbox: job.source.inbox, path: job.source.path)
        where companion.isLeftOther
            && OtherContent.isCompanion(companion.source.path.name, of: job.source.path.name)
        {
            try await follow(companion, context, as: after)
        }
    }

    /// The same of those that were not known yet when it left.
    func disposeLateCompanions(of job: JobRecord, _ context: InboxContext?, _ stay: JobRecord.Stay) async {
        guard let context, context.takesSourcesAway, stay == .none else { return }
        do {
            try await disposeCompanions(of: job, context, as: context.pipeline.after)
        } catch {
            // The next start goes on.
            pause(environmentFault(error))
        }
    }

    /// A companion that comes after its picture has gone follows it; nothing is done where there is none, or it waits.
    func followPicture(_ job: JobRecord, _ context: InboxContext) async throws {
        guard context.takesSourcesAway, context.pipeline.others == .leave else { return }
        let name = job.source.path.name
        let pictures = try await journal.family(inbox: job.source.inbox, path: job.source.path).filter {
            $0.other == nil && OtherContent.isCompanion(name, of: $0.source.path.name)
        }
        guard pictures.allSatisfy({ $0.state == .done }),
            pictures.contains(where: { $0.stay == .none && ($0.finishedAt ?? 0) > clock() - latestFollower })
        else { return }
        try await follow(job, context, as: context.pipeline.after)
    }

    /// At start: those whose pictures left while the last run ended.
    func followPicturesOfLastRun() async {
        guard contexts.values.contains(where: { $0.takesSourcesAway && $0.pipeline.others == .leave }),
            !journal.counts.others.isEmpty
        else { return }
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

    private func follow(_ companion: JobRecord, _ context: InboxContext, as after: Disposal) async throws {
        let stay = try await dispose(companion, context, syncing: nil, as: after)
        if stay == .none { try await journal.setStay(.none, of: companion) }
    }

    /// Seconds after its picture in which a companion is taken for one: later files of its name may be of another picture.
    private var latestFollower: Double { 86_400 }
}

extension JobRecord {
    /// Whether it is no picture, and still in its inbox though that is to be emptied.
    fileprivate var isLeftOther: Bool { state == .done && other != nil && stay == .forGood }
}
