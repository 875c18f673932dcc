import Configuration
import Pipeline

// The configuration, if it can be read: what each inbox does.
extension DoctorReport {
    mutating func look(at configuration: Configuration) {
        for inbox in configuration.inboxes {
            let pipeline = inbox.pipeline
            let renditions = pipeline.resultNames.joined(separator: ", ")
            let models = pipeline.needsInference ? "; names models, which 'sluice check' tests" : ""
            add(
                .configuration, "pipeline \(inbox.name)",
                "\(pipeline.name): \(pipeline.stages.count) stages, renditions: \(renditions.isEmpty ? "none" : renditions); "
                    + "sources: \(pipeline.after.rawValue)\(models)")
        }
    }
}
