/// The smallest memory limit, in bytes, over this process' control group and its ancestors, as far as they can be seen;
/// nil where none is set. Version 1 and 2.
package func cgroupMemoryLimit() -> UInt64? {
    guard let groups = contents(ofSmallFile: "/proc/self/cgroup"),
        let mounts = contents(ofSmallFile: "/proc/self/mountinfo")
    else { return nil }
    return cgroupMemoryLimit(groups: groups, mounts: mounts, read: contents(ofSmallFile:))
}

/// The same on given texts of `/proc/self/cgroup` and `/proc/self/mountinfo` (see cgroups(7), proc(5)).
func cgroupMemoryLimit(groups: String, mounts: String, read: (String) -> String?) -> UInt64? {
    var smallest: UInt64?
    for mount in mounts.split(separator: "\n").compactMap(ControlGroupMount.init) {
        guard let group = mount.group(in: groups) else { continue }
        // With a cgroup namespace or a bind mount, the mount shows a part of the tree only.
        let root = mount.root == "/" ? "" : mount.root
        guard group == root || group.hasPrefix(root + "/") else { continue }
        var below = group.dropFirst(root.count).split(separator: "/")
        while true {
            let path = ([mount.point] + below.map(String.init) + [mount.limitFile]).joined(separator: "/")
            if let text = read(path), let limit = UInt64(text.prefix { $0.isNumber }), limit < unlimited {
                smallest = min(smallest ?? limit, limit)
            }
            if below.popLast() == nil { break }
        }
    }
    return smallest
}

/// Version 1 says "none" with a huge number (2⁶³ less a page); no machine has this much memory.
private let unlimited: UInt64 = 1 << 60

struct ControlGroupMount {
    let root: String
    let point: String
    let isVersion2: Bool

    /// Nil where the line of mountinfo is of another file system, or of a version 1 hierarchy without memory.
    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
        switch fields[dash + 1] {
        case "cgroup2": isVersion2 = true
        case "cgroup" where fields[dash + 3].split(separator: ",").contains("memory"): isVersion2 = false
        default: return nil
        }
        root = unescapedMountField(fields[3])
        point = unescapedMountField(fields[4])
    }

    var limitFile: String { isVersion2 ? "memory.max" : "memory.limit_in_bytes" }

    /// This process' path in the hierarchy that is mounted here.
    func group(in groups: String) -> String? {
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let matches = isVersion2 ? fields[0] == "0" : fields[1].split(separator: ",").contains("memory")
            if matches { return fields[2] == "/" ? "" : String(fields[2]) }
        }
        return nil
    }
}

/// mountinfo writes blanks and backslashes of paths as `\040`.
func unescapedMountField(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
            bytes.append(code)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
