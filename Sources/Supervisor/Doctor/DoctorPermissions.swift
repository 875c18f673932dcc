/// Who may drop files into an inbox, and whether Sluice will be able to take them away.
enum InboxPermissions: Sendable, Equatable {
    /// Members of its group may, and what they drop belongs to the group.
    case group
    /// Only its owner may.
    case owner
    /// Members may, but what they drop belongs to their own group.
    case groupWithoutSetgid
    /// Everybody may.
    case everybody(isSticky: Bool)

    /// - Parameter mode: as stat(2) gives it.
    init(mode: UInt32) {
        if mode & 0o002 != 0 {
            self = .everybody(isSticky: mode & 0o1000 != 0)
        } else if mode & 0o020 != 0 {
            self = mode & 0o2000 != 0 ? .group : .groupWithoutSetgid
        } else {
            self = .owner
        }
    }

    /// What is so, for people.
    var words: String {
        switch self {
        case .group: "members of its group may drop files"
        case .owner: "only its owner may drop files"
        case .groupWithoutSetgid: "members of its group may drop files, which keep their owner's group"
        case .everybody(let isSticky):
            isSticky ? "everyone may drop files, but only their owners may remove them" : "everyone may drop files"
        }
    }

    /// What is better changed, and how; nil where nothing is.
    func advice(_ path: String) -> String? {
        switch self {
        case .group, .owner: nil
        case .groupWithoutSetgid: "chmod g+s \(path), so that Sluice can read what they drop"
        case .everybody(isSticky: true): "chmod -t \(path), so that Sluice can archive what others drop"
        case .everybody(isSticky: false): "chmod 2770 \(path), and put those who may drop files into its group"
        }
    }
}
