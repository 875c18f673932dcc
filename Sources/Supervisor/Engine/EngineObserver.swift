package import Admission
package import Journal
package import LinuxIO
package import WorkerPool

/// Notified of everything an engine does, immediately; must not block or call back.
package protocol EngineObserver: Sendable {
    func take(_ event: EngineEvent)

    func show(_ load: Engine.Load, draining: Bool)

    /// - Parameters:
    ///   - isAll: whether every end is one of a job, so that queue and ends are of one moment.
    ///   - read: gives the counts, which do not change while `body` runs. Waits for nothing.
    func count(isAll: Bool, _ read: @escaping @Sendable (_ body: (JournalCounts) -> Void) -> Void)

    /// - Parameter job: claimed.
    func began(_ job: JobRecord, _ plan: MemoryPlan)

    /// The worker is about to read the source. The open file description is shared with the worker.
    func reads(_ job: Int64, _ file: Descriptor, bytes: Int64)

    func ended(_ job: Int64)

    func note(_ death: Death)

    /// A directory that results go to is gone, and why (nil: it is there again).
    func note(rootFault reason: String?)
}

package struct NoObserver: EngineObserver {
    package init() {}
    package func take(_ event: EngineEvent) {}
    package func show(_ load: Engine.Load, draining: Bool) {}
    package func count(isAll: Bool, _ read: @escaping @Sendable (_ body: (JournalCounts) -> Void) -> Void) {}
    package func began(_ job: JobRecord, _ plan: MemoryPlan) {}
    package func reads(_ job: Int64, _ file: Descriptor, bytes: Int64) {}
    package func ended(_ job: Int64) {}
    package func note(_ death: Death) {}
    package func note(rootFault reason: String?) {}
}
