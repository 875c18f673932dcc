package import LinuxIO
package import Outbox
import Places

extension Engine {
    /// The directories that results and failures go to. A recreated one replaces the old one.
    package struct Places: Sendable {
        package var staging: Staging
        package var publisher: Publisher
        package var quarantine: Quarantine

        package var archive: Directory?
        /// Outbox, staging, quarantine and archive, as they are looked at before they are written to.
        package var roots: [HeldRoot]

        package init(
            staging: Staging, publisher: Publisher, quarantine: Quarantine, archive: Directory? = nil,
            roots: [HeldRoot] = []
        ) {
            self.staging = staging
            self.publisher = publisher
            self.quarantine = quarantine
            self.archive = archive
            self.roots = roots
        }

        /// Blocks.
        /// - Throws: `RootGone`, `RootReplaced`.
        package func check() throws { for root in roots { try root.check() } }

        /// Checks that a worker's results would go to the right place. Blocks.
        /// - Throws: as `check`.
        func checkStaging() throws {
            try stagingRoot?.check()
        }

        /// Where the staging of jobs, the lock and the control socket lie.
        package var stagingRoot: HeldRoot? { roots.first { $0.role == Workspace.stagingRole } }
    }
}
