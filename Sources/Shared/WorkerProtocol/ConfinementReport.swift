/// The restrictions a worker placed on itself before its first job, as far as its kernel supports them.
package struct ConfinementReport: Codable, Sendable, Equatable {
    /// One piece of the sandbox.
    package enum Piece: Codable, Sendable, Equatable {
        /// It holds; how far, in words.
        case holds(String)
        /// The worker carries on without it; why.
        case missing(String)
    }

    /// What it had inherited beyond standard input, output and error is closed.
    package var descriptors: Piece
    /// No core files, few descriptors.
    package var limits: Piece
    package var noNewPrivileges: Piece
    /// Files: nothing but libraries to read, the staging directory to write.
    package var landlock: Piece
    /// What the kernel offers, whether or not it could be used; nil without Landlock.
    package var landlockABI: Int?
    /// Sockets, other processes, and the rest that a decoder has no business with.
    package var seccomp: Piece
    /// The one directory it may write below; nil when it has none.
    package var staging: String?
    /// `SLUICE_SANDBOX=off` was set.
    package var isSwitchedOff: Bool

    package init(
        descriptors: Piece, limits: Piece, noNewPrivileges: Piece, landlock: Piece, landlockABI: Int?, seccomp: Piece,
        staging: String?, isSwitchedOff: Bool = false
    ) {
        self.descriptors = descriptors
        self.limits = limits
        self.noNewPrivileges = noNewPrivileges
        self.landlock = landlock
        self.landlockABI = landlockABI
        self.seccomp = seccomp
        self.staging = staging
        self.isSwitchedOff = isSwitchedOff
    }

    /// The newest Landlock that Sluice knows; an older one leaves something open.
    package static let fullLandlockABI = 6

    /// Every piece, in the order in which it is taken.
    package var pieces: [(name: String, piece: Piece)] {
        [
            ("descriptors", descriptors), ("limits", limits), ("no_new_privs", noNewPrivileges),
            ("landlock", landlock), ("seccomp", seccomp),
        ]
    }

    /// What is missing, on one line; nil when everything holds.
    package var shortfall: String? {
        if isSwitchedOff { return "SLUICE_SANDBOX=off: workers are not sandboxed at all" }
        let missing = pieces.compactMap { name, piece -> String? in
            guard case .missing(let why) = piece else { return nil }
            return "\(name) (\(why))"
        }
        return missing.isEmpty
            ? nil : "workers are not fully sandboxed; missing: " + missing.joined(separator: ", ")
    }
}

/// A format and whether the worker's libraries can read and write it.
package struct FormatSupport: Codable, Sendable, Equatable {
    package var name: String
    package var reads: Bool
    package var writes: Bool

    package init(name: String, reads: Bool, writes: Bool) {
        self.name = name
        self.reads = reads
        self.writes = writes
    }

    /// What to install where it cannot be written.
    package var encoder: String {
        switch name {
        case "heif":
            "install libheif's encoder for HEVC: libheif-plugin-x265 (Debian 13); on Debian 12 libheif1 brings it along"
        case "avif":
            "install libheif's encoder for AV1: libheif-plugin-aomenc (Debian 13); on Debian 12 libheif1 brings it along"
        default: "install a libvips with \(name) support"
        }
    }
}
