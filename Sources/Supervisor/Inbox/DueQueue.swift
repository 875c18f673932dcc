import HeapModule
import Jobs

/// Paths by the time at which they are due, then by path. Entries are never taken out early: the owner passes over those
/// that are no longer true.
struct DueQueue: Sendable {
    struct Entry: Comparable, Sendable {
        /// Nanoseconds.
        let due: Int64
        let path: RelativePath

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.path) < (right.due, right.path) }
    }

    private var heap = Heap<Entry>()

    var count: Int { heap.count }
    var first: Entry? { heap.min }

    mutating func insert(due: Int64, _ path: RelativePath) { heap.insert(Entry(due: due, path: path)) }

    mutating func removeFirst() { _ = heap.popMin() }
}
