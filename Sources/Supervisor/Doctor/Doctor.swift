package import Configuration
import Engine
import LinuxIO
package import Pipeline
package import Places
import Run

/// `sluice doctor`: what this kernel and machine offer, and whether the directories are usable. Takes no lock, opens no
/// journal for writing, and leaves nothing behind: a running supervisor is not disturbed.
package struct Doctor: Sendable {
    /// Where a supervisor works, or would.
    package struct Places: Sendable {
        package struct Inbox: Sendable {
            package var name: String
            package var path: String
            package var after: Disposal
        }
        /// Empty for `process`.
        package var inboxes: [Inbox] = []
        package var outbox: String
        package var quarantine: String
        package var staging: String
        package var journal: String
        package var archive: String?

        /// Those of `sluice watch`.
        package init(_ configuration: Configuration) {
            inboxes = configuration.inboxes.map { .init(name: $0.name, path: $0.path, after: $0.pipeline.after) }
            outbox = configuration.outbox
            quarantine = configuration.quarantine
            staging = configuration.staging
            journal = configuration.journal
            archive = configuration.archive
        }

        /// Those of `sluice process --out`.
        package init(_ state: ProcessState) {
            outbox = state.output
            quarantine = state.quarantine
            staging = state.staging
            journal = state.journal
        }
    }

    private let places: [Places]
    private let configuration: Configuration?
    private let memory: MemoryWishes
    private let faults: [String]
    private let onnxRuntime: String?

    /// - Parameters:
    ///   - configuration: nil where there is none, or none that can be read.
    ///   - faults: why it cannot be read.
    ///   - onnxRuntime: the library that runs models, where the configuration names none; nil: where it is usually found.
    package init(configuration: Configuration?, faults: [String] = [], output: String?, onnxRuntime: String? = nil) {
        places =
            [configuration.map(Places.init)].compactMap { $0 }
            + (output.map { ProcessState.newest(in: $0).map(Places.init) } ?? [])
        self.configuration = configuration
        memory = configuration.map { MemoryWishes($0) } ?? MemoryWishes()
        self.faults = faults
        self.onnxRuntime = onnxRuntime
    }

    package func examine() async -> DoctorReport {
        var report = DoctorReport()
        report.lookAtKernel()
        report.lookAtMemory(memory, staging: places.first?.staging)
        report.lookAtControlGroup()
        report.lookAtEvents()
        report.lookAtDescriptors()
        report.lookAtClock()
        report.lookAtService()
        report.lookAtOwnLibraries()
        await report.lookAtWorker(
            staging: places.lazy.compactMap { realPath($0.staging) }.first,
            onnxRuntime: configuration?.onnxRuntime ?? onnxRuntime)
        for fault in faults {
            report.fault(
                .configuration, "configuration", fault, .badConfiguration,
                advice: "correct the line; 'sluice check' shows the same faults faster")
        }
        if let configuration { report.look(at: configuration) }
        for place in places { report.look(at: place) }
        return report
    }
}
