import Glibc
import Jobs
import LinuxIO
import Synchronization

/// inotify(7), for one thread at a time (`WatchHub`).
///
/// A held directory is watched through `/proc/self/fd/N/.`, which cannot lead elsewhere and works for paths beyond
/// PATH_MAX. Directories are watched one by one, each before it is listed.
final class Watcher {
    enum Failure: Error {
        /// No watches can be had: too many instances, no /proc.
        case unavailable(String)
    }

    enum Outcome: Equatable {
        case watching
        /// It has been for some time, as the same directory: nothing in it can have escaped.
        case watchedAlready
        /// fs.inotify.max_user_watches is used up, or `mostWatches` are.
        case limitReached
        case failed(SystemCallError)
    }

    private struct Event {
        let watch: Int32
        let mask: Int32
        let cookie: UInt32
        let name: [UInt8]
    }

    /// Each takes about 130 bytes, and the supervisor's memory is small. Three quarters of a power of two: as many as a
    /// dictionary takes before it doubles.
    static let mostWatches = 3072

    /// Readable when there are events.
    var descriptor: Int32 { instance.number }
    private let instance: Descriptor
    private var places: [Int32: WatchedPlace] = [:]
    /// Key of a place → its watch.
    private var numbers: [Int: Int32] = [:]
    /// Hash of a holding directory's watch and a name in it → the watch of what has that name.
    private var children: [Int: Int32] = [:]
    /// Of the last event's directory: events come many of one, or of one below the other.
    private var lastPath: (number: Int32, bytes: [UInt8])?
    /// The last that was renamed away: the event with its new name comes next.
    private var departure: (cookie: UInt32, inbox: Int, path: RelativePath)?
    /// Events as the kernel hands them out, and where the next one begins.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 << 10, alignment: 8)
    private var (filled, next) = (0, 0)

    init() throws {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard number >= 0 else { throw Failure.unavailable("inotify_init: \(String(cString: strerror(errno)))") }
        instance = Descriptor(owning: number)
    }

    deinit { buffer.deallocate() }

    /// Directories that are watched.
    var count: Int { places.count }

    /// Watches a held directory. Directories below it are not watched.
    func watch(_ directory: Directory, _ status: FileStatus, inbox: Int, path: RelativePath?) -> Outcome {
        let key = key(inbox, path)
        let parent = path.flatMap { numbers[self.key(inbox, $0.parent)] }
        // Below one that is not watched its path could not be told.
        if path != nil, parent == nil { return .failed(SystemCallError("watch", directory.path, errno: ENOENT)) }
        if let known = numbers[key], let place = places[known] {
            // Another directory may have come under the same path before the kernel told of the old one's end.
            if place.isOf(status), place.parent == parent {
                return .watchedAlready
            }
            drop(known)
            inotify_rm_watch(instance.number, known)
        }
        if places.count >= Self.mostWatches { return .limitReached }
        let name = "/proc/self/fd/\(directory.descriptor.number)/."
        let mask =
            IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK
        var number = inotify_add_watch(instance.number, name, UInt32(mask | IN_MASK_CREATE))
        // Watched already, perhaps under a path that it no longer has: without the flag the kernel says which watch it is.
        if number < 0, errno == EEXIST { number = inotify_add_watch(instance.number, name, UInt32(mask)) }
        guard number >= 0 else {
            let code = errno
            return code == ENOSPC
                ? .limitReached : .failed(SystemCallError("inotify_add_watch", directory.path, errno: code))
        }
        drop(number)
        places[number] = WatchedPlace(inbox: inbox, parent: parent, name: path?.name ?? [], key: key, status)
        numbers[key] = number
        if let parent { children[Self.child(of: parent, path?.name ?? [])] = number }
        return .watching
    }

    private static func child(of parent: Int32, _ name: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(parent)
        hasher.combine(name)
        return hasher.finalize()
    }

    /// Whether a directory of this name is watched, which has stood there since: events come in their order.
    private func isWatched(_ name: [UInt8], in parent: Int32) -> Bool {
        guard let number = children[Self.child(of: parent, name)], let place = places[number] else { return false }
        return place.parent == parent && place.name == name
    }

    /// Whether a directory is watched under this path.
    func knows(_ path: RelativePath, inbox: Int) -> Bool { numbers[key(inbox, path)] != nil }

    /// Whether the directory of this status is watched under this path, below the one that holds it.
    func isWatching(_ status: FileStatus, inbox: Int, path: RelativePath) -> Bool {
        guard let known = numbers[key(inbox, path)], let place = places[known] else { return false }
        return place.isOf(status) && place.parent != nil && place.parent == numbers[key(inbox, path.parent)]
    }

    /// Stops watching a whole inbox.
    func unwatch(inbox: Int) { remove { places[$0]?.inbox == inbox } }

    /// Takes the events that wait, up to about `limit`. Not many at once: each may have a path of thousands of bytes.
    func drain(limit: Int = 64) -> [WatchEvent] {
        var events: [WatchEvent] = []
        while events.count < limit, let event = nextEvent() { take(event, &events) }
        return events
    }

    /// Nil where none waits.
    private func nextEvent() -> Event? {
        let head = MemoryLayout<inotify_event>.size
        if filled - next < head {
            let count = read(instance.number, buffer.baseAddress, buffer.count)
            (filled, next) = (max(0, count), 0)
            guard filled >= head else { return nil }
        }
        let event = buffer.loadUnaligned(fromByteOffset: next, as: inotify_event.self)
        // Without its padding.
        let name = buffer[(next + head)..<min(filled, next + head + Int(event.len))].prefix { $0 != 0 }
        next += head + Int(event.len)
        return Event(watch: event.wd, mask: Int32(bitPattern: event.mask), cookie: event.cookie, name: Array(name))
    }

