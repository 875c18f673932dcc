import Foundation
import Testing

/// A machine whose libheif has no encoders is told so when a run begins, not at each picture.
@Suite(
    "Formats that cannot be written here", .enabled(if: Tool.clang.isInstalled, "compiles a library without encoders"))
struct FormatCheckTests {
    private static let pipeline = """
        version: 1
        renditions:
          modern: { format: avif, effort: 0 }
          phone: { format: heic, effort: 0 }
          plain: { format: jpeg }
        """

    /// A worker that finds no encoders.
    private func worker(_ scratch: Scratch) async throws -> [String: String?] {
        let shim = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Shims/no_encoders.c").path
        let clang = try #require(Tool.clang.path)
        let made = try await runProgram(clang, ["-shared", "-fPIC", "-o", "\(scratch.path)/none.so", shim])
        try #require(made.exitCode == 0, "\(made)")
        try scratch.write(
            text: "#!/bin/sh\nLD_PRELOAD='\(scratch.path)/none.so' exec '\(BuiltPrograms.worker)' \"$@\"\n",
            to: "worker")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(scratch.path)/worker")
        return ["SLUICE_WORKER": "\(scratch.path)/worker"]
    }

    @Test("process and check end with 78, say what to install, and do nothing; what others write is done")
    func refused() async throws {
        try await withScratch { scratch in
            let environment = try await worker(scratch)
            try scratch.writePicture("in/a.png")
            let arguments = try scratch.processArguments(pipeline: Self.pipeline)
            for words in [arguments, ["check", "\(scratch.path)/pipeline.yaml"]] {
                let result = try await runProgram(BuiltPrograms.sluice, words, environment: environment)
                #expect(result.exitCode == 78, "\(result)")
                for line in [
                    "renditions.modern.format: avif cannot be written on this machine: install libheif's encoder for AV1",
                    "renditions.phone.format: heif cannot be written on this machine: install libheif's encoder for HEVC: "
                        + "libheif-plugin-x265",
                ] {
                    #expect(result.errors.contains(line), "\(result)")
                }
                #expect(!result.errors.contains("plain"))
            }
            #expect(try !scratch.exists("out"))
            // The same worker writes what needs no such encoder.
            let plain = try scratch.processArguments(
                pipeline: "version: 1\nrenditions: { a: { format: jpeg } }\n")
            #expect(try await runProgram(BuiltPrograms.sluice, plain, environment: environment).exitCode == 0)
        }
    }

    @Test("watch does not start; the doctor says which formats they are")
    func watch() async throws {
        try await withScratch { scratch in
            let environment = try await worker(scratch)
            _ = try WatchedPlace(scratch)
            try scratch.write(text: Self.pipeline, to: "Pipelines/cheap.yaml")
            let result = try await runProgram(
                BuiltPrograms.sluice, ["watch", "--config", "\(scratch.path)/sluice.yaml"], environment: environment)
            #expect(result.exitCode == 78, "\(result)")
            #expect(result.errors.contains("renditions.phone.format: heif cannot be written"), "\(result)")

            let doctor = try await runProgram(BuiltPrograms.sluice, ["doctor"], environment: environment)
            #expect(doctor.exitCode == 0, "\(doctor)")
            #expect(doctor.output.contains("libheif-plugin-x265") && doctor.output.contains("libheif-plugin-aomenc"))
        }
    }
}
