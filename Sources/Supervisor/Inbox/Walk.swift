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
    /// Called with each file that is passed over for its name, before any that stands after it in its directory comes.
    var willIgnore: (RelativePath) -> Void = { _ in }
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
            enter(path, base == nil ? path?.bytes : path?.name)
        case .from(let path):
            let names = path.components
            for (index, name) in names.enumerated() {
                let isLast = index == names.count - 1
                levels.append(
                    Level(
                        pathLength: current.count,
                        names: DirectoryNames(from: name, isDirectory: !isLast, inclusive: isLast)))
                if !isLast { current += (index == 0 ? [] : [UInt8(ascii: "/")]) + name }
            }
        }
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
            let names = try read(DirectoryNames(), directory, below)
            current = below
            levels.append(Level(pathLength: below.count, names: names))
            held = directory
        } catch {
            note(error, path)
        }
    }

    /// Reads the names after those that were given out.
    private mutating func readOn(_ index: Int) {
        current.removeLast(current.count - levels[index].pathLength)
        do {
            let directory = try held ?? scanner.root.openDirectory(current)
            levels[index].names = try read(levels[index].names, directory, current)
            held = directory
        } catch {
            leave()
            note(error, RelativePath(bytes: current))
        }
    }

    /// One pass. Where all names together take too much, the outermost levels let go of theirs and are read again later.
    private mutating func read(
        _ names: DirectoryNames, _ directory: Directory, _ path: [UInt8]
    ) throws -> DirectoryNames {
        var names = names
        listings += 1
        try names.read(directory, limit: max(options.memory - used, options.memory / 4)) { name, type in
            guard scanner.rules.ignores(name: name, isDirectory: type == .directory) else { return false }
            if type == .regular, let path = RelativePath(parent: path, name: Array(name)) { options.willIgnore(path) }
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
