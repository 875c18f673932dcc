import Jobs
import LinuxIO
import Metadata
import WorkerProtocol

/// What lies beside a source and may tell of it, read once: these files are strangers', as pictures are.
struct PassedCompanions {
    private(set) var records: [CompanionRecord] = []
    private(set) var warnings: [String] = []
    /// Of all that was read; empty where there is none. Results of an earlier attempt may rest on other words.
    let digest: String

    /// - Parameter descriptors: of those that have no failure, in their order.
    init(_ files: [JobRequest.NamedFile], _ descriptors: ArraySlice<Descriptor>) {
        var rest = descriptors
        var digests = ""
        for file in files {
            do {
                if let failure = file.failure { throw Failure(description: failure) }
                guard let descriptor = rest.popFirst() else {
                    throw Failure(description: "it was not passed with the job")
                }
                let bytes = try Self.read(descriptor, file.path)
                digests += sha256(bytes)
                records.append(try CompanionRecord(bytes, name: file.path))
            } catch {
                warnings.append("companion: '\(file.path)' was not used: \(error)")
            }
        }
        digest = digests
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// It may have grown since it was opened.
    private static func read(_ file: Descriptor, _ name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(clamping: min(try FileStatus.of(file).size, Int64(Filled.largestCompanion))))
        try file.forEachPiece(subject: name) { piece in
            bytes += piece
            if bytes.count > Filled.largestCompanion {
                throw Failure(description: "it has more than \(Filled.largestCompanion >> 10) KiB")
            }
        }
        return bytes
    }
}
