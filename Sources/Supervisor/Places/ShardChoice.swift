package import Outbox

/// The value of `--shard`: which part of how many, or where to find out.
package enum ShardChoice: Sendable, Equatable {
    /// `2/4`.
    case named(Shard)
    /// `auto`, `auto/4`.
    case automatic(count: Int?)

    /// Nil where it is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts == ["auto"] {
            self = .automatic(count: nil)
            return
        }
        guard parts.count == 2, let count = number(parts[1]), (1...Shard.most).contains(count) else { return nil }
        if parts[0] == "auto" {
            self = .automatic(count: count)
        } else {
            guard let shard = number(parts[0]).flatMap({ Shard(number: $0, of: count) }) else { return nil }
            self = .named(shard)
        }
    }

    /// - Parameter environment: the value of a variable.
    /// - Throws: `ShardProblem` if the environment does not say.
    package func shard(in environment: (String) -> String?) throws(ShardProblem) -> Shard {
        switch self {
        case .named(let shard): return shard
        case .automatic(let count):
            let here = Scheduler.allCases.filter { environment($0.variable) != nil }
            guard let scheduler = here.first else {
                throw ShardProblem(
                    "--shard auto finds none of \(list(Scheduler.allCases.map(\.variable))) in the environment: state which "
                        + "part this is, as in --shard 2/4")
            }
            guard here.count == 1 else {
                throw ShardProblem(
                    "--shard auto finds \(list(here.map(\.variable))): state which part this is, as in --shard "
                        + "\"$\(scheduler.variable)/4\"")
            }
            return try scheduler.shard(count: count, environment)
        }
    }
}

/// Why it is unclear which part a run is.
package struct ShardProblem: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// The scheduler that numbers the runs.
private enum Scheduler: CaseIterable {
    case slurm, kubernetes, parallel

    var variable: String {
        switch self {
        case .slurm: "SLURM_ARRAY_TASK_ID"
        case .kubernetes: "JOB_COMPLETION_INDEX"
        case .parallel: "PARALLEL_SEQ"
        }
    }

    func shard(count: Int?, _ environment: (String) -> String?) throws(ShardProblem) -> Shard {
        let value = environment(variable) ?? ""
        guard let index = number(value) else { throw ShardProblem("\(variable) is '\(value)', which is not a number") }
        let total: Int
        var first = 1
        switch self {
        case .slurm:
            guard let count else { return try ofArray(index, environment) }
            total = count
        case .kubernetes:
            guard let known = count ?? environment("JOB_COMPLETIONS").flatMap(number) else {
                throw ShardProblem(
                    "Kubernetes provides only the index: use --shard auto/N, where N is the job's spec.completions, or set "
                        + "JOB_COMPLETIONS to it")
            }
            (total, first) = (known, 0)
        case .parallel:
            guard let count else {
                throw ShardProblem("GNU parallel provides only the job number: use --shard auto/N, or --shard {#}/N")
            }
            total = count
        }
        guard let shard = Shard(number: index - first + 1, of: total) else {
            throw ShardProblem(
                "\(variable) is \(index): for \(total) parts it must be \(first) to \(first + total - 1)"
                    + (self == .slurm ? " (sbatch --array=1-\(total))" : ""))
        }
        return shard
    }

    /// Of a whole array. One that is a part of an array, of tasks that are done again, does not tell the whole's size.
    private func ofArray(_ index: Int, _ environment: (String) -> String?) throws(ShardProblem) -> Shard {
        func value(_ name: String) throws(ShardProblem) -> Int {
            guard let value = environment("SLURM_ARRAY_TASK_\(name)").flatMap(number) else {
                throw ShardProblem("SLURM_ARRAY_TASK_\(name) is missing: use --shard auto/N, with tasks from 1 to N")
            }
            return value
        }
        let (least, most, count) = (try value("MIN"), try value("MAX"), try value("COUNT"))
        let step = max(1, environment("SLURM_ARRAY_TASK_STEP").flatMap(number) ?? 1)
        guard least <= 1, count > 1, (most - least) / step + 1 == count, (index - least) % step == 0,
            let shard = Shard(number: (index - least) / step + 1, of: count)
        else {
            throw ShardProblem(
                "the array's \(count) tasks, from \(least) to \(most), may be part of a larger array: use --shard auto/N, where N is "
                    + "the whole array's size, with tasks from 1 to N")
        }
        return shard
    }
}

/// Of nine digits at most, so that nothing that is counted with it is too much.
private func number(_ text: String) -> Int? {
    text.utf8.count < 10 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        ? Int(text) : nil
}

private func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
}
