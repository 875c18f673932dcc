/// A parser of ours that is given any bytes at all.
package struct FuzzTarget: Sendable {
    /// As `make fuzz TARGETS=…` has it; the folder of its found inputs too.
    package let name: String
    /// That an input has: more make it slow, and find nothing else.
    package let mostBytes: Int
    /// What the names of files end in that are good to start from.
    package let seeds: [String]
    /// Throws where the parser's answer is wrong. Where it crashes, it crashes.
    package let run: @Sendable (_ input: [UInt8]) throws -> Void

    init(
        _ name: String, mostBytes: Int, seeds: [String], _ run: @escaping @Sendable (_ input: [UInt8]) throws -> Void
    ) {
        self.name = name
        self.mostBytes = mostBytes
        self.seeds = seeds
        self.run = run
    }

    package static let all: [FuzzTarget] = pictures + metadata + texts
}

/// An answer that cannot be right.
package struct WrongAnswer: Error, CustomStringConvertible {
    package let description: String
}

func require(_ condition: Bool, _ fault: @autoclosure () -> String) throws(WrongAnswer) {
    if !condition { throw WrongAnswer(description: fault()) }
}