    private func take(_ event: Event, _ events: inout [WatchEvent]) {
        let (mask, name) = (event.mask, event.name)
        if mask & IN_Q_OVERFLOW != 0 {
            events.append(.overflow)
            return
        }
        guard let place = places[event.watch] else { return }
        if mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 {
            gone(event.watch, place, stillWatched: mask & IN_MOVE_SELF != 0)
            if place.parent == nil { events.append(.rootGone(inbox: place.inbox)) }
            return
        }
        if mask & IN_ISDIR != 0, isWatched(name, in: event.watch) {
            // It was met on another way, and read since it is watched. A whole path for each would be the square of a
            // tree's depth.
            if mask & IN_CREATE != 0 { return }
            // Another one may come before the end of this one is told of, which waits until nobody has it open.
            if mask & IN_DELETE != 0 { children[Self.child(of: event.watch, name)] = nil }
        }
        guard let path = path(of: name, in: event.watch, place) else { return }
        if mask & IN_ISDIR != 0 {
            takeDirectory(mask, place, path, &events)
        } else {
            takeFile(mask, event.cookie, place, path, &events)
        }
    }

    private func takeFile(
        _ mask: Int32, _ cookie: UInt32, _ place: WatchedPlace, _ path: RelativePath, _ events: inout [WatchEvent]
    ) {
        let inbox = place.inbox
        if mask & IN_MOVED_FROM != 0 {
            departure = (cookie, inbox, path)
            events.append(.left(inbox: inbox, path))
        } else if mask & IN_MOVED_TO != 0 {
            let from = departure.flatMap { $0.cookie == cookie && $0.inbox == inbox ? $0.path : nil }
            departure = nil
            // A writer's mark goes along with the name, so this comes instead of the other.
            if let from, events.last == .left(inbox: inbox, from) { events.removeLast() }
            events.append(.arrived(inbox: inbox, path, from: from))
        } else if mask & IN_CLOSE_WRITE != 0 {
            events.append(.closed(inbox: inbox, path))
        } else if mask & IN_CREATE != 0 {
            events.append(.created(inbox: inbox, path))
        } else if mask & IN_MODIFY != 0 {
            events.append(.modified(inbox: inbox, path))
        } else if mask & IN_DELETE != 0 {
            events.append(.left(inbox: inbox, path))
        }
    }

    private func takeDirectory(_ mask: Int32, _ place: WatchedPlace, _ path: RelativePath, _ events: inout [WatchEvent])
    {
        if mask & IN_MOVED_FROM != 0 {
            // Its watches go with it, under paths that are no longer true. If it stays in the inbox, it appears anew.
            if let number = numbers[key(place.inbox, path)] { forget(number) }
        } else if mask & IN_MOVED_TO != 0 {
            events.append(.directoryAppeared(inbox: place.inbox, path, .renamed))
        } else if mask & IN_CREATE != 0 {
            events.append(.directoryAppeared(inbox: place.inbox, path, .other))
        }
    }

    private func gone(_ number: Int32, _ place: WatchedPlace, stillWatched: Bool) {
        if place.parent == nil {
            drop(number)
            unwatch(inbox: place.inbox)
            if stillWatched { inotify_rm_watch(instance.number, number) }
        } else if stillWatched {
            forget(number)
        } else {
            drop(number)
        }
    }

    /// Stops watching a directory and all below it.
    private func forget(_ top: Int32) {
        remove { number in
            var next: Int32? = number
            while let here = next, here != top { next = places[here]?.parent }
            return next == top
        }
    }

    private func remove(where condition: (Int32) -> Bool) {
        for number in places.keys.filter(condition) {
            drop(number)
            inotify_rm_watch(instance.number, number)
        }
    }

    private func drop(_ number: Int32) {
        guard let place = places.removeValue(forKey: number) else { return }
        lastPath = nil
        if numbers[place.key] == number { numbers[place.key] = nil }
        guard let parent = place.parent else { return }
        let child = Self.child(of: parent, place.name)
        if children[child] == number { children[child] = nil }
    }

    private func key(_ inbox: Int, _ path: RelativePath?) -> Int {
        var hasher = Hasher()
        hasher.combine(inbox)
        hasher.combine(path)
        return hasher.finalize()
    }

    /// Nil where a directory on the way is watched no longer: what holds it has gone, or is to appear anew.
    private func path(of name: [UInt8], in number: Int32, _ place: WatchedPlace) -> RelativePath? {
        guard let holder = path(to: number, place) else { return nil }
        lastPath = (number, holder)
        return holder.isEmpty ? RelativePath(bytes: name) : RelativePath(parent: holder, name: name)
    }

    /// A watched directory's own; empty for the inbox' root.
    private func path(to number: Int32, _ place: WatchedPlace) -> [UInt8]? {
        if let lastPath, lastPath.number == number { return lastPath.bytes }
        var names: [[UInt8]] = []
        var (next, beginning) = (place, [UInt8]())
        while let parent = next.parent {
            names.append(next.name)
            if let lastPath, lastPath.number == parent {
                beginning = lastPath.bytes
                break
            }
            guard let holder = places[parent] else { return nil }
            next = holder
        }
        var bytes = beginning
        bytes.reserveCapacity(names.reduce(beginning.count) { $0 + $1.count + 1 })
        for name in names.reversed() {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            bytes += name
        }
        return bytes
    }
}
