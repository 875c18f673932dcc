import Jobs
package import Journal
package import LinuxIO
import Outbox

/// What earlier runs have done last, from the journal and the sidecars. A few dozen small files, while the work goes on.
package func earlierResults(_ journal: Journal, outbox: Directory, on pool: BlockingPool) async throws
    -> [RecentResults.Result]
{
    let ends = try await journal.lastEnds(most: RecentResults.most)
    return try await pool.run {
        ends.compactMap { job, outputs in
            let finished = job.finishedAt ?? job.queuedAt
            if let error = job.error, job.state == .quarantined {
                return .init(job.source, error, job: job.id, finished: finished)
            }
            guard let sidecar = outputs.last(where: { $0.name.rendition == nil && $0.job == job.id }),
                let content = try? SidecarFile.read(sidecar.name.path.bytes, in: outbox)
            else { return nil }
            return .init(job, content, finished: finished)
        }
    }
}
