import LinuxIO
package import Text

/// What an inbox passes over: temporary files of transfers in progress, what desktops, shares and cameras leave lying about, and
/// what users name themselves, in gitignore syntax.
///
/// Of all patterns that match, the last one of the strongest list decides: first the user's own, then those of the
/// `.sluiceignore` files from the innermost folder outwards, then the defaults. What lies in a directory that is passed over
/// is never looked at.
package struct IgnoreRules: Sendable, Equatable {
    private let own: [IgnorePattern]
    private let defaults: [IgnorePattern]
    /// Whether `.sluiceignore` files hold, and outboxes of Sluice are passed over.
    let looksIntoFolders: Bool

    /// The defaults, and a user's patterns, which are stronger. For trees of sources.
    package init(own: [IgnorePattern] = []) {
        (self.own, defaults, looksIntoFolders) = (own, IgnoreRules.defaultPatterns, true)
    }

    private init(only patterns: [IgnorePattern]) {
        (own, defaults, looksIntoFolders) = ([], patterns, false)
    }

    /// Hidden files alone, for trees of results.
    package static let hiddenFiles = IgnoreRules(only: patterns([".*"]))

    /// A name directly below the root.
    package func ignores(name: [UInt8], isDirectory: Bool) -> Bool {
        ignores(name, isDirectory: isDirectory, in: nil)
    }

    func ignores(_ path: [UInt8], isDirectory: Bool, in folder: FolderRules?) -> Bool {
        let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return path.withUnsafeBufferPointer {
            ignores($0, nameStart: nameStart, isDirectory: isDirectory, in: folder)
        }
    }

    /// - Parameters:
    ///   - path: from the root on.
    ///   - nameStart: where its last component begins.
    ///   - folder: what holds in the directory that it is in; nil: there is no file with patterns on the way.
    func ignores(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isDirectory: Bool, in folder: FolderRules?
    ) -> Bool {
        // Sluice's own: no pattern brings them back.
        if path.count > nameStart, path[nameStart] == UInt8(ascii: ".") {
            if isOwn(path[nameStart...]) { return true }
        }
        func decided(_ patterns: [IgnorePattern], from base: Int = 0) -> Bool? {
            let below = UnsafeBufferPointer(rebasing: path[base...])
            return patterns.last { $0.matches(below, nameStart: nameStart - base, isDirectory: isDirectory) }
                .map { !$0.isNegated }
        }
        if let decided = decided(own) { return decided }
        var folder = folder
        while let rules = folder {
            if let decided = decided(rules.patterns, from: rules.base) { return decided }
            folder = rules.outer
        }
        return decided(defaults) ?? false
    }

    /// Names of what is nobody's picture. Those that begin with a dot are covered by the first: of transfers (`.in.*`),
    /// editors (`.*.sw?`), desktops (`._*`, `.Trash-1000`, `.Spotlight-V100`, `.fseventsd`), shares (`.recycle`,
    /// `.snapshot`, `.@__thumb`), sync clients (`.stversions`) and picture viewers (`.thumbnails`).
    static let defaults =
        transfers + leftBehind + places + Companions.endings.map { "*" + $0 }

    /// Files that are not whole.
    private static let transfers = [
        ".*", "*~", "~$*", "*.!sync", "~syncthing~*", "*-chunking-*", "*.ocTransferId*", "4913",
    ]

    /// Files that systems and programs leave beside pictures: Windows, macOS, Synology, cameras, viewers.
    private static let leftBehind = [
        "[Tt]humbs.db", "ehthumbs.db", "ehthumbs_vista.db", "[Dd]esktop.ini", "Icon\r", "SYNOFILE_THUMB_*",
        "SYNOPHOTO_THUMB*", "SYNOINDEX_MEDIA_INFO", "*.ctg", "*.CTG", "AUTPRINT.MRK", "Picasa.ini", "ZbThumbnail.info",
    ]

    /// Directories of what was deleted, found after a crash, or made of other files: Synology, QNAP, Windows, Linux, Android,
    /// macOS on shares, NetApp, Nextcloud, Lightroom.
    private static let places = [
        "#recycle/", "#snapshot/", "@eaDir/", "@Recycle/", "@Recently-Snapshot/", "$RECYCLE.BIN/", "RECYCLER/",
        "RECYCLED/", "System Volume Information/", "found.[0-9][0-9][0-9]/", "FOUND.[0-9][0-9][0-9]/", "lost+found/",
        "LOST.DIR/", "Network Trash Folder/", "Temporary Items/", "TheVolumeSettingsFolder/", "~snapshot/",
        "files_trashbin/", "files_versions/", "*.lrdata/",
    ]

    private static let defaultPatterns = patterns(defaults)

    /// Of texts that are patterns, as a test makes sure.
    private static func patterns(_ texts: [String]) -> [IgnorePattern] {
        texts.compactMap { text in try? IgnorePattern(text) }
    }
}

/// What begins with `.sluice` (state of `process`, files with patterns, what directories are tried with), and what is put aside
/// under `.NAME.sluice-RANDOM`.
private func isOwn(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    name.starts(with: ".sluice".utf8) || nameBehind(temporary: Array(name)) != nil
}
