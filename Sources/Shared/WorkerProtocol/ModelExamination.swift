package import Jobs
package import Models

/// Asks whether a model can be used.
package struct ExamineRequest: Codable, Sendable {
    package var model: ModelDescription
    /// For loading and running it.
    package var grant: MemoryGrant
    /// Where its network is compiled, absolute, below the worker's staging directory; nil: it is not.
    package var directory: String?
    /// Bytes that may lie in a file there meanwhile instead of in memory.
    package var spill: UInt64
    /// Whether inputs and outputs are all that is asked for: nothing is run.
    package var describesOnly = false

    package init(model: ModelDescription, grant: MemoryGrant, directory: String? = nil, spill: UInt64 = 0) {
        self.model = model
        self.grant = grant
        self.directory = directory
        self.spill = spill
    }
}

/// A worker's findings about a model.
package struct ModelExamination: Codable, Sendable, Equatable {
    /// Why it cannot be used; nil where it can.
    package var fault: String?
    /// Name and version of the engine.
    package var engine: String?
    /// Inputs and outputs of its network.
    package var inputs: [Port] = []
    package var outputPorts: [Port] = []
    /// What its network says of itself.
    package var graph: ModelDescription.Graph?
    /// What the compiled network is called in the request's directory; nil where there is none.
    package var compiled: String?
    /// Why there is none, where one was asked for.
    package var notCompiled: String?
    /// Its outputs with their shapes, for people.
    package var outputs: [String] = []
    /// Bytes of anonymous memory that it holds between two runs, and at most while it is loaded and run.
    package var memory: UInt64 = 0
    package var peakMemory: UInt64 = 0
    /// Of one run.
    package var seconds: Double = 0

    package init() {}

    /// An input or an output; sizes that are left open are nil.
    package struct Port: Codable, Sendable, Equatable {
        package var name: String
        package var shape: [Int?]
        package var isInteger: Bool

        package init(name: String, shape: [Int?], isInteger: Bool = false) {
            self.name = name
            self.shape = shape
            self.isInteger = isInteger
        }
    }
}
