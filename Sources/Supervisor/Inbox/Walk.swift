import Glibc
import Jobs
import LinuxIO

struct WalkOptions {
    /// Bytes that the names of all directories on the way take together.
    var memory = 1 << 20
    /// Whether regular files are passed over without a look at them.
    var refusalsOnly = false
    /// Called with each directory before its names are read for the first time, so that a watch set there misses nothing.
    /// Says whether it is entered.
    var willList: (RelativePath?, Directory) -> Bool = { _, _ in true }
    /// Called with each file and directory that is passed over by a rule, before any that stands after it in its directory
    /// comes.
    var willIgnore: (RelativePath, _ isDirectory: Bool) -> Void = { _, _ in }
    /// Called with each directory that has something to say about what lies in it: a `.sluiceignore`, or that it is an
    /// outbox; by its path, empty for the root.
    var willHeed: ([UInt8]) -> Void = { _ in }
    /// Called with what people should know.
    var notice: (ScanNotice) -> Void = { _ in }
    /// The `.sluiceignore` files that hold in a directory above the first; nil: they are read.
    var folderRules: (([UInt8]) -> FolderRules?)?
}

/// One walk of a scanner; call `next()` until it is nil, or `step()` to do other things in between.
package struct Walk {
    enum Start {
        /// All that is below a directory; nil: below the root.
        case below(RelativePath?)
        /// This path, and all after it.
        case from(RelativePath)
    }

    enum Step {
        case entry(ScanEntry)
        /// Something was passed over, or names were read.
        case passed
        case end
    }

    private struct Level {
        /// How much of `current` is its path, in bytes. A path a level would be the square of the depth.
        let pathLength: Int
        var names: DirectoryNames
        /// What holds in it; nil: no `.sluiceignore`.
        var rules: FolderRules?
    }

    /// The directory that was left last, while it was at hand: what comes in it next can be opened from there.
    private(set) var left: (path: [UInt8], directory: Directory)?

    private let scanner: Scanner
    private let options: WalkOptions
    private var levels: [Level] = []
    /// The path of the innermost level, in bytes, and of what was entered last below it.
    private var current: [UInt8] = []
    /// The innermost level's directory, while it is at hand.
    private var held: Directory?
    /// What holds where the walk begins.
    private var inherited: FolderRules?
    /// Bytes that the names of all levels take.
    private var used = 0
    private var pending: ScanEntry?
    /// False once a directory could not be read, so that not everything was met.
    package private(set) var isComplete = true
    /// How often a directory's names were read so far; once each, but for the large ones.
    package private(set) var listings = 0

    /// - Parameter base: the directory that the one to begin with is in, if somebody holds it.
    init(_ scanner: Scanner, _ start: Start, _ options: WalkOptions, base: Directory? = nil) {
        self.scanner = scanner
        self.options = options
        switch start {
        case .below(let path):
            held = base
            if let path { inherited = folderRules(in: path.parent?.bytes ?? []) }
            enter(path, base == nil ? path?.bytes : path?.name)
        case .from(let path):
            let names = path.components
            for (index, name) in names.enumerated() {
                let isLast = index == names.count - 1
                levels.append(
                    Level(
                        pathLength: current.count,
                        names: DirectoryNames(from: name, isDirectory: !isLast, inclusive: isLast),
                        rules: folderRules(in: current)))
                if !isLast { current += (index == 0 ? [] : [UInt8(ascii: "/")]) + name }
            }
        }
    }

    private func folderRules(in folder: [UInt8]) -> FolderRules? {
        if let known = options.folderRules { return known(folder) }
        return scanner.folderRules(in: folder)
    }

    package mutating func next() -> ScanEntry? {
        while true {
            switch step() {
            case .entry(let entry): return entry
            case .passed: break
            case .end: return nil
            }
        }
    }

    mutating func step() -> Step {
        if let entry = pending {
            pending = nil
            return .entry(entry)
        }
        let index = levels.count - 1
        guard index >= 0 else { return .end }
        guard let (name, type) = nextName(index) else {
            if levels[index].names.hasMore { readOn(index) } else { leave() }
            return .passed
        }
        current.removeLast(current.count - levels[index].pathLength)
        guard let path = RelativePath(parent: current, name: name), !scanner.excluded.contains(path) else {
            return .passed
        }
        if type == .directory {
            if scanner.recursive { enter(path, held == nil ? nil : name) }
            return .passed
        }
        if options.refusalsOnly, type == .regular { return .passed }
        return look(at: path, name).map { .entry($0) } ?? .passed
    }

    private mutating func nextName(_ index: Int) -> (name: [UInt8], type: EntryType)? {
        let before = levels[index].names.memory
        defer { used += levels[index].names.memory - before }
        return levels[index].names.next()
    }

    private mutating func look(at path: RelativePath, _ name: [UInt8]) -> ScanEntry? {
        if held == nil { held = try? scanner.root.openDirectory(current) }
        guard let held else { return scanner.look(at: path, path.bytes, in: scanner.root) }
        return scanner.look(at: path, name, in: held)
    }

    private mutating func leave() {
        let length = levels.removeLast().pathLength
        if let held { left = (Array(current.prefix(length)), held) }
        held = nil
    }

    /// - Parameter name: the path from the directory that is held; nil: from the root.
    private mutating func enter(_ path: RelativePath?, _ name: [UInt8]?) {
        if let path, let refusal = refusal(ofDirectory: path) {
            isComplete = false
            pending = .refused(refusal)
            return
        }
        do {
            let directory =
                if let held, let name { try held.openDirectory(name) } else {
                    try scanner.root.openDirectory(path?.bytes ?? [])
                }
            guard options.willList(path, directory) else { return }
            let below = path?.bytes ?? []
            var rules = levels.last.map(\.rules) ?? inherited
            guard let names = try readFirst(directory, below, &rules) else { return }
            current = below
            levels.append(Level(pathLength: below.count, names: names, rules: rules))
            held = directory
        } catch {
            note(error, path)
        }
    }

    /// The first pass, in which a directory says what it has to say. Nil where it is an outbox.
    /// - Parameter rules: those around it; after it, its own too.
    private mutating func readFirst(
        _ directory: Directory, _ path: [UInt8], _ rules: inout FolderRules?
    ) throws -> DirectoryNames? {
        var isOutbox = false
        let names = try read(DirectoryNames(), directory, path, &rules) { [scanner, options] marks, rules in
            guard scanner.rules.looksIntoFolders else { return true }
            // The root is what somebody asked for.
            isOutbox = marks.hasState && !path.isEmpty && OutboxMark.isIn(directory)
            // What has a state without a journal may become one.
            if marks.hasState || marks.hasIgnoreFile { options.willHeed(path) }
            if isOutbox, let path = RelativePath(bytes: path) { options.notice(.outbox(path)) }
            if !isOutbox, marks.hasIgnoreFile {
                rules = FolderRules.read(in: directory, path, outer: rules, notice: options.notice)
            }
            return !isOutbox
        }
        return isOutbox ? nil : names
    }

    /// Reads the names after those that were given out.
    private mutating func readOn(_ index: Int) {
        current.removeLast(current.count - levels[index].pathLength)
        do {
            let directory = try held ?? scanner.root.openDirectory(current)
            var rules = levels[index].rules
            levels[index].names = try read(levels[index].names, directory, current, &rules)
            held = directory
        } catch {
            leave()
            note(error, RelativePath(bytes: current))
        }
    }

    /// One pass. Where all names together take too much, the outermost levels let go of theirs and are read again later.
    /// - Parameter hasListed: may change the rules before names are held against them, and says whether any is kept.
    private mutating func read(
        _ names: DirectoryNames, _ directory: Directory, _ path: [UInt8], _ rules: inout FolderRules?,
        hasListed: (DirectoryNames.Marks, inout FolderRules?) -> Bool = { _, _ in true }
    ) throws -> DirectoryNames {
        var names = names
        listings += 1
        var whole = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
        let nameStart = whole.count
        var isKept = true
        try names.read(directory, limit: max(options.memory - used, options.memory / 4)) { marks in
            isKept = hasListed(marks, &rules)
        } isPassedOver: { name, type in
            if !isKept { return true }
            let isDirectory = type == .directory
            whole.removeLast(whole.count - nameStart)
            whole.append(contentsOf: name)
            let isIgnored = whole.withUnsafeBufferPointer {
                scanner.rules.ignores($0, nameStart: nameStart, isDirectory: isDirectory, in: rules)
            }
            guard isIgnored else { return false }
            if name.elementsEqual(FolderRules.file) { return true }
            if isDirectory || type == .regular, let path = RelativePath(parent: path, name: Array(name)) {
                options.willIgnore(path, isDirectory)
            }
            return true
        }
        used += names.memory
        var outermost = 0
        while used > options.memory, outermost < levels.count {
            used -= levels[outermost].names.memory
            levels[outermost].names.drop()
            outermost += 1
        }
        return names
    }

    private mutating func note(_ error: any Error, _ path: RelativePath?) {
        // Gone, or replaced, since its name was read.
        if let error = error as? SystemCallError, [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return }
        isComplete = false
        guard let path else { return }
        pending = .refused(.unreadable(path, try? scanner.root.stat(path.bytes), error))
    }

    private func refusal(ofDirectory path: RelativePath) -> Refusal? {
        if path.bytes.count > scanner.maximumPathLength { return .tooLong(path, scanner.maximumPathLength) }
        if path.bytes.count(where: { $0 == UInt8(ascii: "/") }) < scanner.maximumDepth { return nil }
        return .tooDeep(path, scanner.maximumDepth)
    }
}
