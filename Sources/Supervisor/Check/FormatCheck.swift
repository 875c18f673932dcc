import Engine
import Jobs
package import Pipeline
import Schema
import WorkerPool
import WorkerProtocol

/// Whether this machine's libraries write what pipelines ask for, as a worker says: the supervisor itself links none.
package enum FormatCheck {
    /// - Throws: `ConfigurationFaults` with a fault for each rendition that cannot be written, `WorkerMissing`.
    package static func require(_ pipelines: [Pipeline]) async throws {
        guard pipelines.contains(where: { $0.renditions.contains(where: \.needsOwnEncoder) }) else { return }
        let executable = try findWorkerExecutable()
        // One that does not start says so to the run itself.
        guard let worker = try? await WorkerProcess.start(executable: executable, tellsFormats: true) else { return }
        let unwritten = (worker.greeting?.formats ?? []).filter { !$0.writes }
        await worker.stop()
        let faults = pipelines.flatMap { pipeline in
            pipeline.renditions.compactMap { rendition in
                unwritten.first { $0.name == rendition.encoder.formatName }.map { format in
                    Fault(
                        file: pipeline.name, path: "renditions.\(rendition.name).format",
                        message: "\(format.name) cannot be written on this machine: \(format.encoder)")
                }
            }
        }
        if !faults.isEmpty { throw ConfigurationFaults(faults) }
    }
}

extension Rendition {
    /// What every libvips writes is not worth the start of a worker.
    fileprivate var needsOwnEncoder: Bool {
        switch encoder {
        case .jpeg, .png, .webp, .tiff: false
        case .avif, .jxl, .heif, .gif: true
        }
    }
}
