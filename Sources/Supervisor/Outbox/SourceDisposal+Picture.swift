import Jobs
import LinuxIO

extension SourceDisposal {
    /// The name of what belongs to a picture that had to be called otherwise: `IMG_1~2.MOV` beside `IMG_1~2.HEIC`. Nil where that
    /// has its own name, or is not found.
    func nameBesidePicture(_ source: SourceIdentity, in folder: Directory) -> [UInt8]? {
        guard let picture else { return nil }
        let own = picture.path.name
        // Moved and copied files keep size and time.
        let found = (1...Self.mostNumbers).lazy.map { numbered(picture.path, $0) }.first { name in
            guard let status = (try? folder.stat(name)) ?? nil, status.isRegular else { return false }
            return status.size == picture.size && status.mtime == picture.mtime
        }
        guard let found, found != own, let renamed = picture.path.sibling(found) else { return nil }
        let name = source.path.name
        let dot = [UInt8(ascii: ".")]
        let carried =
            name.starts(with: own + dot)
            ? found + name.dropFirst(own.count) : renamed.stem + name.dropFirst(source.path.stem.count)
        return carried.count <= OutputNames.longestName ? carried : nil
    }

    private static let mostNumbers = 30
}
