import Foundation
import Glibc
import Jobs
import LinuxIO
import Testing

/// The real programs on pictures whose decoders hold more than the cap, with the memory of all processes watched.
@Suite("The memory cap, kept", .enabled(if: Tool.vips.path != nil, "needs vips (libvips-tools) to make pictures"))
struct MemoryCapProcessTests {
    private static let pipeline = """
        version: 1
        renditions:
          large: { resize: { width: 800 }, format: jpeg }
          thumb: { resize: { width: 160 }, format: jpeg }
        """

    /// A picture of so many times 60 by 40 pixels, in the format of the ending.
    private func enlarge(_ scratch: Scratch, to target: String, times: Int) async throws {
        guard let vips = Tool.vips.path else { return }
        try scratch.writePicture("small.png")
        try scratch.makeDirectory("in")
        let factor = "\(times)"
        let made = try await runProgram(
            vips, ["zoom", "\(scratch.path)/small.png", "\(scratch.path)/in/\(target)", factor, factor])
        try scratch.remove("small.png")
        try #require(made.exitCode == 0, "\(made)")
    }

    /// Runs `process`, and gives the most that it and its workers were seen to hold together. Bytes.
    private func watched(
        _ scratch: Scratch, _ more: String..., pipeline: String = Self.pipeline
    ) async throws -> (finished: FinishedProgram, peak: UInt64) {
        let arguments = try scratch.processArguments(pipeline: pipeline) + ["--json"] + more
        let program = try RunningProgram(executable: BuiltPrograms.sluice, arguments: arguments)
        var peak: UInt64 = 0
        while program.isRunning {
            let processes = [program.processIdentifier] + children(of: program.processIdentifier)
            peak = max(peak, processes.reduce(0) { $0 + (anonymousMemory(of: $1) ?? 0) })
            try await Task.sleep(for: .milliseconds(5))
        }
        return (await program.wait(), peak)
    }

    private func children(of process: pid_t) -> [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.flatMap { task in
            let list = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    @Test(
        "pictures that decoders hold whole are published, the cap is kept, and the results are the same",
        arguments: [
            "p.webp[lossless,effort=0]", "p.gif", "p.jpg[interlace]", "p.tif[tile,tile-width=1024,tile-height=1024]",
        ])
    func spilled(target: String) async throws {
        try await withScratch { scratch in
            try await enlarge(scratch, to: target, times: 80)
            let name = String(target.prefix { $0 != "[" })
            let free = try await scratch.process("--memory-cap", "2GiB", pipeline: Self.pipeline)
            #expect(free.exitCode == 0, "\(free)")
            let whole = try #require(try scratch.verifiedOutbox()[name])
            #expect(whole.memory.plan == "in-memory" && whole.memory.peak > 30 << 20)

            let (finished, peak) = try await watched(scratch, "--memory-cap", "64MiB", "--overwrite")
            #expect(finished.exitCode == 0, "\(finished)")
            #expect(peak <= 64 << 20, "\(peak >> 20) MiB")
            let capped = try #require(try scratch.verifiedOutbox()[name])
            #expect(capped.memory.plan != "in-memory")
            if capped.memory.plan == "spilled" { #expect(try #require(capped.memory.spilled) > 10 << 20) }
            #expect(capped.renditions.map(\.sha256) == whole.renditions.map(\.sha256))
        }
    }

    @Test("the lower edge of a resized picture is had without the lines above it", arguments: ["p.png", "p.tif"])
    func lowerEdge(target: String) async throws {
        try await withScratch { scratch in
            try await enlarge(scratch, to: target, times: 100)
            let finished = try await scratch.process(
                "--memory-cap", "128MiB",
                pipeline: """
                    version: 1
                    renditions:
                      edge: { resize: { width: 600, height: 20, fit: cover, position: bottom }, format: jpeg }
                    """)
            #expect(finished.exitCode == 0, "\(finished)")
            // It would be 70 MB, and most of that in a file.
            let memory = try #require(try scratch.verifiedOutbox()[target]).memory
            #expect(memory.plan == "in-memory" && (memory.spilled ?? 0) == 0, "\(memory)")
        }
    }

    @Test("what neither cap nor spill limit has room for is refused before it is decoded, with what it would need")
    func refused() async throws {
        try await withScratch { scratch in
            try await enlarge(scratch, to: "p.webp[lossless,effort=0]", times: 80)
            let report = try await scratch.process(
                "--memory-cap", "64MiB", "--spill-limit", "8MiB", pipeline: Self.pipeline
            ).report()
            #expect(report.codes == ["too-large-for-cap": 1], "\(report)")
            let message = try #require(report.failures.first?.message)
            #expect(message.contains("memory.cap") && message.contains("spill.limit"), "\(message)")
        }
    }

    @Test("a picture of which libvips itself would make a temporary file is spilled where the sandbox lets it")
    func temporaryFile() async throws {
        try await withScratch { scratch in
            // Over libvips' 100 MiB, and decoded at its full size.
            try await enlarge(scratch, to: "p.webp[lossless,effort=0]", times: 130)
            let (finished, peak) = try await watched(
                scratch, "--memory-cap", "64MiB",
                pipeline: "version: 1\nrenditions:\n  r: { format: png, compression: 1 }\nmetadata: { keep: none }\n")
            #expect(finished.exitCode == 0, "\(finished)")
            #expect(peak <= 64 << 20, "\(peak >> 20) MiB")
        }
    }

    @Test("a disk without room for what would be spilled pauses the run: nothing is lost, no attempt is counted")
    func fullDisk() async throws {
        try await withScratch { scratch in
            try await enlarge(scratch, to: "p.webp[lossless,effort=0]", times: 80)
            let out = "\(scratch.path)/out"
            let image = "\(scratch.path)/disk.img"
            try scratch.makeDirectory("out")
            let made = try await runProgram(
                "/bin/sh", ["-c", "truncate -s 48m \(image) && mkfs.ext4 -q \(image) && mount -o loop \(image) \(out)"])
            guard made.exitCode == 0 else {
                print("skipped: cannot mount a small disk here (\(made.errors))")
                return
            }
            defer { umount2(out, Int32(MNT_DETACH)) }
            let finished = try await scratch.process(
                "--memory-cap", "64MiB", "--spill-limit", "1GiB", pipeline: Self.pipeline)
            #expect(finished.exitCode == 73, "\(finished)")
            #expect(finished.errors.contains("No space left on device"), "\(finished)")
            #expect(try scratch.snapshot(below: "in").count == 1)
        }
    }

    @Test(
        "caps too small for anything are refused at start, with the smallest that is not", arguments: ["48MiB", "1MiB"])
    func tooSmall(cap: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/p.png")
            let finished = try await scratch.process("--memory-cap", cap)
            #expect(finished.exitCode == 64, "\(finished)")
            #expect(finished.errors.contains("56"), "\(finished)")
            let least = try await scratch.process("--memory-cap", "56MiB")
            #expect(least.exitCode == 0, "\(least)")
        }
    }
}
