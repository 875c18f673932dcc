import Glibc
import Grading
package import LinuxIO
import Models
import Pipeline
import WorkerProtocol

/// The files that a pipeline names (watermarks, lookup tables, models), opened for one job: a confined worker opens nothing itself.
///
/// A file that cannot be opened is not an error here: the worker reports it when it reaches the stage.
package struct PipelineFiles: Sendable {
    let files: [JobRequest.NamedFile]
    /// Of those that could be opened, in their order.
    let descriptors: [Descriptor]

    /// Files of one pipeline at most: their descriptors travel with those of source, staging and companions in one
    /// message.
    static let most = Wire.mostDescriptors - 2 - CompanionFiles.most

    init(of pipeline: Pipeline) {
        var files: [JobRequest.NamedFile] = []
        var descriptors: [Descriptor] = []
        for path in pipeline.namedFiles {
            do {
                guard descriptors.count < Self.most else {
                    throw Refusal(description: "a pipeline names at most \(Self.most) files")
                }
                descriptors.append(try Self.open(path))
                files.append(.init(path: path))
            } catch {
                files.append(.init(path: path, failure: "\(error)"))
            }
        }
        self.files = files
        self.descriptors = descriptors
    }

    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    package static func open(_ path: String) throws -> Descriptor {
        // It may have become a pipe since the pipeline was read: never wait for its writer.
        let number = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { throw Refusal(description: String(cString: strerror(errno))) }
        let file = Descriptor(owning: number)
        guard try FileStatus.of(file).isRegular else { throw Refusal(description: "not a regular file") }
        return file
    }
}

extension Pipeline {
    /// Each once, in the order in which they are named.
    fileprivate var namedFiles: [String] {
        var paths = models.flatMap(\.openedPaths)
        for stage in stages + renditions.flatMap(\.stages) {
            let path: String? =
                switch stage.unconditional {
                case .watermark(let watermark): watermark.picture
                case .lut(let lut): lut.file
                default: nil
                }
            if let path, !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}

extension ModelDescription {
    /// What a job opens of it: the compiled network, or what it was made of where that is gone.
    fileprivate var openedPaths: [String] {
        guard let compiled = graph?.compiled, access(compiled, R_OK) == 0 else { return filePaths }
        return [compiled] + [classifierPath].compactMap(\.self)
    }
}
