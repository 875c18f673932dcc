import FolderContent
import Glibc
import Jobs
package import LinuxIO
import Outbox
import Schema
import Text
package import WorkerProtocol

/// What lies beside a picture and may tell what its EXIF lacks, opened for one job. Nothing of it is read here: a worker does.
package struct CompanionFiles: Sendable {
    /// By name. One that cannot be opened, or is too large, is named with the reason: the worker tells it.
    package private(set) var files: [JobRequest.NamedFile] = []
    /// Of those that could be opened, in their order.
    package private(set) var descriptors: [Descriptor] = []
    /// Names, sizes and times of all that are there: what they were when the job read them. Nil without any.
    private(set) var state: String?

    /// Most of one picture that are looked into.
    static let most = 4
    init() {}

    /// Blocks.
    init(beside path: RelativePath, in inbox: Directory) {
        let names = OtherContent.describers(of: path.name)
        // Opened once: names are looked up in it, not by whole paths.
        guard !names.isEmpty, let folder = try? inbox.folder(of: path) else { return }
        take(names, in: folder)
    }

    /// For a picture that somebody names. Blocks.
    package init(beside path: String) {
        guard let folder = try? Directory.open(path: parentDirectory(path)) else { return }
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? []
        take(OtherContent.describers(of: Array(name)), in: folder)
    }

    /// Adds what has left the inbox already, where it is what was seen there. Blocks.
    /// - Parameter seen: paths below `root`, and what was seen.
    mutating func add(_ seen: [(path: RelativePath, source: SourceIdentity)], from root: Directory) {
        for (path, source) in seen where descriptors.count < Self.most {
            guard let file = try? root.openFile(path.bytes), let status = try? FileStatus.of(file), status.isRegular,
                status.size == source.size, status.mtime == source.mtime
            else { continue }
            take(file, status, name: source.path.name)
        }
    }

    private mutating func take(_ names: [[UInt8]], in folder: Directory) {
        // Where case makes no difference, one file has two of the names.
        var seen: Set<UInt64> = []
        for name in names where files.count < Self.most {
            do {
                let file = try folder.openFile(name)
                let status = try FileStatus.of(file)
                guard status.isRegular, seen.insert(status.inode).inserted else { continue }
                take(file, status, name: name)
            } catch let error as SystemCallError where [ENOENT, ENOTDIR, ENAMETOOLONG, EINVAL].contains(error.errno) {
                continue
            } catch let error as SystemCallError where error.errno == ELOOP {
                files.append(.init(path: escaped(name), failure: "it is a link"))
            } catch {
                files.append(.init(path: escaped(name), failure: "\(error)"))
            }
        }
    }

    private mutating func take(_ file: Descriptor, _ status: FileStatus, name: [UInt8]) {
        let text = escaped(name)
        state = (state.map { $0 + "/" } ?? "") + "\(text) \(status.size) \(status.mtime)"
        guard status.size <= Filled.largestCompanion else {
            files.append(.init(path: text, failure: "it has more than \(Filled.largestCompanion >> 10) KiB"))
            return
        }
        files.append(.init(path: text))
        descriptors.append(file)
    }
}
