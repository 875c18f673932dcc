import Schema

/// Whether the directories of a configuration are compatible. By path text only: the supervisor checks the
/// directories themselves, including links, when it starts.
struct ConfigurationPlaces {
    /// A directory or file of the configuration, with where to report faults.
    struct Named {
        /// The key's path from the root of the file.
        var key: String
        /// Human-readable: "the outbox".
        var called: String
        var path: String
        var place: Place
        /// Whether the file sets it; defaults are never to blame.
        var isGiven: Bool
    }
    var inboxes: [Named]
    var roots: [Named]
    var journal: Named

    func check(_ reading: inout Reading) {
        for (index, inbox) in inboxes.enumerated() {
            for other in inboxes[..<index] { checkInboxes(inbox, other, &reading) }
            checkBelow(inbox, &reading)
            for root in roots {
                if root.path == inbox.path {
                    let blamed = root.isGiven ? root : inbox
                    reading.fault(
                        blamed.place, at: blamed.key,
                        "\(root.called) and \(inbox.called) are the same directory, \(root.path)")
                } else if isInside(inbox.path, root.path) {
                    reading.fault(
                        inbox.place, at: inbox.key,
                        "\(inbox.called) (\(inbox.path)) is inside \(root.called) (\(root.path))")
                }
            }
        }
        for (index, root) in roots.enumerated() {
            for other in roots[..<index] where other.path == root.path {
                let blamed = root.isGiven ? root : other
                reading.fault(
                    blamed.place, at: blamed.key,
                    "\(other.called) and \(root.called) are the same directory, \(root.path)")
            }
        }
    }

    /// Roots inside an inbox: each reported at its own key, the defaults together at the inbox.
    private func checkBelow(_ inbox: Named, _ reading: inout Reading) {
        let below = (roots + [journal]).filter { $0.path != inbox.path && isInside($0.path, inbox.path) }
        for root in below where root.isGiven {
            reading.fault(
                root.place, at: root.key,
                "\(root.path) is inside \(inbox.called) (\(inbox.path)), whose files are treated as sources")
        }
        // The default staging follows the outbox, whose fault says enough.
        let defaults = below.filter { root in
            !root.isGiven && !(root.key == "staging" && below.contains { $0.key == "outbox" && $0.isGiven })
        }
        guard !defaults.isEmpty else { return }
        reading.fault(
            inbox.place, at: inbox.key,
            "\(inbox.path), whose files are treated as sources, contains "
                + defaults.map(\.called).joined(separator: ", ") + "; give the inbox a directory of its own")
    }

    private func checkInboxes(_ inbox: Named, _ other: Named, _ reading: inout Reading) {
        if inbox.path == other.path {
            reading.fault(inbox.place, at: inbox.key, "is already \(other.called): \(inbox.path)")
        } else if isInside(inbox.path, other.path) {
            reading.fault(
                inbox.place, at: inbox.key, "\(inbox.path) is inside \(other.called) (\(other.path))")
        } else if isInside(other.path, inbox.path) {
            reading.fault(
                inbox.place, at: inbox.key, "\(inbox.path) contains \(other.called) (\(other.path))")
        }
    }
}
