import LinuxIO
import Testing

@testable import Outbox
@testable import Places

@Suite("Which shard a run is")
struct ShardChoiceTests {
    private func chosen(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        try #require(ShardChoice(text), "\(text)").shard { environment[$0] }.description
    }

    private func array(_ index: Int, _ least: Int, _ most: Int, count: Int, step: Int = 1) -> [String: String] {
        [
            "SLURM_ARRAY_TASK_ID": "\(index)", "SLURM_ARRAY_TASK_MIN": "\(least)", "SLURM_ARRAY_TASK_MAX": "\(most)",
            "SLURM_ARRAY_TASK_COUNT": "\(count)", "SLURM_ARRAY_TASK_STEP": "\(step)",
        ]
    }

    @Test(
        "words that are none",
        arguments: ["", "0/4", "5/4", "2", "2/", "/4", "-1/4", "+1/4", "auto/", "auto/0", "a/b", "1/2/3", "1/10000"])
    func nonsense(text: String) { #expect(ShardChoice(text) == nil) }

    @Test("named, it is what it says, wherever it runs")
    func named() throws {
        #expect(try chosen("2/4") == "2/4")
        #expect(try chosen("2/4", array(1, 1, 8, count: 8)) == "2/4")
    }

    @Test("a Slurm array tells it, from 0 or from 1, in steps too")
    func slurm() throws {
        #expect(try chosen("auto", array(1, 1, 4, count: 4)) == "1/4")
        #expect(try chosen("auto", array(3, 0, 3, count: 4)) == "4/4")
        #expect(try chosen("auto", array(4, 0, 6, count: 4, step: 2)) == "3/4")
        // Done again alone: the whole's size must be said.
        #expect(try chosen("auto/4", array(3, 3, 3, count: 1)) == "3/4")
    }

    @Test("a part of an array is no whole", arguments: [(3, 3, 3, 1), (2, 2, 3, 2), (7, 0, 7, 3), (1, 1, 1, 1)])
    func partOfArray(index: Int, least: Int, most: Int, count: Int) {
        let error = #expect(throws: ShardProblem.self) { try chosen("auto", array(index, least, most, count: count)) }
        #expect(error?.description.contains("--shard auto/N") == true)
    }

    @Test("Kubernetes counts from 0 and GNU parallel from 1; both need to be told of how many")
    func others() throws {
        #expect(try chosen("auto/4", ["JOB_COMPLETION_INDEX": "0"]) == "1/4")
        #expect(try chosen("auto", ["JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "4"]) == "4/4")
        #expect(try chosen("auto/4", ["PARALLEL_SEQ": "4"]) == "4/4")
    }

    @Test(
        "what is missing or wrong is named",
        arguments: [
            ("auto", [:], "SLURM_ARRAY_TASK_ID"), ("auto", ["JOB_COMPLETION_INDEX": "0"], "JOB_COMPLETIONS"),
            ("auto", ["PARALLEL_SEQ": "1"], "{#}/N"), ("auto", ["SLURM_ARRAY_TASK_ID": "1"], "SLURM_ARRAY_TASK_MIN"),
            ("auto/4", ["SLURM_ARRAY_TASK_ID": "0"], "--array=1-4"),
            ("auto/4", ["JOB_COMPLETION_INDEX": "4"], "must be 0 to 3"),
            ("auto/4", ["PARALLEL_SEQ": "x"], "not a number"),
            ("auto/4", ["PARALLEL_SEQ": "1", "JOB_COMPLETION_INDEX": "1"], "JOB_COMPLETION_INDEX and PARALLEL_SEQ"),
        ] as [(String, [String: String], String)])
    func problems(text: String, environment: [String: String], words: String) {
        let error = #expect(throws: ShardProblem.self) { try chosen(text, environment) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test(
        "shards of one number share an outbox; another number and a run over everything are kept out, and the other way"
    )
    func division() async throws {
        try await withScratch { scratch in
            let state = scratch.directory
            do {
                let first = try DivisionLock(in: state, shards: 4)
                let second = try DivisionLock(in: state, shards: 4)
                #expect(first.division == second.division && first.division.shards == 4)
                #expect(first.division.generation != 0)
                for others in [0, 8] {
                    let error = #expect(throws: WorkspaceError.self) { try DivisionLock(in: state, shards: others) }
                    #expect(error.map { "\($0)" }?.contains("runs with 4 shards are in progress here") == true)
                }
                #expect(throws: WorkspaceError.self) { try DivisionLock(in: state, shards: nil) }
                withExtendedLifetime((first, second)) {}
            }
            let generation = DivisionLock.division(in: state).generation
            do {
                let again = try DivisionLock(in: state, shards: 4)
                #expect(again.division.generation == generation, "nobody else was there meanwhile")
            }
            do {
                let whole = try DivisionLock(in: state, shards: 0)
                #expect(whole.division.shards == 0 && whole.division.generation != generation)
                let error = #expect(throws: WorkspaceError.self) { try DivisionLock(in: state, shards: 4) }
                #expect(error.map { "\($0)" }?.contains("another sluice is running here") == true)
                withExtendedLifetime(whole) {}
            }
        }
    }

    @Test("an outbox that was never divided is not written to for that")
    func undivided() async throws {
        try await withScratch { scratch in
            for _ in 1...2 {
                let lock = try DivisionLock(in: scratch.directory, shards: 0)
                #expect(lock.division == Division())
            }
            #expect(try scratch.read("division").isEmpty)
        }
    }

    @Test("a division is one line, always as long; what is none is no division")
    func lines() {
        let lines = [Division(), Division(shards: 9999, generation: .max), Division(shards: 4, generation: 7)]
        #expect(Set(lines.map(\.line.count)).count == 1)
        for division in lines { #expect(Division(division.line) == division) }
        for text in ["", "shards", "shards x generation y", "shards -4 generation 1 more"] {
            #expect(Division(Array(text.utf8)).shards == 0)
        }
    }
}
