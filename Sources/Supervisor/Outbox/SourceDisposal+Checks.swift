import Glibc
import Jobs
import LinuxIO

// Whether a source is the one that was processed and is not open for writing: checked before and after removal.
extension SourceDisposal {
    enum Look {
        /// Open, where it may be read.
        case ready(Descriptor?)
        case ended(Disposed)
    }

    /// The look before: all that is known of its state; and what it holds is made durable.
    func look(at source: SourceIdentity) throws -> Look {
        let bytes = source.path.bytes
        do {
            guard let status = try inbox.stat(bytes) else { return .ended(.gone(nil)) }
            guard source.isSameState(as: status.trusted(inbox.traits)) else { return .ended(.changed) }
        } catch let error as SystemCallError where error.errno == EACCES {
            // Its directory was closed to us.
            return .ended(.notRemoved("\(error)"))
        }
        let file: Descriptor
        do {
            file = try inbox.openFile(bytes)
        } catch let error as SystemCallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
            return .ended(.changed)
        } catch let error as SystemCallError where [EACCES, EPERM].contains(error.errno) {
            // What may not be read may be taken away still; who cannot open it cannot sync it.
            return isBeingWritten(source) ? .ended(.beingWritten) : .ready(nil)
        }
        guard try source.isSameState(as: FileStatus.of(file).trusted(inbox.traits)) else { return .ended(.changed) }
        if isOpenForWriting(source, file) { return .ended(.beingWritten) }
        if !isSynced { try sync(file, "\(inbox.path)/\(source.path)") }
        return .ready(file)
    }

    /// The look after a rename, which changes the time of the last change.
    /// - Parameters:
    ///   - name: where it is now.
    ///   - file: the source as it was opened before.
    /// - Returns: what speaks against taking it away; nil where nothing does.
    func second(
        look source: SourceIdentity, at name: [UInt8], in directory: Directory, _ file: Descriptor?
    ) throws -> Disposed? {
        guard let moved = try directory.stat(name).map(seenAfterRename) else { return nil }
        if !source.isSameFile(as: moved.trusted(inbox.traits)) {
            var withoutInode = moved
            withoutInode.inode = 0
            // The number alone is another one: of another file, or of a file system that numbers names.
            guard source.isSameFile(as: withoutInode), try !inbox.learnTraits().keepsInodeOnRename else {
                return .changed
            }
        }
        return isOpenForWriting(source, file) ? .beingWritten : nil
    }

    func isOpenForWriting(_ source: SourceIdentity, _ file: Descriptor?) -> Bool {
        file.map(hasWriter) == true || isBeingWritten(source)
    }
}
