package import Jobs
package import LinuxIO

/// Walks the files of an outbox: all that are not hidden, then those of hidden folders in which sidecars lie.
package struct OutboxWalk {
    private let scanner: Scanner
    private var walk: Walk
    private var rest: [RelativePath]

    /// - Parameters:
    ///   - folders: where sidecars may lie, hidden or not, there or not.
    ///   - excluded: folders to skip.
    package init(_ outbox: Directory, sidecars folders: [RelativePath], excluded: Set<RelativePath> = []) {
        scanner = Scanner(root: outbox, rules: .hiddenFiles, excluded: excluded)
        walk = scanner.walk()
        let hidden = Set(folders.compactMap(\.lastHidden))
        rest = hidden.sorted()
    }

    package mutating func next() -> RelativePath? {
        while true {
            while let entry = walk.next() { if case .file(let path, _) = entry { return path } }
            guard let folder = rest.popLast() else { return nil }
            walk = scanner.walk(below: folder)
        }
    }
}

extension RelativePath {
    /// The path as far as its last hidden folder, all of which is walked; nil where nothing in it is hidden.
    fileprivate var lastHidden: RelativePath? {
        // Beside sidecars there are other things in Sluice's own.
        if let first = components.first, first.elementsEqual(".sluice".utf8) { return self }
        guard let last = components.lastIndex(where: { $0.first == UInt8(ascii: ".") }) else { return nil }
        return RelativePath(bytes: components[...last].joined(separator: [UInt8(ascii: "/")]))
    }
}
