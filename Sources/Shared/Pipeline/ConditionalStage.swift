package import Conditions

/// A stage that is applied only if a condition holds.
package struct ConditionalStage: Codable, Sendable, Equatable {
    package var when: Condition
    package var stage: Stage
    /// Once the condition is known not to hold: the stage keeps its place, and does nothing.
    package var isSkipped = false

    package init(when: Condition, stage: Stage) {
        self.when = when
        self.stage = stage
    }
}
