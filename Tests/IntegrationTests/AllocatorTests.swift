import Foundation
import Glibc
import LinuxIO
import Testing

@Suite(
    "The worker's allocator: real blocks in the real, confined worker",
    .enabled(if: isDebugBuild, "only debug builds of the worker can be asked to try"))
struct AllocatorTests {
    /// What became of a trial, by name.
    private func trial(_ words: String, staging: String) async throws -> [String: String] {
        let command = "\"$0\" \"$@\"; exit $?"
        let result = try await runProgram(
            "/bin/sh", ["-c", command, BuiltPrograms.worker, "--staging", staging, "--try", "allocate:\(words)"])
        try #require(result.exitCode == 0, "\(words): \(result)")
        let parts = result.output.split(whereSeparator: \.isWhitespace).map(String.init)
        return Dictionary(
            stride(from: 0, to: parts.count - 1, by: 2).map { (parts[$0], parts[$0 + 1]) }, uniquingKeysWith: { $1 })
    }

    private func withStaging(_ body: (String) async throws -> Void) async throws {
        try await withScratch { scratch in
            try scratch.write(text: "", to: "staging/.keep")
            try FileManager.default.removeItem(atPath: "\(scratch.path)/staging/.keep")
            try await body("\(scratch.path)/staging")
        }
    }

    @Test("blocks are memory while the grant lasts, and lie in a file without a name beyond it")
    func overflow() async throws {
        try await withStaging { staging in
            let told = try await trial("32,1000,0,4,20,\(staging)", staging: staging)
            #expect(told["got"] == "20" && told["whole"] == "true" && told["refusals"] == "0")
            #expect(told["memory"] == "32" || told["memory"] == "28", "\(told)")
            let (memory, spilled) = try (
                #require(told["memory"].flatMap { Int($0) }), #require(told["spilled"].flatMap { Int($0) })
            )
            #expect(memory + spilled >= 80 && spilled >= 48)
            // What lies in the file is no anonymous memory, though every page was written.
            let held = try #require(told["held"].flatMap { Int($0) })
            #expect(held >= 26 && held <= 36, "\(told)")
            #expect(try #require(told["left"].flatMap { Int($0) }) <= 2, "\(told)")
            #expect(told["names"] == "0")
        }
    }

    @Test("blocks as large as the grant says go to the file at once, so that memory is left for small ones")
    func large() async throws {
        try await withStaging { staging in
            let told = try await trial("512,1000,4,4,20,\(staging)", staging: staging)
            #expect(told["got"] == "20" && told["whole"] == "true")
            #expect(told["memory"] == "0" && told["spilled"] == "80", "\(told)")
            #expect(try #require(told["held"].flatMap { Int($0) }) <= 2, "\(told)")
        }
    }

    @Test("what fits neither is refused, and said so once on standard error")
    func refused() async throws {
        try await withStaging { staging in
            let told = try await trial("16,24,0,4,20,\(staging)", staging: staging)
            #expect(told["whole"] == "true")
            #expect(["9", "10"].contains(told["got"]), "\(told)")
            #expect(told["refusals"] == "1" && told["error"] == "0")
        }
    }

    @Test("small blocks end with the grant too, however many are asked for")
    func manySmall() async throws {
        try await withStaging { staging in
            let told = try await trial("small,8,4096,16384,\(staging)", staging: staging)
            #expect(told["refusals"] == "1", "\(told)")
            #expect(try #require(told["held"].flatMap { Int($0) }) <= 16, "\(told)")
        }
    }

    @Test("small blocks of some size go to the file where the heap has outgrown the grant")
    func manySegments() async throws {
        try await withStaging { staging in
            let told = try await trial("small,8,65533,1000,\(staging)", staging: staging)
            #expect(told["got"] == "1000" && told["refusals"] == "0", "\(told)")
            #expect(try #require(told["held"].flatMap { Int($0) }) <= 16, "\(told)")
            #expect(try #require(told["spilled"].flatMap { Int($0) }) >= 40, "\(told)")
        }
    }

    @Test(
        "calloc gives zeros where the file system cannot punch holes",
        .enabled(if: access("/usr/bin/strace", X_OK) == 0, "strace makes the call fail"))
    func zeros() async throws {
        try await withStaging { staging in
            // The third call gives the room of the block back.
            let result = try await runProgram(
                "/usr/bin/strace",
                [
                    "-qq", "-o", "/dev/null", "-f", "-e", "trace=fallocate", "-e",
                    "inject=fallocate:error=EOPNOTSUPP:when=3", BuiltPrograms.worker, "--staging", staging, "--try",
                    "allocate:zeros,\(staging)",
                ])
            #expect(result.output.contains("zeros true same true"), "\(result)")
        }
    }

    @Test("without a directory nothing is spilled")
    func nowhere() async throws {
        try await withStaging { staging in
            let told = try await trial("16,1000,0,4,20", staging: staging)
            #expect(["3", "4"].contains(told["got"]), "\(told)")
            #expect(told["spilled"] == "0" && told["refusals"] == "1")
        }
    }

    @Test("a full disk is told apart: preallocated, so that it is an error and no SIGBUS")
    func fullDisk() async throws {
        try await withStaging { staging in
            guard mount("none", staging, "tmpfs", 0, "size=20m") == 0 else {
                print("skipped: cannot mount a small file system here (\(String(cString: strerror(errno))))")
                return
            }
            defer { umount2(staging, Int32(MNT_DETACH)) }
            let told = try await trial("4,1000,0,4,20,\(staging)", staging: staging)
            #expect(told["error"] == "\(ENOSPC)" && told["whole"] == "true", "\(told)")
        }
    }

    @Test("a long row of mixed calls from four threads, small and large, keeps every byte")
    func shuffle() async throws {
        try await withStaging { staging in
            let told = try await trial("shuffle,\(staging)", staging: staging)
            #expect(told == ["faults": "0", "spilled": "true", "refusals": "0"], "\(told)")
        }
    }
}
