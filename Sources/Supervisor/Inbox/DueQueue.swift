import Jobs

/// Paths by the time at which they are due (a binary heap), then by path. Entries are never taken out early: the owner
/// passes over those that are no longer true.
struct DueQueue: Sendable {
    private var heap: [(due: Int64, path: RelativePath)] = []

    var count: Int { heap.count }
    var first: (due: Int64, path: RelativePath)? { heap.first }

    mutating func insert(due: Int64, _ path: RelativePath) {
        heap.append((due, path))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !precedes(child, parent) { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else {
            heap = []
            return
        }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, smallest) {
                smallest = child
            }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (heap[left].due, heap[left].path) < (heap[right].due, heap[right].path)
    }
}
